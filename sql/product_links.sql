-- Features that Stripe attaches to products: the newest list tells the set, beside what is attached by hand.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
-- The answer of GET /v1/products/{id}/features, as an application or the worker hands it in.
CREATE FUNCTION pg_temp.list(event_id text, product text, at timestamptz, keys text[], has_more boolean = false) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.send(event_id, 'pg_billing.refetch', at, jsonb_build_object(
        'object', 'list',
        'url', '/v1/products/' || product || '/features',
        'has_more', has_more,
        'data', COALESCE((SELECT jsonb_agg(jsonb_build_object('id', 'prodft_' || key, 'object', 'product_feature', 'livemode', false, 'entitlement_feature', jsonb_build_object('id', 'feat_' || key, 'object', 'entitlements.feature', 'active', true, 'lookup_key', key, 'name', 'The ' || key, 'metadata', '{}'::jsonb))) FROM unnest(keys) AS key), '[]')
    ))
$$;
CREATE FUNCTION pg_temp.applied() RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT applied || ' applied, ' || failed || ' failed' FROM billing.process_events());
END $$;
CREATE FUNCTION pg_temp.has(customer text) RETURNS TABLE (key text, checked boolean, used bigint)
LANGUAGE sql AS $$
    SELECT feature_key, billing.check_access(customer, feature_key), used FROM billing.entitlements(customer) WHERE allowed
$$;
\set VERBOSITY terse
\set ECHO all
SELECT billing.create_organization('Links') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- A list may come before its product and before anybody holds it; its features get Stripe's names.
SELECT pg_temp.list('evt_1', 'prod_1', '2026-01-01 10:00Z', '{sso,audit-log}');
SELECT pg_temp.applied();
SELECT key, name, kind FROM billing.list_features();
SELECT feature_key, kind, quota, from_stripe FROM billing.product_features_of(billing.find_product('prod_1'));
SELECT pg_temp.send('evt_s', 'customer.subscription.created', '2026-01-02 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2026-01-02 10:00Z', 1000));
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');

-- Beside features attached by hand. What is edited at Stripe changes that feature alone.
SELECT billing.create_feature('api', 'API calls', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(billing.find_product('prod_1'), 'api', 100, 'never');
SELECT used FROM billing.track_usage('cus_1', 'api', 40);
SELECT pg_temp.list('evt_2', 'prod_1', '2026-01-03 10:00Z', '{sso,export}');
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');
-- An older list that comes late, the same again, and a list of something else change nothing; a cut one adds.
SELECT pg_temp.list('evt_0', 'prod_1', '2026-01-02 10:00Z', '{old}');
SELECT pg_temp.list('evt_2', 'prod_1', '2026-01-03 10:00Z', '{sso,export}');
SELECT pg_temp.send('evt_else', 'pg_billing.refetch', '2026-01-03 11:00Z', '{"object": "list", "url": "/v1/customers", "has_more": false, "data": []}');
SELECT pg_temp.list('evt_3', 'prod_1', '2026-01-04 10:00Z', '{seats}', true);
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');

-- By hand under the same key: it is the hand's from then on, and Stripe's list does not take it.
SELECT billing.attach_feature(billing.find_product('prod_1'), 'sso');
SELECT feature_key, from_stripe FROM billing.product_features_of(billing.find_product('prod_1'));
SELECT pg_temp.list('evt_4', 'prod_1', '2026-01-05 10:00Z', '{export}');
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');
-- Taken by hand it goes; what Stripe attaches cannot be taken here, or comes back from behind.
SELECT billing.detach_feature(billing.find_product('prod_1'), 'sso');
SELECT * FROM pg_temp.has('cus_1');
SELECT billing.detach_feature(billing.find_product('prod_1'), 'export');
SELECT billing.attach_feature(billing.find_product('prod_1'), 'export');
SELECT billing.detach_feature(billing.find_product('prod_1'), 'export');
SELECT f.key, p.from_stripe FROM billing.product_features AS p JOIN billing.features AS f ON f.id = p.feature_id AND f.organization_id = p.organization_id WHERE p.organization_id = :'organization';
SELECT * FROM pg_temp.has('cus_1');

-- A key that counts, or that no feature can have, gives nothing and is an alarm.
SELECT pg_temp.list('evt_5', 'prod_1', '2026-01-06 10:00Z', ARRAY['export', 'with space']);
SELECT pg_temp.list('evt_6', 'prod_2', '2026-01-06 10:00Z', '{api}');
SELECT pg_temp.applied();
SELECT kind, reference, detail FROM billing_internal.event_alarms WHERE organization_id = :'organization' ORDER BY reference;
SELECT kind FROM billing.list_features() WHERE key = 'api';
SELECT * FROM billing.product_features_of(billing.find_product('prod_2'));
-- An empty list takes all of Stripe's, and nothing else.
SELECT pg_temp.list('evt_7', 'prod_1', '2026-01-07 10:00Z', '{}');
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');
SELECT quota, used FROM billing.get_usage('cus_1', 'api');
-- One without its entries, or without a key, parks itself.
SELECT pg_temp.send('evt_bad_1', 'pg_billing.refetch', '2026-01-08 10:00Z', '{"object": "list", "url": "/v1/products/prod_1/features"}');
SELECT pg_temp.send('evt_bad_2', 'pg_billing.refetch', '2026-01-08 10:00Z', '{"object": "list", "url": "/v1/products/prod_1/features", "data": [{"id": "prodft_1", "entitlement_feature": {"name": "No key"}}]}');
SELECT pg_temp.applied();
SELECT event_id, code, detail FROM billing.failed_events() ORDER BY event_id;

-- In any order: the same lists, the same links.
SELECT billing.create_organization('Reversed') AS reversed \gset
SELECT billing.use_organization(:'reversed', true);
SELECT pg_temp.applied() FROM pg_temp.list('evt_4', 'prod_1', '2026-01-05 10:00Z', '{b,c}');
SELECT pg_temp.applied() FROM pg_temp.list('evt_3', 'prod_1', '2026-01-04 10:00Z', '{d}', true);
SELECT pg_temp.applied() FROM pg_temp.list('evt_5', 'prod_1', '2026-01-06 10:00Z', '{e}', true);
SELECT pg_temp.applied() FROM pg_temp.list('evt_2', 'prod_1', '2026-01-05 10:00Z', '{a}');
SELECT feature_key, from_stripe FROM billing.product_features_of(billing.find_product('prod_1'));
SELECT count(*) FROM billing.product_features_of(NULL);
