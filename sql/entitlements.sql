-- Who may use what: from subscriptions to answers, through every change that gives or takes access.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
-- Runs what arrived; what one customer may use, without the instants.
CREATE FUNCTION pg_temp.arrive(event_id text, kind text, at timestamptz, object jsonb) RETURNS TABLE (applied integer, failed integer)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.send(event_id, kind, at, object);
    RETURN QUERY SELECT p.applied::integer, p.failed::integer FROM billing.process_events() AS p;
END $$;
CREATE FUNCTION pg_temp.has(customer text) RETURNS TABLE (feature_key text, allowed boolean, reason text, quota bigint, used bigint, remaining bigint, value jsonb, source text)
LANGUAGE sql AS 'SELECT e.feature_key, e.allowed, e.reason, e.quota, e.used, e.remaining, e.value, e.source FROM billing.entitlements(customer) AS e';
-- prod_1 or another product, some items at once.
CREATE FUNCTION pg_temp.items(VARIADIC products text[]) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object('items', jsonb_build_object('object', 'list', 'has_more', false, 'data', jsonb_agg(jsonb_build_object(
        'id', 'si_' || position,
        'object', 'subscription_item',
        'discounts', '[]'::jsonb,
        'price', pg_temp.price(1000, 'month', 'usd') || jsonb_build_object('id', 'price_' || split_part(p, ':', 1), 'product', split_part(p, ':', 1)),
        'quantity', split_part(p, ':', 2)::integer,
        'tax_rates', '[]'::jsonb
    )))) FROM unnest(products) WITH ORDINALITY AS u (p, position)
$$;
\set ECHO all
SELECT billing.create_organization('Access') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Pro', '{}', 'prod_pro') AS pro, billing.create_product('Extra', '{}', 'prod_extra') AS extra \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('api', 'metered'), ('exports', 'metered'), ('region', 'static'), ('sso', 'boolean')) AS f (key, kind);
SELECT billing.attach_feature(:'pro', 'api', 100, 'never');
SELECT billing.attach_feature(:'pro', 'region', value => '"eu"');
SELECT billing.attach_feature(:'pro', 'sso');
SELECT billing.attach_feature(:'extra', 'api', 50, 'never', per_seat => true);

-- Nobody is known yet; NULL is nobody.
SELECT billing.check_access('cus_1', 'sso') AS unknown, billing.check_access(NULL::text, 'sso') AS no_text, billing.check_access(NULL::uuid, 'sso') AS no_uuid, billing.check_access('00000000-0000-7000-8000-000000000000'::uuid, 'sso') AS no_row, billing.check_access('cus_1', 'sso', NULL) AS no_quantity;
SELECT * FROM pg_temp.has('cus_1');
SELECT allowed, reason FROM billing.explain_access('cus_1', 'sso');

