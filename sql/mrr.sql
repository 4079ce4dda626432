-- MRR per bucket and at any instant, in the time zone of the organization, as known then and now.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('MRR', 'America/New_York') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- usd: 5000 a month from Jan 10; 120000 a year = 10000 a month from Feb 1 03:00 UTC, which is Jan 31 in New York.
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-10 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10 12:00Z', 5000));
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-02-01 03:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-02-01 03:00Z', 120000, 'year'));
-- eur: 1000 a week = 1000 * 52 / 12 = 4333.33 a month from Mar 3.
SELECT pg_temp.send('evt_3', 'customer.subscription.created', '2025-03-03 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'active', '2025-03-03 12:00Z', 1000, 'week', 'eur'));
-- A trial of 3000 a month from Mar 5.
SELECT pg_temp.send('evt_4', 'customer.subscription.created', '2025-03-05 12:00Z', pg_temp.subscription('sub_4', 'cus_4', 'trialing', '2025-03-05 12:00Z', 3000, more => jsonb_build_object('trial_start', pg_temp.seconds('2025-03-05 12:00Z'), 'trial_end', pg_temp.seconds('2030-01-01Z'))));
-- 5000 becomes 8000 on Mar 16; its end is asked for on Apr 10.
SELECT pg_temp.send('evt_5', 'customer.subscription.updated', '2025-03-16 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10 12:00Z', 8000));
SELECT pg_temp.send('evt_6', 'customer.subscription.updated', '2025-04-10 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10 12:00Z', 8000, more => '{"cancel_at_period_end": true}'));
SELECT * FROM billing.process_events();

-- January 5000 + 10000; March 8000 + 10000 and 4333.33, 12 times that is 52000.
SELECT * FROM billing.mrr('2025-01-01', '2025-04-30');
-- A currency is compared without case; one that was never seen comes as zeros.
SELECT period_start, currency, mrr FROM billing.mrr('2025-03-15', '2025-03-15', currency => 'EUR');
SELECT period_start, currency, mrr, arr FROM billing.mrr('2025-03-15', '2025-03-15', currency => 'jpy');
-- Buckets come whole: the weeks from Monday Mar 10 and Mar 17, the quarter, the year.
SELECT period_start, mrr FROM billing.mrr('2025-03-16', '2025-03-17', 'week', 'usd');
SELECT period_start, mrr FROM billing.mrr('2025-02-20', '2025-02-20', 'quarter', 'usd');
SELECT period_start, mrr FROM billing.mrr('2025-02-20', '2025-02-20', 'year', 'usd');
-- The yearly plan began on Jan 31 in New York.
SELECT period_start, mrr FROM billing.mrr('2025-01-30', '2025-02-01', 'day', 'usd');
-- Without dates: twelve months, the last one running.
SELECT count(*), count(*) FILTER (WHERE is_partial), bool_and(is_partial = (period_start = date_trunc('month', now() AT TIME ZONE 'America/New_York')))
FROM billing.mrr(currency => 'usd');
-- Buckets that start after now are not returned.
SELECT max(period_start) = (now() AT TIME ZONE 'America/New_York')::date AS ends_today FROM billing.mrr((now() - interval '2 days')::date, (now() + interval '9 days')::date, 'day', 'usd');

-- A change counts at its instant and not before.
SELECT * FROM billing.mrr_at('2025-02-01 02:59:59.999999Z');
SELECT * FROM billing.mrr_at('2025-02-01 03:00Z');
-- The trial; and without the subscription that is asked to end, 10000 is committed.
SELECT * FROM billing.mrr_at('2025-03-05 12:00Z');
SELECT * FROM billing.mrr_at('2025-04-10 12:00Z');
SELECT * FROM billing.mrr_at('1999-12-31Z');
-- Nothing is dated ahead: next year is as now.
SELECT a.* FROM billing.mrr_at() AS a JOIN billing.mrr_at(now() + interval '1 year') AS b ON a = b;

-- sub_1 and sub_2; then sub_3; the trial never counts.
SELECT billing.active_subscriptions('2025-02-28Z'), billing.active_subscriptions('2025-03-31Z'), billing.active_subscriptions('1999-12-31Z'), billing.active_subscriptions();

-- A late event moves history: 6000 from Feb 10 on. What was known before stays known.
SELECT clock_timestamp() AS before \gset
SELECT pg_temp.send('evt_7', 'customer.subscription.updated', '2025-02-10 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10 12:00Z', 6000));
SELECT * FROM billing.process_events();
SELECT period_start, mrr FROM billing.mrr('2025-01-01', '2025-03-31', currency => 'usd');
SELECT period_start, mrr FROM billing.mrr('2025-01-01', '2025-03-31', currency => 'usd', known_at => :'before');
SELECT currency, mrr, customers, subscriptions FROM billing.mrr_at('2025-02-15Z');
SELECT currency, mrr, customers, subscriptions FROM billing.mrr_at('2025-02-15Z', known_at => :'before');
SELECT period_start, mrr FROM billing.mrr('2025-01-01', '2025-03-31', currency => 'usd', known_at => '1999-12-31Z');

