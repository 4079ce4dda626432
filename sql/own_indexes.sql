-- Indexes and columns that a database adds to our tables: a single row that is changed without the executor keeps them right.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.take(quantity bigint) RETURNS bigint
LANGUAGE sql AS $$ SELECT used FROM billing.track_usage('cus_1', 'api', quantity) $$;
\set ECHO all
\set VERBOSITY terse
SELECT billing.create_organization('Own indexes') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT billing.create_feature('api', 'API', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(:'plan', 'api', 100, 'never');
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000));
SELECT applied, failed FROM billing.process_events();
SET enable_seqscan = off;
SET enable_bitmapscan = off;

-- A BRIN index on what changes: the row may stay in its chain, into which the primary key must not point. If it did, whatever
-- row comes to the place of an earlier version would be found by the key of this one.
CREATE INDEX used_ranges ON billing_internal.access USING brin (used);
SELECT pg_temp.take(1);
SELECT pg_temp.take(2);
SELECT max(pg_temp.take(1)) FROM generate_series(1, 7);
VACUUM billing_internal.access;
SELECT count(billing.create_feature('f' || n, 'F', 'metered')), count(billing.attach_feature(:'plan', 'f' || n, 100, 'never')) FROM generate_series(1, 100) AS n;
SELECT feature_key, used FROM billing_internal.access WHERE organization_id = :'organization' AND customer_id = billing.find_customer('cus_1') AND feature_key = 'api';
SET enable_bitmapscan = on;
SET enable_indexscan = off;
SELECT count(*) FROM billing_internal.access WHERE organization_id = :'organization' AND used = 10;
SET enable_bitmapscan = off;
SET enable_indexscan = on;
-- A B-tree beside it: found by the new value, and by it alone.
CREATE INDEX used_values ON billing_internal.access (used);
SELECT pg_temp.take(4);
SELECT used, count(*) FROM billing_internal.access WHERE used IN (10, 14) AND organization_id = :'organization' GROUP BY used;
DROP INDEX billing_internal.used_ranges, billing_internal.used_values;
-- A generated column; virtual ones are of PostgreSQL 18.
SELECT CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'VIRTUAL' ELSE 'STORED' END AS kind \gset
\set ECHO none
ALTER TABLE billing_internal.access ADD doubled bigint GENERATED ALWAYS AS (used * 2) STORED, ADD tripled bigint GENERATED ALWAYS AS (used * 3) :kind;
\set ECHO all
SELECT pg_temp.take(8);
SELECT used, doubled, tripled FROM billing_internal.access WHERE organization_id = :'organization' AND feature_key = 'api';
ALTER TABLE billing_internal.access DROP doubled, ALTER tripled SET NOT NULL;
SELECT pg_temp.take(16);
SELECT used, tripled FROM billing_internal.access WHERE organization_id = :'organization' AND feature_key = 'api';
ALTER TABLE billing_internal.access DROP tripled;
SELECT count(*) FROM billing.verify_usage();
