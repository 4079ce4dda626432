-- Check and consume in one step: limits, overage, keys, periods.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.arrive(event_id text, kind text, at timestamptz, object jsonb) RETURNS TABLE (applied integer, failed integer)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.send(event_id, kind, at, object);
    RETURN QUERY SELECT p.applied::integer, p.failed::integer FROM billing.process_events() AS p;
END $$;
-- A subscription to prod_1 whose item has the billing period [period_start, period_end).
CREATE FUNCTION pg_temp.renewed(subscription jsonb, period_start timestamptz, period_end timestamptz) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_set(jsonb_set(subscription, '{items,data,0,current_period_start}', to_jsonb(pg_temp.seconds(period_start))), '{items,data,0,current_period_end}', to_jsonb(pg_temp.seconds(period_end)))
$$;
\set ECHO all
SELECT billing.create_organization('Usage') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('reject', 'metered'), ('cap', 'metered'), ('allow', 'metered'), ('monthly', 'metered'), ('yearly', 'metered'), ('weekly', 'metered'), ('daily', 'metered'), ('by_bill', 'metered'), ('unlimited', 'metered'), ('free', 'metered'), ('flag', 'boolean')) AS f (key, kind);
SELECT count(*) FROM (VALUES ('reject', 100, 'never', 'reject'), ('cap', 100, 'never', 'cap'), ('allow', 100, 'never', 'allow'), ('monthly', 100, 'month', 'reject'), ('yearly', 100, 'year', 'reject'), ('weekly', 100, 'week', 'reject'), ('daily', 100, 'day', 'reject'), ('by_bill', 100, 'billing_period', 'reject'), ('unlimited', NULL, 'never', 'reject')) AS f (key, quota, reset_interval, overage) CROSS JOIN LATERAL billing.attach_feature(:'plan', key, quota, reset_interval, overage);
SELECT billing.attach_feature(:'plan', 'flag');
SELECT billing.attach_feature(NULL, 'free', 3, 'never');
SELECT * FROM pg_temp.arrive('evt_1', 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000));
SELECT billing.find_customer('cus_1') AS customer \gset

-- Limit 100, used 99, consume 2: refused whole, granted in part, granted beyond.
SELECT 'reject' AS overage, t.* FROM billing.track_usage('cus_1', 'reject', 99) AS t;
SELECT 'reject' AS overage, t.* FROM billing.track_usage('cus_1', 'reject', 2) AS t;
SELECT 'reject' AS overage, t.* FROM billing.track_usage('cus_1', 'reject', 1) AS t;
SELECT 'reject' AS overage, t.* FROM billing.track_usage('cus_1', 'reject', 1) AS t;
SELECT allowed FROM billing.track_usage('cus_1', 'cap', 99);
SELECT 'cap' AS overage, t.* FROM billing.track_usage('cus_1', 'cap', 2) AS t;
SELECT 'cap' AS overage, t.* FROM billing.track_usage('cus_1', 'cap', 2) AS t;
SELECT allowed FROM billing.track_usage('cus_1', 'allow', 99);
SELECT 'allow' AS overage, t.* FROM billing.track_usage('cus_1', 'allow', 2) AS t;
SELECT 'allow' AS overage, t.* FROM billing.track_usage('cus_1', 'allow', 2) AS t;
SELECT 'unlimited' AS overage, t.* FROM billing.track_usage(:'customer'::uuid, 'unlimited', 5) AS t;
SELECT billing.check_access('cus_1', 'reject') AS reject, billing.check_access('cus_1', 'cap') AS cap, billing.check_access('cus_1', 'allow', 1000) AS allow, billing.check_access('cus_1', 'unlimited', 9223372036854775807) AS unlimited;
SELECT feature_key, allowed, reason, quota, used, remaining, overage FROM billing.entitlements('cus_1') WHERE feature_key IN ('reject', 'cap', 'allow', 'unlimited');
SELECT allowed, reason, overage FROM billing.explain_access('cus_1', 'allow', quantity => 3);

-- A limit below what is used leaves nothing, and nothing below nothing.
SELECT billing.attach_feature(:'plan', 'reject', 60, 'never');
SELECT quota, used, remaining FROM billing.get_usage('cus_1', 'reject');
SELECT allowed, granted, used, remaining, overage FROM billing.track_usage('cus_1', 'reject');
SELECT billing.attach_feature(:'plan', 'reject', 500, 'never');
SELECT quota, used, remaining FROM billing.get_usage('cus_1', 'reject');