-- The computation, step by step: yearly 120000 is 10000 a month; the trial is no MRR.
SELECT e.step, e.item, e.price, e.rule, round(e.amount, 4) AS amount
FROM billing.subscriptions AS s, billing.explain_mrr(s.id, '2025-03-20Z') AS e
WHERE s.stripe_subscription_id = 'sub_2' AND s.organization_id = :'organization' ORDER BY e.step;
SELECT e.rule, e.detail, round(e.amount, 4) AS amount
FROM billing.subscriptions AS s, billing.explain_mrr(s.id, '2025-03-20Z') AS e
WHERE s.stripe_subscription_id = 'sub_4' AND s.organization_id = :'organization' AND e.rule = 'status';
-- Before it started there is nothing to explain.
SELECT e.step, e.rule, e.amount FROM billing.subscriptions AS s, billing.explain_mrr(s.id, '2024-12-31Z') AS e WHERE s.stripe_subscription_id = 'sub_2' AND s.organization_id = :'organization';
-- For every subscription at any time the last step is what mrr_at counts.
SELECT sum(e.amount) = (SELECT sum(a.mrr) FROM billing.mrr_at('2025-03-20Z') AS a WHERE a.currency = 'usd') AS explained
FROM billing.subscriptions AS s
CROSS JOIN LATERAL (SELECT x.amount FROM billing.explain_mrr(s.id, '2025-03-20Z') AS x ORDER BY x.step DESC LIMIT 1) AS e
WHERE s.currency = 'usd' AND s.organization_id = :'organization';

-- What becomes due counts at its time though nobody has folded it, and folding changes no number.
SELECT date_trunc('second', clock_timestamp()) + interval '2 seconds' AS due \gset
SELECT pg_temp.send('evt_8', 'customer.subscription.created', :'due', pg_temp.subscription('sub_5', 'cus_5', 'active', :'due', 700));
SELECT * FROM billing.process_events();
SELECT after.mrr - before.mrr AS mrr, after.customers - before.customers AS customers, after.subscriptions - before.subscriptions AS subscriptions
FROM billing.mrr_at(:'due'::timestamptz - interval '1 microsecond') AS before, billing.mrr_at(:'due') AS after WHERE before.currency = 'usd' AND after.currency = 'usd';
DO $$
BEGIN
    WHILE NOT EXISTS (SELECT FROM billing_internal.mrr_changes WHERE organization_id = billing.current_organization() AND NOT folded AND effective_at <= clock_timestamp()) LOOP
        PERFORM pg_sleep(0.02);
    END LOOP;
END
$$;
SELECT count(*) AS not_folded FROM billing_internal.mrr_changes WHERE organization_id = :'organization' AND NOT folded AND effective_at <= now();
SELECT m.mrr AS mrr, a.mrr AS mrr_at, mv.closing_mrr AS closing, mv.opening_mrr + mv.new_mrr + mv.reactivation_mrr + mv.expansion_mrr - mv.contraction_mrr - mv.churned_mrr + mv.fx_mrr = mv.closing_mrr AS adds_up, a.customers, a.subscriptions, billing.active_subscriptions() AS active
FROM billing.mrr(currency => 'usd') AS m, billing.mrr_at() AS a, billing.mrr_movements(currency => 'usd') AS mv
WHERE m.is_partial AND mv.is_partial AND a.currency = 'usd';
SELECT started, active_at_end FROM billing.subscription_growth(granularity => 'year') WHERE is_partial;
SELECT * FROM billing.process_events();
SELECT count(*) AS not_folded FROM billing_internal.mrr_changes WHERE organization_id = :'organization' AND NOT folded AND effective_at <= now();
SELECT m.mrr AS mrr, a.mrr AS mrr_at, mv.closing_mrr AS closing, a.customers, a.subscriptions, billing.active_subscriptions() AS active
FROM billing.mrr(currency => 'usd') AS m, billing.mrr_at() AS a, billing.mrr_movements(currency => 'usd') AS mv
WHERE m.is_partial AND mv.is_partial AND a.currency = 'usd';
SELECT started, active_at_end FROM billing.subscription_growth(granularity => 'year') WHERE is_partial;

-- Clear answers to what makes no sense.
SELECT * FROM billing.mrr(granularity => 'decade');
SELECT * FROM billing.mrr('2025-02-01', '2025-01-31');
SELECT * FROM billing.mrr('2000-01-01', '2025-01-31', 'day');
SELECT * FROM billing.mrr(currency => 'dollars');
SELECT * FROM billing.mrr('infinity');
SELECT * FROM billing.mrr(known_at => '-infinity');
SELECT * FROM billing.mrr_at(NULL);
SELECT * FROM billing.explain_mrr('00000000-0000-0000-0000-000000000000');
-- 4000 buckets are not too many; nothing starts in the future.
SELECT count(*) FROM billing.mrr('2014-01-01', '2014-01-01'::date + 3999, 'day', 'usd');
SELECT count(*) FROM billing.mrr('5000-01-01', '5000-12-31');

-- An organization without any event: its own currency, zeros.
SELECT billing.create_organization('Empty', currency => 'GBP') AS empty \gset
SELECT billing.use_organization(:'empty', true);
SELECT * FROM billing.mrr('2025-01-01', '2025-01-31');
SELECT * FROM billing.mrr_at('2025-01-31Z');
SELECT * FROM billing.mrr_at('2025-01-31Z', known_at => '2025-01-31Z');
SELECT billing.active_subscriptions();
