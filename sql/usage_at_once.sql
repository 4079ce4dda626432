-- The usual consumption runs no statement; where something is in the way, the statements say the same.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
SET client_min_messages = notice;
\set VERBOSITY terse
\set ECHO all
SELECT billing.create_organization('At once') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT count(billing.create_feature(key, key, 'metered')) FROM (VALUES ('calls'), ('few'), ('endless')) AS f (key);
SELECT count(*) FROM (VALUES ('calls', 1000), ('few', 10), ('endless', NULL)) AS f (key, quota) CROSS JOIN LATERAL billing.attach_feature(NULL, key, quota, 'never');
SELECT id AS customer FROM billing.create_customer('ada@example.com') \gset
-- The first one makes the row of access.
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls');
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'few');
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'endless');

-- Statements read by the primary key of access, what is done at once does not.
CREATE FUNCTION pg_temp.statements() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT pg_stat_get_xact_numscans('billing_internal.access_pkey'::regclass) $$;
BEGIN;
SELECT pg_temp.statements() AS before \gset
SELECT * FROM billing.track_usage(:'customer'::uuid, 'calls', 5);
SELECT * FROM billing.track_usage(:'customer'::uuid, 'calls', -2);
SELECT * FROM billing.track_usage(:'customer'::uuid, 'endless', 3);
-- Of ten, each unit is ten percent: thresholds are looked at, and none is reached.
SELECT * FROM billing.track_usage(:'customer'::uuid, 'few', 6);
SELECT pg_temp.statements() = :before AS no_statement;
-- Eight of ten are a threshold: the alert takes statements.
SELECT allowed, used, remaining FROM billing.track_usage(:'customer'::uuid, 'few');
SELECT pg_temp.statements() > :before AS statements;
COMMIT;
SELECT feature_key, percent, quota, used FROM billing.usage_alerts WHERE organization_id = :'organization' ORDER BY percent;
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'few', 2);
SELECT feature_key, percent, quota, used FROM billing.usage_alerts WHERE organization_id = :'organization' ORDER BY percent;
-- Thresholds of the feature come before those of the organization.
SELECT billing.set_usage_thresholds('{3}');
SELECT billing.set_usage_thresholds('{2}', 'endless');
SELECT billing.set_usage_thresholds('{}', 'calls');
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls', 100);
SELECT count(*) FROM billing.usage_alerts WHERE organization_id = :'organization' AND feature_key = 'calls';
SELECT billing.set_usage_thresholds('{20}', 'calls');
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls', 95);
SELECT count(*) FROM billing.usage_alerts WHERE organization_id = :'organization' AND feature_key = 'calls';
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls');
SELECT feature_key, percent, quota, used FROM billing.usage_alerts WHERE organization_id = :'organization' AND feature_key = 'calls';

-- No more is given back than was used, and no more taken than there is.
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'endless', -5);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'endless', -1);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'calls', 801);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'calls', -201);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'calls', 9223372036854775807);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'endless', 9223372036854775807);
SELECT allowed, reason, granted, used FROM billing.track_usage(:'customer'::uuid, 'endless', -9223372036854775807);

-- Several in one statement, under its one snapshot, add up.
SELECT n, allowed, used FROM generate_series(1, 3) AS n CROSS JOIN LATERAL billing.track_usage(:'customer'::uuid, 'calls', n) ORDER BY n;
-- What is undone was not consumed.
BEGIN;
SAVEPOINT before;
SELECT used FROM billing.track_usage(:'customer'::uuid, 'calls', 10);
ROLLBACK TO before;
SELECT used FROM billing.track_usage(:'customer'::uuid, 'calls', 4);
COMMIT;

-- A trigger of the operator's on the log, or on the counters, is met.
CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% of %', TG_OP, TG_TABLE_NAME; RETURN NEW; END $$;
CREATE TRIGGER tell BEFORE INSERT ON billing_internal.usage_records FOR EACH ROW EXECUTE FUNCTION public.tell();
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls');
DROP TRIGGER tell ON billing_internal.usage_records;
CREATE TRIGGER tell BEFORE UPDATE ON billing_internal.access FOR EACH ROW EXECUTE FUNCTION public.tell();
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls');
DROP TRIGGER tell ON billing_internal.access;
-- So is a check, and with it nothing is consumed.
ALTER TABLE billing_internal.usage_records ADD CONSTRAINT small CHECK (quantity < 50) NOT VALID;
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls', 50);
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls', 9);
ALTER TABLE billing_internal.usage_records DROP CONSTRAINT small;
-- And any index.
CREATE UNIQUE INDEX usage_once ON billing_internal.usage_records (organization_id, (quantity % 1000)) WHERE quantity > 400;
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls', 500);
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'endless', 500);
SELECT count(*) FROM billing_internal.usage_records WHERE organization_id = :'organization' AND quantity > 400 AND quantity % 1000 = 500;
DROP INDEX billing_internal.usage_once;
DROP FUNCTION public.tell();

-- A transaction that may not write, or has one snapshot.
BEGIN READ ONLY;
SELECT allowed FROM billing.track_usage(:'customer'::uuid, 'calls');
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT allowed, used FROM billing.track_usage(:'customer'::uuid, 'calls');
COMMIT;
SELECT * FROM billing.verify_usage();
SELECT quota, used, remaining FROM billing.get_usage((:'customer'), 'calls');
