-- What is given and taken by hand: balances that burn in order, holds, credits.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.arrive(event_id text, kind text, at timestamptz, object jsonb) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.send(event_id, kind, at, object);
    RETURN (SELECT applied FROM billing.process_events());
END $$;
-- Balances without ids and instants, in the order they were made.
CREATE FUNCTION pg_temp.balances(customer text, key text) RETURNS TABLE (what text, quota bigint, carried bigint, used bigint, remaining bigint, priority bigint, revoked boolean)
LANGUAGE sql AS 'SELECT what, quota, carried, used, remaining, priority, revoked_at IS NOT NULL FROM billing.list_grants(customer) WHERE feature_key = key';
CREATE FUNCTION pg_temp.take(customer text, key text, quantity bigint = 1, idempotency_key text = NULL) RETURNS TABLE (allowed boolean, reason text, granted bigint, used bigint, remaining bigint, overage bigint)
LANGUAGE sql AS 'SELECT allowed, reason, granted, used, remaining, overage FROM billing.track_usage(customer, key, quantity, idempotency_key)';
CREATE FUNCTION pg_temp.see(customer text, key text, quantity bigint = 1) RETURNS TABLE (allowed boolean, reason text, quota bigint, used bigint, remaining bigint, overage bigint, checked boolean)
LANGUAGE sql AS 'SELECT allowed, reason, quota, used, remaining, overage, billing.check_access(customer, key, quantity) FROM billing.explain_access(customer, key, now(), quantity)';
\set ECHO all
SELECT billing.create_organization('Grants') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Pro', '{}', 'prod_1') AS pro \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('api', 'metered'), ('chat', 'metered'), ('credits', 'metered'), ('region', 'static'), ('sso', 'boolean')) AS f (key, kind);
SELECT pg_temp.arrive('evt_1', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_1', 'ada', '2025-01-01 12:00Z'));
SELECT billing.find_customer('cus_1') AS ada \gset

-- Three grants; 120 are used: priority first, then expiry; the balance is 230.
SELECT billing.grant_feature(:'ada', 'api', 100, now() + interval '31 days', 1) AS a \gset
SELECT billing.grant_feature(:'ada', 'api', 50, now() + interval '15 days', 1) AS b \gset
SELECT billing.grant_feature(:'ada', 'api', 200, NULL, 2) AS c \gset
SELECT * FROM pg_temp.take('cus_1', 'api', 120);
SELECT * FROM pg_temp.balances('cus_1', 'api');
SELECT * FROM pg_temp.see('cus_1', 'api', 230);
SELECT * FROM pg_temp.see('cus_1', 'api', 231);
SELECT * FROM pg_temp.take('cus_1', 'api', 231);
-- Given back in the reverse order, at most what was used.
SELECT * FROM pg_temp.take('cus_1', 'api', -80);
SELECT * FROM pg_temp.balances('cus_1', 'api');
SELECT * FROM pg_temp.take('cus_1', 'api', -100);
SELECT * FROM pg_temp.take('cus_1', 'api', -1);
-- What ends is gone from the sums, and its usage from nothing else.
SELECT * FROM pg_temp.take('cus_1', 'api', 60);
SELECT billing.revoke_grant(:'b'), billing.revoke_grant(:'b');
SELECT * FROM pg_temp.see('cus_1', 'api');
SELECT billing.revoke_grant(:'a'), billing.revoke_grant(:'c');
SELECT * FROM pg_temp.see('cus_1', 'api');
SELECT * FROM pg_temp.balances('cus_1', 'api');

-- The same key is the same grant.
SELECT billing.grant_feature(:'ada', 'api', 5, idempotency_key => 'order-1') = billing.grant_feature(:'ada', 'api', 5, idempotency_key => 'order-1') AS same;
SELECT billing.grant_feature(:'ada', 'api', 6, idempotency_key => 'order-1');
SELECT billing.top_up(:'ada', 'api', 5, idempotency_key => 'order-1');
SELECT * FROM pg_temp.see('cus_1', 'api');

-- A grant hides the plan; a top-up stands beside it; a block takes both until it is revoked.
SELECT billing.attach_feature(:'pro', 'api', 100, 'never');
SELECT billing.attach_feature(:'pro', 'region', value => '"eu"');
SELECT billing.attach_feature(:'pro', 'sso');
SELECT pg_temp.arrive('evt_2', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_2', 'bob', '2025-01-01 12:00Z'));
SELECT pg_temp.arrive('evt_3', 'customer.subscription.created', '2025-01-01 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-01 12:00Z', 1000));
SELECT billing.find_customer('cus_2') AS bob, billing.find_subscription('sub_2') AS sub \gset
SELECT * FROM pg_temp.take('cus_2', 'api', 30);
SELECT billing.top_up(:'bob', 'api', 50) AS top_up \gset
SELECT * FROM pg_temp.see('cus_2', 'api');
SELECT billing.grant_feature(:'bob', 'api', 500) AS grant \gset
SELECT * FROM pg_temp.see('cus_2', 'api');
-- Made earlier, the top-up burns first.
SELECT * FROM pg_temp.take('cus_2', 'api', 60);
SELECT * FROM pg_temp.balances('cus_2', 'api');
SELECT billing.block_feature(:'bob', 'api') AS block \gset
SELECT billing.block_feature(:'bob', 'api') = :'block' AS same;
SELECT * FROM pg_temp.see('cus_2', 'api');
SELECT * FROM pg_temp.take('cus_2', 'api', 1);
SELECT source = :'block' AS by_the_block FROM billing.explain_access('cus_2', 'api');
SELECT billing.revoke_grant(:'block');
SELECT * FROM pg_temp.see('cus_2', 'api');
SELECT billing.revoke_grant(:'grant'), billing.revoke_grant(:'top_up');
SELECT * FROM pg_temp.see('cus_2', 'api');

-- A grant for a subscription hides that subscription's plan, and ends with it.
SELECT billing.grant_feature(:'bob', 'api', 1000, subscription_id => :'sub') IS NOT NULL AS given;
SELECT billing.grant_feature(:'bob', 'region', value => '"us"', subscription_id => :'sub') IS NOT NULL AS given;
SELECT * FROM pg_temp.see('cus_2', 'api');
SELECT value, reason FROM billing.explain_access('cus_2', 'region');
SELECT pg_temp.arrive('evt_4', 'customer.subscription.updated', '2025-02-01 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'unpaid', '2025-01-01 12:00Z', 1000));
SELECT * FROM pg_temp.see('cus_2', 'api');
SELECT pg_temp.arrive('evt_5', 'customer.subscription.updated', '2025-02-02 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-01 12:00Z', 1000));
SELECT * FROM pg_temp.see('cus_2', 'api');
-- Unlimited wins.
SELECT billing.top_up(:'bob', 'api', NULL) AS unlimited \gset
SELECT * FROM pg_temp.see('cus_2', 'api', 1000000);
SELECT * FROM pg_temp.take('cus_2', 'api', 5000);
SELECT billing.revoke_grant(:'unlimited');
SELECT * FROM pg_temp.see('cus_2', 'api');
-- What the plan says about overage holds for what is granted by hand.
SELECT billing.attach_feature(:'pro', 'api', 100, 'never', 'allow');
SELECT * FROM pg_temp.take('cus_2', 'api', 1001);
SELECT * FROM pg_temp.balances('cus_2', 'api') WHERE what = 'grant';

-- Held, then settled.
SELECT billing.grant_feature(:'ada', 'chat', 100) AS chat \gset
SELECT billing.reserve_usage(:'ada', 'chat', 60, idempotency_key => 'job-1') AS job \gset
SELECT billing.reserve_usage(:'ada', 'chat', 60, idempotency_key => 'job-1') = :'job' AS same;
SELECT billing.reserve_usage(:'ada', 'chat', 61, idempotency_key => 'job-1');
SELECT * FROM pg_temp.see('cus_1', 'chat', 40);
SELECT * FROM pg_temp.see('cus_1', 'chat', 41);
SELECT billing.reserve_usage(:'ada', 'chat', 41) IS NULL AS too_much;
SELECT * FROM pg_temp.take('cus_1', 'chat', 41);
SELECT allowed, reason, granted, used, remaining FROM billing.settle_usage(:'job', 25);
SELECT allowed, reason, granted, used, remaining FROM billing.settle_usage(:'job', 25);
SELECT billing.settle_usage(:'job', 24);
SELECT * FROM pg_temp.see('cus_1', 'chat');
-- More than was held is a consumption like any other.
SELECT billing.reserve_usage(:'ada', 'chat', 70) AS job \gset
SELECT allowed, reason, granted, used, remaining FROM billing.settle_usage(:'job', 76);
SELECT billing.reserve_usage(:'ada', 'chat', 70) AS job \gset
SELECT allowed, reason, granted, used, remaining FROM billing.settle_usage(:'job', 0);
SELECT * FROM pg_temp.take('cus_1', 'chat', 75);

-- Credits pay for what has no balance of its own.
SELECT billing.revoke_grant(:'chat');
SELECT billing.set_credit_cost('credits', 'chat', 0.3);
SELECT * FROM pg_temp.see('cus_1', 'chat');
SELECT billing.grant_feature(:'ada', 'credits', 10) IS NOT NULL AS given;
SELECT * FROM pg_temp.see('cus_1', 'chat', 33);
SELECT * FROM pg_temp.see('cus_1', 'chat', 34);
-- 0.3, then 0.6 of the credit that is paid already, then 0.9.
SELECT * FROM pg_temp.take('cus_1', 'chat', 1);
SELECT used FROM billing.get_usage('cus_1', 'credits');
SELECT * FROM pg_temp.take('cus_1', 'chat', 2);
SELECT used FROM billing.get_usage('cus_1', 'credits');
SELECT * FROM pg_temp.take('cus_1', 'chat', 31);
SELECT * FROM pg_temp.take('cus_1', 'chat', 30);
SELECT used FROM billing.get_usage('cus_1', 'credits');
SELECT * FROM pg_temp.take('cus_1', 'chat', -33);
SELECT used FROM billing.get_usage('cus_1', 'credits');
SELECT * FROM pg_temp.take('cus_1', 'chat', -1);
-- The own balance comes first, if it suffices for all of it.
SELECT billing.top_up(:'ada', 'chat', 5) IS NOT NULL AS given;
SELECT * FROM pg_temp.see('cus_1', 'chat', 38);
SELECT * FROM pg_temp.take('cus_1', 'chat', 6);
SELECT * FROM pg_temp.take('cus_1', 'chat', 5);
SELECT used FROM billing.get_usage('cus_1', 'credits');
-- Work under way may hold credits.
SELECT billing.reserve_usage(:'ada', 'chat', 20) AS job \gset
SELECT remaining FROM billing.get_usage('cus_1', 'credits');
SELECT allowed, reason, granted, remaining FROM billing.settle_usage(:'job', 10);
SELECT used, remaining FROM billing.get_usage('cus_1', 'credits');
SELECT billing.set_credit_cost('credits', 'chat', NULL);
SELECT * FROM pg_temp.see('cus_1', 'chat');

-- A billing period that Stripe says has begun carries over what was left, at once.
SELECT pg_temp.arrive('evt_7', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_3', 'eve', '2025-01-01 12:00Z'));
SELECT pg_temp.arrive('evt_8', 'customer.subscription.created', '2025-01-01 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'active', '2025-01-01 12:00Z', 1000));
SELECT billing.grant_feature(billing.find_customer('cus_3'), 'chat', 50, rollover_max => 10, reset_interval => 'billing_period', subscription_id => billing.find_subscription('sub_3')) IS NOT NULL AS given;
SELECT * FROM pg_temp.take('cus_3', 'chat', 5);
SELECT pg_temp.arrive('evt_9', 'customer.subscription.updated', '2025-02-01 12:00Z', jsonb_set(jsonb_set(pg_temp.subscription('sub_3', 'cus_3', 'active', '2025-01-01 12:00Z', 1000), '{items,data,0,current_period_start}', '1738411200'), '{items,data,0,current_period_end}', '1740830400'));
SELECT * FROM pg_temp.see('cus_3', 'chat', 60);
SELECT * FROM pg_temp.balances('cus_3', 'chat');

-- Bad input, and nothing is half done.
SELECT billing.grant_feature(:'ada', 'nothing', 1);
SELECT billing.grant_feature('00000000-0000-7000-8000-000000000000', 'api', 1);
SELECT billing.grant_feature(:'ada', 'api', -1);
SELECT billing.grant_feature(:'ada', 'sso', 1);
SELECT billing.grant_feature(:'ada', 'api', 1, now());
SELECT billing.grant_feature(:'ada', 'api', 1, rollover_max => 5);
SELECT billing.grant_feature(:'ada', 'api', 1, reset_interval => 'hour');
SELECT billing.grant_feature(:'ada', 'api', 1, reset_interval => 'billing_period');
SELECT billing.grant_feature(:'ada', 'api', 1, subscription_id => :'sub');
SELECT billing.grant_feature(:'ada', 'api', 1, idempotency_key => repeat('k', 10000));
SELECT billing.top_up(:'ada', 'sso', 1);
SELECT billing.revoke_grant('00000000-0000-7000-8000-000000000000');
SELECT billing.block_feature(:'ada', 'nothing');
SELECT billing.reserve_usage(:'ada', 'api', 0);
SELECT billing.reserve_usage(:'ada', 'api', 1, '-1 second');
SELECT billing.reserve_usage(:'ada', 'api', 1, '10 years');
SELECT billing.top_up(:'ada', 'api', NULL) AS endless \gset
SELECT billing.reserve_usage(:'ada', 'api', 9223372036854775807) IS NOT NULL AS reserved;
SELECT billing.reserve_usage(:'ada', 'api', 9223372036854775807);
SELECT billing.revoke_grant(:'endless');
SELECT billing.reserve_usage(:'ada', 'sso', 1);
SELECT billing.reserve_usage('00000000-0000-7000-8000-000000000000', 'api', 1) IS NULL AS nobody;
SELECT billing.settle_usage('00000000-0000-7000-8000-000000000000', 1);
SELECT billing.settle_usage(:'job', -1);
SELECT billing.set_credit_cost('credits', 'credits', 1);
SELECT billing.set_credit_cost('credits', 'sso', 1);
SELECT billing.set_credit_cost('nothing', 'api', 1);
SELECT billing.set_credit_cost('credits', 'api', 0);
SELECT billing.set_credit_cost('credits', 'api', 0.0000001);
SELECT billing.set_credit_cost('credits', 'api', 'NaN');
SELECT billing.list_grants('cus_none');
SELECT * FROM pg_temp.take('cus_2', 'api', -9223372036854775808);
SELECT count(*) FROM billing.list_grants('cus_1') WHERE feature_key IN ('sso', 'region');

-- Who is archived has nothing; nothing can be granted to it.
SELECT pg_temp.arrive('evt_6', 'customer.deleted', '2025-04-01 12:00Z', '{"id": "cus_1", "object": "customer", "deleted": true}');
SELECT * FROM pg_temp.see('cus_1', 'credits');
SELECT billing.grant_feature(:'ada', 'api', 1);