-- A customer has nothing; a subscription that starts to try or to pay gives its product's features.
SELECT * FROM pg_temp.arrive('evt_1', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_1', 'ada', '2025-01-01 12:00Z'));
SELECT * FROM pg_temp.has('cus_1');
SELECT * FROM pg_temp.arrive('evt_2', 'customer.subscription.created', '2025-01-31 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'incomplete', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:2')));
SELECT billing.check_access('cus_1', 'sso') AS incomplete;
SELECT * FROM pg_temp.arrive('evt_3', 'customer.subscription.updated', '2025-01-31 12:05Z', pg_temp.subscription('sub_1', 'cus_1', 'trialing', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:2')));
SELECT * FROM pg_temp.has('cus_1');
SELECT billing.find_customer('cus_1') AS customer \gset
SELECT billing.check_access(:'customer'::uuid, 'sso') AS by_uuid, billing.check_access(:'customer', 'sso') AS by_text, billing.check_access('cus_1', 'sso', 5) AS of_a_boolean, billing.check_access('cus_1', 'api', 100) AS all_of_it, billing.check_access('cus_1', 'api', 101) AS more, billing.check_access('cus_1', 'exports') AS not_in_plan, billing.check_access('cus_1', 'nothing') AS unknown_feature, billing.check_access('cus_1', 'api', 0) AS at_all;
SELECT billing.check_access('cus_1', 'api', -1);
SELECT * FROM billing.check_access_many(:'customer', '{sso,nothing,api,NULL,sso,exports}');
SELECT * FROM billing.check_access_many(NULL, '{sso}');
SELECT * FROM billing.check_access_many(:'customer', NULL);

-- In a policy it answers per row.
CREATE TABLE documents (customer uuid, title text);
INSERT INTO documents VALUES (:'customer', 'seen'), ('00000000-0000-7000-8000-000000000000', 'hidden'), (NULL, 'nobody''s');
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY paying ON documents USING (billing.check_access(customer, 'sso'));
GRANT SELECT ON documents TO billing_api;
SET ROLE billing_api;
SELECT title FROM documents;
RESET ROLE;

-- A second subscription adds its limit, times its seats; losing it takes that away.
SELECT * FROM pg_temp.arrive('evt_4', 'customer.subscription.created', '2025-02-01 12:00Z', pg_temp.subscription('sub_2', 'cus_1', 'active', '2025-02-01 12:00Z', 1000, more => pg_temp.items('prod_extra:3')));
SELECT quota FROM billing.get_usage('cus_1', 'api');
SELECT allowed, used, remaining FROM billing.track_usage('cus_1', 'api', 60);
SELECT * FROM pg_temp.arrive('evt_5', 'customer.subscription.updated', '2025-02-02 12:00Z', pg_temp.subscription('sub_2', 'cus_1', 'active', '2025-02-01 12:00Z', 1000, more => pg_temp.items('prod_extra:5')));
SELECT quota, used, remaining FROM billing.get_usage('cus_1', 'api');
SELECT * FROM pg_temp.arrive('evt_6', 'customer.subscription.deleted', '2025-02-03 12:00Z', pg_temp.subscription('sub_2', 'cus_1', 'canceled', '2025-02-01 12:00Z', 1000, more => pg_temp.items('prod_extra:5') || '{"ended_at": 1738584000}'));
SELECT quota, used, remaining FROM billing.get_usage('cus_1', 'api');

-- An edit of the plan reaches its holders, that feature alone.
SELECT billing.attach_feature(:'pro', 'api', 500, 'never');
SELECT billing.attach_feature(:'pro', 'exports', 10, 'never');
SELECT billing.detach_feature(:'pro', 'sso');
SELECT * FROM pg_temp.has('cus_1');
SELECT billing.check_access('cus_1', 'sso') AS taken, billing.check_access('cus_1', 'exports') AS given;
-- Unlimited wins.
SELECT billing.attach_feature(:'pro', 'api', NULL, 'never');
SELECT quota, used, remaining FROM billing.get_usage('cus_1', 'api');
SELECT remaining IS NULL AS unlimited FROM billing.check_access_many(:'customer', '{api}');
SELECT billing.attach_feature(:'pro', 'api', 100, 'never');
SELECT billing.attach_feature(:'pro', 'sso');

-- Two items of one product count their seats together; another plan on the same subscription.
SELECT * FROM pg_temp.arrive('evt_7', 'customer.subscription.updated', '2025-02-10 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_extra:3', 'prod_extra:1')));
SELECT * FROM pg_temp.has('cus_1');
SELECT * FROM pg_temp.arrive('evt_8', 'customer.subscription.updated', '2025-02-11 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:1')));
SELECT * FROM pg_temp.has('cus_1');

-- A failing card: access by grace, then none, then back.
SELECT * FROM pg_temp.arrive('evt_9', 'customer.subscription.updated', '2025-03-01 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'past_due', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:1')));
SELECT billing.check_access('cus_1', 'sso') AS past_due;
SELECT * FROM pg_temp.arrive('evt_10', 'customer.subscription.updated', '2025-03-08 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'unpaid', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:1')));
SELECT billing.check_access('cus_1', 'sso') AS unpaid;
SELECT * FROM pg_temp.has('cus_1');
SELECT * FROM pg_temp.arrive('evt_11', 'customer.subscription.updated', '2025-03-09 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 12:00Z', 1000, more => pg_temp.items('prod_pro:1')));
SELECT * FROM pg_temp.has('cus_1');

-- At an earlier instant, with the event that decided: [from, to) to the second. As if features and plans were older.
UPDATE billing_internal.features SET created_at = '2025-01-01Z' WHERE organization_id = :'organization';
UPDATE billing_internal.product_features SET updated_at = '2025-01-01Z' WHERE organization_id = :'organization';
SELECT at, allowed, reason, quota, source
FROM (VALUES ('2025-01-31 12:04:59Z'::timestamptz), ('2025-01-31 12:05:00Z'), ('2025-03-08 11:59:59Z'), ('2025-03-08 12:00:00Z'), ('2025-03-09 12:00:00Z')) AS v (at)
CROSS JOIN LATERAL billing.explain_access('cus_1', 'api', v.at);
SELECT opened_by, closed_by, starts_at, ends_at, quantity FROM billing.feature_grants WHERE organization_id = :'organization' ORDER BY starts_at, opened_by;

