-- The usual denial: where nothing is held, nobody asks the grants; whatever is held is found, also without a row of access.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Denials') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, 'boolean')) FROM (VALUES ('planned'), ('given'), ('stripes'), ('usual'), ('nobodys')) AS f (key);
SELECT billing.attach_feature(:'plan', 'planned');
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-02 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-02 12:00Z', 1000));
SELECT pg_temp.send('evt_2', 'entitlements.active_entitlement_summary.updated', '2025-01-03 12:00Z', jsonb_build_object('object', 'entitlements.active_entitlement_summary', 'customer', 'cus_2', 'entitlements', jsonb_build_object('object', 'list', 'has_more', false, 'data', jsonb_build_array(jsonb_build_object('id', 'ent_1', 'object', 'entitlements.active_entitlement', 'feature', 'feat_1', 'lookup_key', 'stripes')))));
SELECT * FROM billing.process_events();
SELECT count(billing.grant_feature(id, 'given')) FROM billing.create_customer('ada@example.com', external_id => 'ada');
SELECT count(id) FROM billing.create_customer('bob@example.com', external_id => 'bob');
CREATE TEMP TABLE people AS
SELECT who, COALESCE(billing.find_customer(who), '00000000-0000-7000-8000-000000000001') AS id
FROM (VALUES ('cus_1'), ('cus_2'), ('ada'), ('bob'), ('nobody')) AS p (who);

-- What each has beside what each has not: only what is held is looked at by a statement, which reads the customer.
CREATE FUNCTION pg_temp.customers_read() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT pg_stat_get_xact_numscans('billing_internal.customers_pkey'::regclass) $$;
SELECT who, key, billing.check_access(id, key) AS allowed FROM people CROSS JOIN (VALUES ('given'), ('nobodys'), ('planned'), ('stripes')) AS f (key) ORDER BY who, key;
BEGIN;
SELECT pg_temp.customers_read() AS before \gset
SELECT count(*) FROM people CROSS JOIN (VALUES ('given'), ('nobodys'), ('planned'), ('stripes'), ('never made')) AS f (key) WHERE who IN ('cus_1', 'bob', 'nobody') AND NOT billing.check_access(id, key);
SELECT pg_temp.customers_read() - :before AS customers_read;
ROLLBACK;

-- Without its row of access, each holding is found all the same.
BEGIN;
DELETE FROM billing_internal.access WHERE organization_id = :'organization';
SELECT who, key, billing.check_access(id, key) AS allowed FROM people CROSS JOIN (VALUES ('given'), ('nobodys'), ('planned'), ('stripes')) AS f (key) WHERE billing.check_access(id, key) ORDER BY who, key;
-- A grant that has ended gives nothing, one that begins later is looked at.
UPDATE billing_internal.feature_grants SET ends_at = now() WHERE organization_id = :'organization';
SELECT billing.check_access('cus_1', 'planned') AS ended;
UPDATE billing_internal.feature_grants SET ends_at = NULL, starts_at = now() + interval '1 day' WHERE organization_id = :'organization';
SELECT billing.check_access('cus_1', 'planned') AS later;
ROLLBACK;

-- A default is everybody's without a subscription who exists and is not archived.
SELECT billing.attach_feature(NULL, 'usual');
SELECT who, billing.check_access(id, 'usual') AS allowed FROM people ORDER BY who;
BEGIN;
DELETE FROM billing_internal.access WHERE organization_id = :'organization';
SELECT who, billing.check_access(id, 'usual') AS allowed FROM people ORDER BY who;
ROLLBACK;

-- What credits pay for is given by the credits.
SELECT count(billing.create_feature(key, key, 'metered')) FROM (VALUES ('tokens'), ('chat')) AS f (key);
SELECT billing.set_credit_cost('tokens', 'chat', 1);
SELECT billing.attach_feature(NULL, 'tokens', 5);
SELECT who, billing.check_access(id, 'chat', 5) AS five, billing.check_access(id, 'chat', 6) AS six FROM people ORDER BY who;
BEGIN;
DELETE FROM billing_internal.access WHERE organization_id = :'organization';
SELECT who, billing.check_access(id, 'chat', 5) AS five, billing.check_access(id, 'chat', 6) AS six FROM people ORDER BY who;
ROLLBACK;

-- An index that is still being built, or whose building ended in an error, does not find all there is: nobody is denied by it.
BEGIN;
DELETE FROM billing_internal.access WHERE organization_id = :'organization';
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'billing_internal.product_features_default'::regclass;
SELECT billing.check_access(id, 'usual') FROM people WHERE who = 'bob';
ROLLBACK;
SELECT billing.check_access(id, 'usual') FROM people WHERE who = 'bob';

-- Another organization has nothing of this.
SELECT billing.create_organization('Other') AS other \gset
SELECT billing.use_organization(:'other', true);
SELECT billing.create_feature('planned', 'planned', 'boolean') IS NOT NULL AS made;
SELECT who, key FROM people CROSS JOIN (VALUES ('given'), ('nobodys'), ('planned'), ('stripes'), ('usual')) AS f (key) WHERE billing.check_access(id, key);
