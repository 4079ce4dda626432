-- Alerts: a consumption that reaches a threshold of its quota, once in each period.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.take(key text, quantity bigint) RETURNS bigint
LANGUAGE sql AS $$ SELECT granted FROM billing.track_usage('cus_1', key, quantity) $$;
-- The alerts of a feature in the order of their making.
CREATE FUNCTION pg_temp.alerts(key text) RETURNS TABLE (percent integer, quota bigint, used bigint, delivered boolean)
LANGUAGE sql AS $$
    SELECT percent, quota, used, delivered_at IS NOT NULL FROM billing.usage_alerts
    WHERE organization_id = billing.current_organization() AND feature_key = key ORDER BY occurred_at, id
$$;
\set ECHO all
\set VERBOSITY terse
SELECT billing.create_organization('Alerts') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, 'metered')) FROM unnest('{api,daily,over,free,chat,credits,given,seven}'::text[]) AS key;
SELECT billing.attach_feature(:'plan', 'api', 100, 'never');
SELECT billing.attach_feature(:'plan', 'daily', 10, 'day');
SELECT billing.attach_feature(:'plan', 'over', 10, 'never', 'allow');
SELECT billing.attach_feature(:'plan', 'free', NULL, 'never');
SELECT billing.attach_feature(:'plan', 'seven', 7, 'never');
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000));
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_1') AS one \gset

-- From below 80 to it, and to 100; nothing between, and nothing twice.
SELECT pg_temp.take('api', 79);
SELECT * FROM pg_temp.alerts('api');
SELECT pg_temp.take('api', 1);
SELECT pg_temp.take('api', 19);
SELECT pg_temp.take('api', 2);
SELECT * FROM pg_temp.alerts('api');
SELECT pg_temp.take('api', 1);
SELECT pg_temp.take('api', -50);
SELECT pg_temp.take('api', 50);
SELECT * FROM pg_temp.alerts('api');
-- 80% of 7 are 5.6.
SELECT pg_temp.take('seven', 5);
SELECT * FROM pg_temp.alerts('seven');
SELECT pg_temp.take('seven', 1);
SELECT * FROM pg_temp.alerts('seven');
-- One step over both; far beyond; and where there is no end.
SELECT pg_temp.take('over', 25);
SELECT pg_temp.take('free', 1000000);
SELECT * FROM pg_temp.alerts('over');
SELECT * FROM pg_temp.alerts('free');
-- What is rolled back has reached nothing.
BEGIN;
SELECT pg_temp.take('daily', 9);
SELECT * FROM pg_temp.alerts('daily');
ROLLBACK;
SELECT * FROM pg_temp.alerts('daily');
-- Each period has its own.
SELECT pg_temp.take('daily', 8);
UPDATE billing_internal.access SET period_start = period_start - interval '1 day', resets_at = now() WHERE organization_id = :'organization' AND feature_key = 'daily';
SELECT pg_temp.take('daily', 9);
SELECT * FROM pg_temp.alerts('daily');
SELECT count(*) FROM billing.usage_alerts WHERE organization_id = :'organization' AND feature_key = 'daily' AND period_end > period_start AND period_end - period_start <= interval '1 day';
-- More to use is below the threshold again, and reaches it once more only in the next period.
SELECT billing.top_up(:'one', 'daily', 90) IS NOT NULL AS given;
SELECT pg_temp.take('daily', 80);
SELECT * FROM pg_temp.alerts('daily');
-- Given by hand alone: each new balance begins a period.
SELECT billing.grant_feature(:'one', 'given', 10) AS first \gset
SELECT pg_temp.take('given', 10);
SELECT billing.revoke_grant(:'first');
SELECT billing.grant_feature(:'one', 'given', 20) IS NOT NULL AS given;
SELECT pg_temp.take('given', 16);
SELECT * FROM pg_temp.alerts('given');
-- Credits alert as what they are: 8 of 10 credits pay for 4 units, which have no quota of their own.
SELECT billing.grant_feature(:'one', 'credits', 10) IS NOT NULL AS given;
SELECT billing.set_credit_cost('credits', 'chat', 2);
SELECT pg_temp.take('chat', 4);
SELECT * FROM pg_temp.alerts('chat');
SELECT * FROM pg_temp.alerts('credits');
-- What is held is not used; what it comes to is.
SELECT billing.attach_feature(:'plan', 'api', 200, 'never');
SELECT billing.reserve_usage(:'one', 'api', 100) AS held \gset
SELECT count(*) FROM billing.usage_alerts WHERE organization_id = :'organization' AND feature_key = 'api';
SELECT billing.set_usage_thresholds('{95,90,95}', 'api');
SELECT granted FROM billing.settle_usage(:'held', 85);
SELECT * FROM pg_temp.alerts('api');

-- Thresholds of a feature stand above those of the organization; NULL goes back.
SELECT billing.set_usage_thresholds('{10}');
SELECT billing.attach_feature(:'plan', 'seven', 100, 'never');
SELECT pg_temp.take('seven', 4);
SELECT billing.set_usage_thresholds('{}', 'seven');
SELECT pg_temp.take('seven', 80);
SELECT billing.set_usage_thresholds(NULL, 'seven');
SELECT billing.set_usage_thresholds(NULL);
SELECT pg_temp.take('seven', 10);
SELECT * FROM pg_temp.alerts('seven');
SELECT billing.set_usage_thresholds('{0}');
SELECT billing.set_usage_thresholds('{1001}');
SELECT billing.set_usage_thresholds('{80,NULL}');
SELECT billing.set_usage_thresholds('{1,2,3,4,5,6,7,8,9,10,11}');
SELECT billing.set_usage_thresholds('{80}', 'none');

-- Delivery: the oldest first, each once.
SELECT feature_key, percent, quota, used, customer_id = :'one' AS of_one, organization_id = :'organization' AS of_ours FROM billing.take_usage_alerts(3);
SELECT count(delivered_at) AS delivered, count(*) FROM billing.usage_alerts WHERE organization_id = :'organization';
BEGIN;
SELECT count(*) FROM billing.take_usage_alerts();
SELECT count(*) FROM billing.take_usage_alerts();
ROLLBACK;
SELECT count(*) FROM billing.take_usage_alerts();
SELECT count(*) FROM billing.take_usage_alerts();
SELECT billing.take_usage_alerts(0);
-- Of the current organization; the worker without one takes those of all.
SELECT billing.create_organization('Other') AS other \gset
SELECT billing.use_organization(:'other', true);
SELECT billing.create_feature('api', 'api', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(NULL, 'api', 1, 'never');
SELECT pg_temp.send('evt_2', 'customer.created', '2025-01-31 10:00Z', pg_temp.customer('cus_1', 'one', '2025-01-31 10:00Z'));
SELECT applied FROM billing.process_events();
SELECT pg_temp.take('api', 1);
SELECT billing.use_organization(:'organization', true);
SELECT count(*) FROM billing.take_usage_alerts();
\c -
SET ROLE billing_worker;
SELECT count(*) FILTER (WHERE organization_id = :'other') AS alerts FROM billing.take_usage_alerts(1000000);
SET ROLE billing_api;
SELECT * FROM billing.take_usage_alerts();
RESET ROLE;
SELECT * FROM billing.take_usage_alerts();