-- The same key again: one consumption and the same answer, also when all has changed since.
SELECT * FROM billing.track_usage('cus_1', 'reject', 7, 'key-1');
SELECT used FROM billing.track_usage('cus_1', 'reject', 5);
SELECT * FROM billing.track_usage('cus_1', 'reject', 7, 'key-1');
SELECT * FROM billing.track_usage(:'customer'::uuid, 'reject', 7, 'key-1');
SELECT * FROM billing.track_usage('cus_1', 'reject', 8, 'key-1');
SELECT used FROM billing.get_usage('cus_1', 'reject');
-- It belongs to the customer and the feature.
SELECT allowed, reason, used FROM billing.track_usage('cus_1', 'cap', 7, 'key-1');
SELECT allowed, reason, used FROM billing.track_usage('cus_1', 'allow', 7, 'key-1');
-- A denial keeps its key too, and nothing is recorded of one without.
SELECT allowed, reason, granted, used, remaining FROM billing.track_usage('cus_1', 'reject', 1000, 'key-2');
SELECT allowed FROM billing.track_usage('cus_1', 'reject', 1000);
SELECT billing.attach_feature(:'plan', 'reject', 5000, 'never');
SELECT allowed, reason, granted, used, remaining FROM billing.track_usage('cus_1', 'reject', 1000, 'key-2');
SELECT quantity, granted, used_after, idempotency_key FROM billing.usage_records WHERE organization_id = :'organization' AND feature_key = 'reject' ORDER BY id;
-- With an instant in the answer, in any time zone.
SELECT resets_at AS first FROM billing.track_usage('cus_1', 'monthly', 1, 'key-3') \gset
SET timezone = 'America/New_York';
SELECT resets_at = :'first' AS the_same, used FROM billing.track_usage('cus_1', 'monthly', 1, 'key-3');
SET timezone = 'UTC';

-- What rolls back was not consumed.
BEGIN;
SELECT used FROM billing.track_usage('cus_1', 'cap', 1, 'key-4');
SELECT used FROM billing.track_usage('cus_1', 'monthly', 40, 'key-4');
SAVEPOINT more;
SELECT used FROM billing.track_usage('cus_1', 'monthly', 40);
SELECT billing.check_access('cus_1', 'monthly', 20) AS own_changes_count;
ROLLBACK TO more;
SELECT used FROM billing.get_usage('cus_1', 'monthly');
ROLLBACK;
SELECT used FROM billing.get_usage('cus_1', 'monthly');
SELECT used, granted FROM billing.track_usage('cus_1', 'monthly', 1, 'key-4');

-- Periods count from the anchor, Jan 31 10:00 UTC, without drift. As if features and plans were older.
UPDATE billing_internal.features SET created_at = '2025-01-01Z' WHERE organization_id = :'organization';
UPDATE billing_internal.product_features SET updated_at = '2025-01-01Z' WHERE organization_id = :'organization';
SELECT at, m.resets_at AS monthly, y.resets_at AS yearly, w.resets_at AS weekly, d.resets_at AS daily
FROM (VALUES ('2025-02-10Z'::timestamptz), ('2025-02-28 09:59:59Z'), ('2025-02-28 10:00Z'), ('2025-04-10Z'), ('2028-02-10Z')) AS v (at)
CROSS JOIN LATERAL billing.explain_access('cus_1', 'monthly', at) AS m
CROSS JOIN LATERAL billing.explain_access('cus_1', 'yearly', at) AS y
CROSS JOIN LATERAL billing.explain_access('cus_1', 'weekly', at) AS w
CROSS JOIN LATERAL billing.explain_access('cus_1', 'daily', at) AS d;
SELECT used > 0 AS used, period_start <= now() AND now() < period_end AS runs, extract(day FROM period_start) >= 28 AND period_start::time = '10:00' AS from_the_anchor FROM billing.get_usage('cus_1', 'monthly');
-- When the period is over the counter starts again, without anybody's doing.
SELECT remaining FROM billing.track_usage('cus_1', 'monthly', 90);
UPDATE billing_internal.access SET period_start = period_start - interval '2 months', resets_at = now() WHERE organization_id = :'organization' AND feature_key = 'monthly';
SELECT used, remaining FROM billing.get_usage('cus_1', 'monthly');
SELECT billing.check_access('cus_1', 'monthly', 100) AS all_again, remaining FROM billing.check_access_many(:'customer', '{monthly}');
SELECT used, remaining, resets_at > now() AS later FROM billing.track_usage('cus_1', 'monthly', 1);
SELECT period_start <= now() AND resets_at > now() AS the_running_period FROM billing_internal.access WHERE organization_id = :'organization' AND feature_key = 'monthly';

