-- Tables of ours that a database publishes: a row that is changed without the executor is refused like any UPDATE where
-- subscribers could not be told which row it was.
\set ECHO none
\set VERBOSITY terse
CREATE FUNCTION pg_temp.take(quantity bigint) RETURNS bigint
LANGUAGE sql AS $$ SELECT used FROM billing.track_usage('a', 'api', quantity) $$;
\set ECHO all
SELECT billing.create_organization('Publications') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT external_id FROM billing.create_customer('a@example.com', external_id => 'a');
SELECT billing.create_feature('api', 'API', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(NULL, 'api', 100, 'never');
SELECT pg_temp.take(1);
-- The primary key tells which row it was. A server with wal_level below logical warns that nothing is published yet.
SET client_min_messages = error;
CREATE PUBLICATION everything FOR ALL TABLES;
RESET client_min_messages;
SELECT pg_temp.take(1);
-- Nothing does.
ALTER TABLE billing_internal.access REPLICA IDENTITY NOTHING;
SELECT pg_temp.take(1);
UPDATE billing_internal.access SET used = used + 1 WHERE organization_id = :'organization';
-- Nor where what is given back is found at once too.
SELECT pg_temp.take(-1);
-- Where only new rows are published there is nothing to tell, and where the whole row is, nothing is missing.
ALTER PUBLICATION everything SET (publish = 'insert');
SELECT pg_temp.take(1);
ALTER PUBLICATION everything SET (publish = 'insert, update');
ALTER TABLE billing_internal.access REPLICA IDENTITY FULL;
SELECT pg_temp.take(1);
ALTER TABLE billing_internal.access REPLICA IDENTITY DEFAULT;
DROP PUBLICATION everything;
-- A condition on what the key does not hold.
SET client_min_messages = error;
CREATE PUBLICATION busy FOR TABLE billing_internal.access WHERE (used > 2);
RESET client_min_messages;
SELECT pg_temp.take(1);
UPDATE billing_internal.access SET used = used + 1 WHERE organization_id = :'organization';
DROP PUBLICATION busy;
SELECT pg_temp.take(1);
SELECT count(*) FROM billing.verify_usage();