-- Defaults are for those without a plan, whether the customer was ever resolved or not.
SELECT billing.attach_feature(NULL, 'exports', 3, 'never');
SELECT billing.attach_feature(NULL, 'region', value => '"any"');
SELECT * FROM pg_temp.arrive('evt_12', 'customer.created', '2025-03-10 12:00Z', pg_temp.customer('cus_2', 'bob', '2025-03-10 12:00Z'));
SELECT billing.check_access('cus_2', 'exports', 3) AS free, billing.check_access('cus_2', 'exports', 4) AS beyond, billing.check_access('cus_2', 'sso') AS paid;
SELECT * FROM pg_temp.has('cus_2');
SELECT * FROM pg_temp.has('cus_1') WHERE feature_key IN ('exports', 'region');
SELECT billing.attach_feature(NULL, 'sso');
SELECT billing.check_access('cus_2', 'sso') AS a_default_that_came_later, allowed AS so_says_many FROM billing.check_access_many(billing.find_customer('cus_2'), '{sso}');
SELECT billing.detach_feature(NULL, 'sso');
SELECT billing.check_access('cus_2', 'sso') AS and_went;
SELECT * FROM pg_temp.arrive('evt_13', 'customer.subscription.created', '2025-03-11 12:00Z', pg_temp.subscription('sub_3', 'cus_2', 'active', '2025-03-11 12:00Z', 1000, more => pg_temp.items('prod_extra:1')));
SELECT billing.check_access('cus_2', 'exports') AS not_with_a_plan, billing.check_access('cus_2', 'region') AS nor_this;
SELECT * FROM pg_temp.has('cus_2');
SELECT * FROM pg_temp.arrive('evt_14', 'customer.subscription.deleted', '2025-03-12 12:00Z', pg_temp.subscription('sub_3', 'cus_2', 'canceled', '2025-03-11 12:00Z', 1000, more => pg_temp.items('prod_extra:1') || '{"ended_at": 1741780800}'));
SELECT billing.check_access('cus_2', 'exports') AS without_again;
SELECT * FROM pg_temp.has('cus_2');
SELECT billing.attach_feature(NULL, 'exports', 7, 'never');
SELECT quota FROM billing.get_usage('cus_2', 'exports');
SELECT billing.detach_feature(NULL, 'exports');
SELECT billing.check_access('cus_2', 'exports') AS no_default_any_more;

-- A customer that Stripe deleted has nothing.
SELECT * FROM pg_temp.arrive('evt_15', 'customer.deleted', '2025-04-01 12:00Z', '{"id": "cus_1", "object": "customer", "deleted": true}');
SELECT billing.check_access('cus_1', 'sso') AS deleted;
SELECT * FROM pg_temp.has('cus_1');
UPDATE billing_internal.product_features SET updated_at = '2025-01-01Z' WHERE organization_id = :'organization';
SELECT allowed, reason FROM billing.explain_access('cus_1', 'sso', '2025-03-31 12:00Z');

-- Bad input.
SELECT * FROM billing.explain_access(NULL, 'sso');
SELECT * FROM billing.explain_access('cus_1', 'sso', 'infinity');
SELECT * FROM billing.get_usage('cus_none', 'api');
SELECT * FROM billing.get_usage('cus_1', 'nothing');
SELECT billing.check_access(repeat('x', 10000), repeat('y', 10000)) AS long_names;

-- Another organization has no part in it; without one there is no answer.
SELECT billing.create_organization('Another') AS another \gset
SELECT billing.use_organization(:'another', true);
SELECT billing.check_access(:'customer'::uuid, 'region') AS by_uuid, billing.check_access('cus_2', 'region') AS by_text, (SELECT count(*) FROM billing.entitlements('cus_2')) AS features;
SET ROLE billing_api;
SELECT count(*) FROM billing.feature_grants;
RESET ROLE;
\c
SELECT billing.check_access('cus_2', 'region');
DROP TABLE documents;