-- A billing period is over when Stripe says that the next one began: the current one is of February 2025.
SELECT * FROM billing.track_usage('cus_1', 'by_bill', 30);
SELECT * FROM billing.get_usage('cus_1', 'by_bill');
SELECT billing.check_access('cus_1', 'by_bill', 70) AS what_is_left, billing.check_access('cus_1', 'by_bill', 71) AS more;
SELECT * FROM pg_temp.arrive('evt_2', 'customer.subscription.updated', '2025-02-28 10:00:05Z', pg_temp.renewed(pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000), '2025-02-28 10:00Z', '2035-03-31 10:00Z'));
SELECT * FROM billing.get_usage('cus_1', 'by_bill');
SELECT used, remaining, resets_at FROM billing.track_usage('cus_1', 'by_bill', 1);
-- Within one it stays, whatever else changes.
SELECT * FROM pg_temp.arrive('evt_3', 'customer.subscription.updated', '2025-03-01 10:00Z', pg_temp.renewed(pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 2000), '2025-02-28 10:00Z', '2035-03-31 10:00Z'));
SELECT used FROM billing.get_usage('cus_1', 'by_bill');

-- The end of the subscription ends access, and the usage stays; who comes back finds it.
SELECT used AS before FROM billing.get_usage('cus_1', 'reject') \gset
SELECT * FROM pg_temp.arrive('evt_4', 'customer.subscription.deleted', '2025-03-02 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'canceled', '2025-01-31 10:00Z', 2000, more => '{"ended_at": 1740909600}'));
SELECT * FROM billing.track_usage('cus_1', 'reject', 1);
SELECT quota, used = :before AS stays, remaining FROM billing.get_usage('cus_1', 'reject');
SELECT allowed, used = :before AS stays FROM billing_internal.access WHERE organization_id = :'organization' AND feature_key = 'reject';
SELECT allowed, reason FROM billing.track_usage('cus_1', 'reject', 1, 'key-5');
SELECT * FROM pg_temp.arrive('evt_5', 'customer.subscription.created', '2025-03-03 10:00Z', pg_temp.subscription('sub_2', 'cus_1', 'active', '2025-03-03 10:00Z', 1000));
SELECT allowed, used - :before AS more FROM billing.track_usage('cus_1', 'reject', 1);
SELECT allowed, reason AS the_same_again FROM billing.track_usage('cus_1', 'reject', 1, 'key-5');

-- The first use of a default makes its row.
SELECT * FROM pg_temp.arrive('evt_6', 'customer.created', '2025-03-10 12:00Z', pg_temp.customer('cus_2', 'bob', '2025-03-10 12:00Z'));
DELETE FROM billing_internal.access WHERE organization_id = :'organization' AND customer_id = billing.find_customer('cus_2');
SELECT * FROM billing.track_usage('cus_2', 'free', 2, 'key-1');
SELECT * FROM billing.track_usage('cus_2', 'free', 2, 'key-1');
SELECT * FROM billing.track_usage('cus_2', 'free', 2);
SELECT * FROM billing.track_usage('cus_1', 'free');

-- What is unknown is denied, and not recorded even with a key.
SELECT * FROM billing.track_usage('cus_none', 'reject', 1, 'key');
SELECT * FROM billing.track_usage('00000000-0000-7000-8000-000000000000'::uuid, 'reject', 1, 'key');
SELECT * FROM billing.track_usage('cus_1', 'nothing', 1, 'key');
SELECT count(*) FROM billing.usage_records WHERE organization_id = :'organization' AND idempotency_key = 'key';

-- The log adds up to the counters of what never resets.
SELECT a.feature_key, a.used = sum(u.granted) AS adds_up FROM billing_internal.access AS a JOIN billing.usage_records AS u USING (organization_id, customer_id, feature_key) WHERE a.organization_id = :'organization' AND a.reset_interval = 'never' GROUP BY a.customer_id, a.feature_key, a.used ORDER BY a.feature_key;
-- As it was at an instant: nothing used before the first use.
SELECT used FROM billing.explain_access('cus_1', 'allow', '2025-03-05Z');
SELECT used FROM billing.explain_access('cus_1', 'allow');

-- Bad input is refused whole.
SELECT * FROM billing.track_usage('cus_1', 'flag');
SELECT * FROM billing.track_usage('cus_1', 'reject', 0);
SELECT * FROM billing.track_usage('cus_1', 'reject', -5);
SELECT * FROM billing.track_usage('cus_1', 'reject', NULL);
SELECT * FROM billing.track_usage(NULL::text, 'reject');
SELECT * FROM billing.track_usage('cus_1', NULL);
SELECT * FROM billing.track_usage('cus_1', 'reject', 1, '');
SELECT * FROM billing.track_usage('cus_1', 'reject', 1, repeat('k', 10000));
SELECT * FROM billing.track_usage('cus_1', 'unlimited', 9223372036854775807);
SELECT allowed, reason FROM billing.track_usage('cus_1', 'reject', 9223372036854775807);
SELECT used FROM billing.get_usage('cus_1', 'unlimited');

-- The role of a request may consume, and sees its own records alone.
SET ROLE billing_api;
SELECT allowed FROM billing.track_usage('cus_1', 'unlimited');
SELECT count(*) > 0 AS own, bool_and(organization_id = :'organization') AS own_alone FROM billing.usage_records;
RESET ROLE;
