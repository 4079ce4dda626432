-- What was used in each period, and whether counters and log agree. (Periods that pass: test/e2e.)
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
\set VERBOSITY terse
SELECT billing.create_organization('History') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('api', 'metered'), ('chat', 'metered'), ('credits', 'metered'), ('sso', 'boolean')) AS f (key, kind);
SELECT billing.attach_feature(:'plan', 'api', 100, 'never', 'allow');
SELECT billing.attach_feature(:'plan', 'chat', 10, 'month');
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000));
SELECT pg_temp.send('evt_2', 'customer.created', '2025-01-31 10:00Z', pg_temp.customer('cus_2', 'two', '2025-01-31 10:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_1') AS one \gset

-- The running period is told before anything is used, and only where there is access.
SELECT * FROM billing.usage_history('cus_1', 'api');
SELECT * FROM billing.usage_history('cus_2', 'api');
SELECT h.period_start = g.period_start AS starts, h.period_end = g.period_end AS ends, h.quota, h.used, h.overage, h.records FROM billing.usage_history('cus_1', 'chat') AS h, billing.get_usage('cus_1', 'chat') AS g;

-- A denial is no usage; what is given back is.
SELECT granted FROM billing.track_usage('cus_1', 'api', 120, 'first');
SELECT granted FROM billing.track_usage('cus_1', 'chat', 11, 'denied');
SELECT granted FROM billing.track_usage('cus_1', 'api', -15);
SELECT * FROM billing.usage_history('cus_1', 'api');
SELECT quota, used, records FROM billing.usage_history('cus_1', 'chat');
-- A grant made by hand and credits pay too: 10 of the plan, 5 of the top-up, 7 by 14 credits.
SELECT billing.top_up(:'one', 'chat', 5) AS top_up \gset
SELECT billing.grant_feature(:'one', 'credits', 20) AS credits \gset
SELECT billing.set_credit_cost('credits', 'chat', 2);
SELECT reason, granted FROM billing.track_usage('cus_1', 'chat', 12);
SELECT reason, granted FROM billing.track_usage('cus_1', 'chat', 7);
SELECT quota, used, overage, records FROM billing.usage_history('cus_1', 'chat');
SELECT quota, used, overage, records FROM billing.usage_history('cus_1', 'credits');
-- The quota of the running period is that of now.
SELECT billing.attach_feature(:'plan', 'api', 90, 'never', 'allow');
SELECT * FROM billing.usage_history('cus_1', 'api');
-- A period without bounds holds every day, a month not that of another year.
SELECT count(*) FROM billing.usage_history('cus_1', 'api', '2001-01-01', '2001-01-01');
SELECT count(*) FROM billing.usage_history('cus_1', 'chat', '2001-01-01', '2001-01-01');
SELECT count(*) FROM billing.usage_history('cus_1', 'chat', current_date, current_date);
SELECT count(*) FROM billing.usage_history('cus_1', 'chat', '2001-01-01');
SELECT * FROM billing.usage_history('cus_1', 'api', '2025-02-02', '2025-02-01');
SELECT * FROM billing.usage_history('cus_1', 'none');
SELECT * FROM billing.usage_history('cus_1', 'sso');
SELECT * FROM billing.usage_history('nobody', 'api');

-- Counters and log agree, whatever happened.
SELECT granted FROM billing.track_usage('cus_1', 'chat', -9);
SELECT billing.revoke_grant(:'top_up');
SELECT granted FROM billing.track_usage('cus_1', 'chat', 3);
SELECT billing.detach_feature(:'plan', 'api');
SELECT granted FROM billing.track_usage('cus_1', 'api', -5);
SELECT * FROM billing.verify_usage();
-- Each counter that somebody breaks is named.
BEGIN;
UPDATE billing_internal.access SET used = used + 1 WHERE organization_id = :'organization' AND feature_key = 'api';
UPDATE billing_internal.access SET credit_units = credit_units - 2 WHERE organization_id = :'organization' AND feature_key = 'chat';
UPDATE billing_internal.overrides SET used = 0 WHERE id = :'credits';
SELECT counter, customer_id = :'one' AS of_one, feature_key, grant_id = :'credits' AS of_the_credits, stored, logged FROM billing.verify_usage();
ROLLBACK;
BEGIN;
DELETE FROM billing_internal.access WHERE organization_id = :'organization' AND feature_key IN ('api', 'credits');
SELECT counter, feature_key, grant_id, stored, logged FROM billing.verify_usage();
ROLLBACK;
-- What a reset carries over is what the log of the periods before left: at most 40 of 100 - 70.
SELECT billing.grant_feature(:'one', 'api', 100, rollover_max => 40, reset_interval => 'day') AS daily \gset
SELECT granted FROM billing.track_usage('cus_1', 'api', 70);
UPDATE billing_internal.overrides SET created_at = created_at - interval '1 day', period_start = period_start - interval '1 day', epoch = epoch - interval '1 day' WHERE id = :'daily';
UPDATE billing_internal.usage_burns SET epoch = epoch - interval '1 day' WHERE override_id = :'daily';
SELECT carried, used FROM billing.list_grants('cus_1') WHERE grant_id = :'daily';
SELECT granted FROM billing.track_usage('cus_1', 'api', 1);
SELECT * FROM billing.verify_usage();
UPDATE billing_internal.overrides SET carried = 31 WHERE id = :'daily';
SELECT counter, feature_key, grant_id = :'daily' AS of_the_daily, stored, logged FROM billing.verify_usage();
UPDATE billing_internal.overrides SET carried = 30 WHERE id = :'daily';
SELECT * FROM billing.verify_usage();
-- Of the current organization only.
UPDATE billing_internal.access SET used = used + 1 WHERE organization_id = :'organization' AND feature_key = 'api';
SELECT count(*) FROM billing.verify_usage();
SELECT billing.create_organization('Other') AS other \gset
SELECT billing.use_organization(:'other', true);
SELECT count(*) FROM billing.verify_usage();
-- Grants together may count more than a number holds: reports say the greatest.
SELECT billing.create_feature('bytes', 'bytes', 'metered') IS NOT NULL AS feature;
SELECT id AS much FROM billing.create_customer('much@example.com', external_id => 'much') \gset
SELECT count(billing.grant_feature(:'much', 'bytes', 9223372036854775807)) FROM generate_series(1, 2);
SELECT granted FROM billing.track_usage('much', 'bytes', 9223372036854775807);
SELECT granted FROM billing.track_usage('much', 'bytes', 9223372036854775807);
SELECT quota, used, remaining FROM billing.get_usage('much', 'bytes');
SELECT quota, used, records FROM billing.usage_history('much', 'bytes');
SELECT * FROM billing.verify_usage();
