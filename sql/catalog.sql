-- The catalogue: the same again gives the same row, something else under the same key is a conflict.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Catalogue') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- Features.
SELECT billing.create_feature('api', 'API calls', 'metered') AS api \gset
SELECT billing.create_feature('sso', 'Single sign-on', 'boolean') AS sso \gset
SELECT billing.create_feature('region', 'Region', 'static') AS region \gset
SELECT billing.create_feature('api', 'API calls', 'metered') = :'api' AS the_same_again;
SELECT billing.create_feature('api', 'Requests', 'metered');
SELECT billing.create_feature('api', 'API calls', 'boolean');
SELECT billing.create_feature('', 'Nothing', 'boolean');
SELECT billing.create_feature('with space', 'Space', 'boolean');
SELECT billing.create_feature('x', 'X', 'counted');
SELECT billing.create_feature(NULL, 'X', 'boolean');
SELECT key, name, kind FROM billing.list_features();

-- Products of our own.
SELECT billing.create_product('Basic') AS basic \gset
SELECT billing.create_product('Basic') = :'basic' AS the_same_again;
SELECT billing.create_product('Basic', '{"tier": 2}') = :'basic' AS another_is_another;
SELECT billing.create_product('');
SELECT billing.create_product('List', '[1]');
SELECT billing.create_product('No id', '{}', '');

-- A product that waits for its Stripe product becomes it when that arrives.
SELECT billing.create_product('Pro', '{"tier": 3}', 'prod_pro') AS pro \gset
SELECT billing.create_product('Pro', '{"tier": 3}', 'prod_pro') = :'pro' AS the_same_again;
SELECT billing.create_product('Premium', '{}', 'prod_pro');
SELECT pg_temp.send('evt_1', 'product.created', '2025-01-01 12:00Z', '{"id": "prod_pro", "object": "product", "active": true, "created": 1735732800, "name": "Pro of Stripe", "metadata": {}, "livemode": false}');
SELECT * FROM billing.process_events();
SELECT billing.find_product('prod_pro') = :'pro' AS is_the_row, (SELECT name FROM billing.products WHERE id = :'pro');
-- What arrived already is that row, and Stripe's words stay.
SELECT billing.create_product('Our name', '{}', 'prod_pro') = :'pro' AS is_the_row, (SELECT name FROM billing.products WHERE id = :'pro');
-- A subscription speaks of prod_1 before it arrived: the row that stands in for it becomes the product.
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-01-02 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-02 12:00Z', 5000));
SELECT * FROM billing.process_events();
SELECT name IS NULL AS stands_in FROM billing.list_products() WHERE stripe_product_id = 'prod_1';
SELECT billing.create_product('One', '{}', 'prod_1') = billing.find_product('prod_1') AS is_the_row;
SELECT stripe_product_id, name, active, metadata FROM billing.list_products() ORDER BY stripe_product_id, metadata;

-- What is not there is NULL.
SELECT billing.find_product('prod_none') IS NULL AS product, billing.find_customer('cus_none') IS NULL AS customer, billing.find_subscription('sub_none') IS NULL AS subscription, billing.find_product(NULL) IS NULL AS nothing;
SELECT billing.find_subscription('sub_1') = id AS subscription, billing.find_customer('cus_1') = customer_id AS by_stripe_id, billing.find_customer(customer_id::text) = customer_id AS by_uuid FROM billing.subscriptions WHERE organization_id = :'organization';

-- Features of a product; attaching again edits.
SELECT billing.attach_feature(:'pro', 'api', 100);
SELECT billing.attach_feature(:'pro', 'sso');
SELECT billing.attach_feature(:'pro', 'region', value => '{"region": "eu"}');
SELECT billing.attach_feature(NULL, 'api', 10, 'day', 'cap');
SELECT billing.attach_feature(:'pro', 'api', 200, 'year', 'allow', per_seat => true);
SELECT * FROM billing.product_features_of(:'pro');
SELECT * FROM billing.product_features_of(NULL);
SELECT count(*) FROM billing.product_features WHERE organization_id = :'organization';
SELECT billing.detach_feature(:'pro', 'sso');
SELECT billing.detach_feature(:'pro', 'sso');
SELECT feature_key FROM billing.product_features_of(:'pro');

-- Bad input names its field.
SELECT billing.attach_feature('00000000-0000-7000-8000-000000000000', 'api');
SELECT billing.attach_feature(:'pro', 'nothing');
SELECT billing.attach_feature(:'pro', 'api', -1);
SELECT billing.attach_feature(:'pro', 'sso', 5);
SELECT billing.attach_feature(:'pro', 'api', 5, 'hour');
SELECT billing.attach_feature(:'pro', 'api', 5, overage => 'burn');
SELECT billing.attach_feature(NULL, 'api', 5, 'billing_period');
SELECT billing.attach_feature(NULL, 'api', 5, per_seat => true);
SELECT billing.detach_feature(:'pro', 'nothing');
SELECT quota, reset_interval, overage, per_seat FROM billing.product_features_of(:'pro') WHERE feature_key = 'api';

-- Another organization sees none of it, and may have the same key.
SELECT billing.create_organization('Another') AS another \gset
SELECT billing.use_organization(:'another', true);
SELECT billing.create_feature('api', 'Requests', 'boolean') <> :'api' AS its_own;
SELECT billing.attach_feature(:'pro', 'api');
SELECT count(*) FROM billing.list_products();
SELECT count(*) FROM billing.product_features_of(:'pro');
SET ROLE billing_api;
SELECT (SELECT count(*) FROM billing.products) AS products, (SELECT count(*) FROM billing.features) AS features, (SELECT count(*) FROM billing.product_features) AS product_features, (SELECT count(*) FROM billing.prices) AS prices;
RESET ROLE;
