-- What moved MRR, who churned, what grew, and the ledger rows behind each cell.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Movements') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- cus_1: 4 yearly seats at 50000 = 200000 / 12 = 16666.67 on Jan 10; plus 2 a month at 3000 = 6000 on Feb 10, which end on Mar 10; all over on Apr 10; back with 3 at 5000 on Jun 10.
SELECT pg_temp.send('evt_01', 'customer.subscription.created', '2025-01-10 12:00Z', pg_temp.subscription('sub_1a', 'cus_1', 'active', '2025-01-10 12:00Z', 50000, 'year', quantity => 4));
SELECT pg_temp.send('evt_02', 'customer.subscription.created', '2025-02-10 12:00Z', pg_temp.subscription('sub_1b', 'cus_1', 'active', '2025-02-10 12:00Z', 3000, quantity => 2));
SELECT pg_temp.send('evt_03', 'customer.subscription.deleted', '2025-03-10 12:00Z', pg_temp.subscription('sub_1b', 'cus_1', 'canceled', '2025-02-10 12:00Z', 3000, quantity => 2, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-03-10 12:00Z'))));
SELECT pg_temp.send('evt_04', 'customer.subscription.deleted', '2025-04-10 12:00Z', pg_temp.subscription('sub_1a', 'cus_1', 'canceled', '2025-01-10 12:00Z', 50000, 'year', quantity => 4, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-04-10 12:00Z'))));
SELECT pg_temp.send('evt_05', 'customer.subscription.created', '2025-06-10 12:00Z', pg_temp.subscription('sub_1c', 'cus_1', 'active', '2025-06-10 12:00Z', 5000, quantity => 3));
-- cus_2: 5 at 1000 become 3 on Feb 20; past_due Mar 4, unpaid Mar 25, active again Apr 2.
SELECT pg_temp.send('evt_06', 'customer.subscription.created', '2025-01-05 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-05 12:00Z', 1000, quantity => 5));
SELECT pg_temp.send('evt_07', 'customer.subscription.updated', '2025-02-20 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-05 12:00Z', 1000, quantity => 3));
SELECT pg_temp.send('evt_08', 'customer.subscription.updated', '2025-03-04 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'past_due', '2025-01-05 12:00Z', 1000, quantity => 3));
SELECT pg_temp.send('evt_09', 'customer.subscription.updated', '2025-03-25 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'unpaid', '2025-01-05 12:00Z', 1000, quantity => 3));
SELECT pg_temp.send('evt_10', 'customer.subscription.updated', '2025-04-02 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-05 12:00Z', 1000, quantity => 3));
-- cus_3 joins on Jun 3 and leaves on Jun 20: within June that is nothing.
SELECT pg_temp.send('evt_11', 'customer.subscription.created', '2025-06-03 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'active', '2025-06-03 12:00Z', 5000));
SELECT pg_temp.send('evt_12', 'customer.subscription.deleted', '2025-06-20 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'canceled', '2025-06-03 12:00Z', 5000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-06-20 12:00Z'))));
-- cus_4 moves from usd 5000 to eur 4600 on May 15: no churn and nobody new, but contraction and expansion.
SELECT pg_temp.send('evt_13', 'customer.subscription.created', '2025-01-15 12:00Z', pg_temp.subscription('sub_4a', 'cus_4', 'active', '2025-01-15 12:00Z', 5000));
SELECT pg_temp.send('evt_14', 'customer.subscription.deleted', '2025-05-15 12:00Z', pg_temp.subscription('sub_4a', 'cus_4', 'canceled', '2025-01-15 12:00Z', 5000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-05-15 12:00Z'))));
SELECT pg_temp.send('evt_15', 'customer.subscription.created', '2025-05-15 13:00Z', pg_temp.subscription('sub_4b', 'cus_4', 'active', '2025-05-15 13:00Z', 4600, currency => 'eur'));
-- cus_5 ends a second before June and begins again at its first: churn in May, reactivation in June.
SELECT pg_temp.send('evt_16', 'customer.subscription.created', '2025-03-01 00:00Z', pg_temp.subscription('sub_5a', 'cus_5', 'active', '2025-03-01 00:00Z', 2000));
SELECT pg_temp.send('evt_17', 'customer.subscription.deleted', '2025-05-31 23:59:59Z', pg_temp.subscription('sub_5a', 'cus_5', 'canceled', '2025-03-01 00:00Z', 2000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-05-31 23:59:59Z'))));
SELECT pg_temp.send('evt_18', 'customer.subscription.created', '2025-06-01 00:00Z', pg_temp.subscription('sub_5b', 'cus_5', 'active', '2025-06-01 00:00Z', 2000));
SELECT * FROM billing.process_events();

-- usd  Jan: new 16666.67 + 5000 (cus_2) + 5000 (cus_4) = 26666.67
--      Feb: expansion 6000 (cus_1), contraction 2000 (cus_2)               closing 30666.67
--      Mar: new 2000 (cus_5), contraction 6000 (cus_1), churned 3000 (cus_2) closing 23666.67
--      Apr: reactivation 3000 (cus_2), churned 16666.67 (cus_1)             closing 10000
--      May: contraction 5000 (cus_4), churned 2000 (cus_5)                  closing 3000
--      Jun: reactivation 15000 (cus_1) + 2000 (cus_5); cus_3 nothing        closing 20000
SELECT period_start AS month, round(opening_mrr, 2) AS opening, round(new_mrr, 2) AS new, reactivation_mrr AS reactivation, expansion_mrr AS expansion, contraction_mrr AS contraction, round(churned_mrr, 2) AS churned, fx_mrr AS fx, round(closing_mrr, 2) AS closing
FROM billing.mrr_movements('2025-01-01', '2025-06-30', currency => 'usd');
-- eur  May: expansion 4600, as cus_4 paid before.
SELECT period_start AS month, opening_mrr AS opening, new_mrr AS new, expansion_mrr AS expansion, closing_mrr AS closing
FROM billing.mrr_movements('2025-05-01', '2025-06-30', currency => 'eur');
-- The whole year: cus_1 from 0 to 15000, cus_2 to 3000, cus_5 to 2000 and cus_4 in eur to 4600 are new at first sight.
SELECT period_start AS year, currency, new_mrr AS new, reactivation_mrr AS reactivation, expansion_mrr AS expansion, contraction_mrr AS contraction, churned_mrr AS churned, closing_mrr AS closing
FROM billing.mrr_movements('2025-03-01', '2025-03-01', 'year');
-- By day cus_3 is seen to come and to go.
SELECT period_start AS day, new_mrr AS new, churned_mrr AS churned FROM billing.mrr_movements('2025-06-03', '2025-06-20', 'day', 'usd') WHERE new_mrr + churned_mrr > 0;
-- Everywhere: what opened plus what moved is what closed, exactly; it is the next opening; and mrr() says the same.
SELECT g.granularity, count(*) > 0 AS looked,
    bool_and(m.opening_mrr + m.new_mrr + m.reactivation_mrr + m.expansion_mrr - m.contraction_mrr - m.churned_mrr + m.fx_mrr = m.closing_mrr) AS adds_up,
    bool_and(m.next_opening = m.closing_mrr OR m.next_opening IS NULL) AS carries_on,
    bool_and(round(round(m.closing_mrr, 6)) = r.mrr) AS agrees
FROM unnest('{day,week,month,quarter,year}'::text[]) AS g (granularity)
CROSS JOIN LATERAL (SELECT x.*, lead(x.opening_mrr) OVER (PARTITION BY x.currency ORDER BY x.period_start) AS next_opening FROM billing.mrr_movements('2024-12-01', '2025-07-31', g.granularity) AS x) AS m
JOIN billing.mrr('2024-12-01', '2025-07-31', g.granularity) AS r ON r.period_start = m.period_start AND r.currency = m.currency
GROUP BY g.granularity ORDER BY g.granularity;
-- And mrr_at() just before a bucket ends is its closing.
SELECT bool_and(a.mrr = r.mrr) AS agrees FROM billing.mrr('2025-01-01', '2025-06-30') AS r
JOIN LATERAL billing.mrr_at((r.period_start + interval '1 month') AT TIME ZONE 'UTC' - interval '1 microsecond') AS a ON a.currency = r.currency;

-- Customers: paying just before the month, and not at its end. At the start of Feb 3 (1, 2, 4); Mar 3, cus_2 churns; Apr 1, 4, 5, cus_1 churns; May 2, 4, 5, cus_5 churns (cus_4 pays in eur); Jun 2, 4.
-- Subscriptions: ended and active or past_due just before. At the start of Feb 1a, 2, 4a; Mar 1a, 1b, 2, 4a, 1b ends (unpaid is no end); Apr 1a, 4a, 5a, 1a ends; May 2, 4a, 5a, both last end; Jun 2, 4b.
SELECT * FROM billing.churn_rate('2025-01-01', '2025-06-30');
-- Started: Jan 1a, 2, 4a; Feb 1b; Mar 5a; May 4b; Jun 1c, 3, 5b. sub_2 started once. Canceled: Mar 1b; Apr 1a; May 4a, 5a; Jun 3, which started in June.
-- At the end of March sub_2 is unpaid: 1a, 4a, 5a are active.
SELECT * FROM billing.subscription_growth('2025-01-01', '2025-06-30');
SELECT bool_and(g.active_at_end = billing.active_subscriptions((g.period_start + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')) AS agrees FROM billing.subscription_growth('2025-01-01', '2025-06-30', 'day') AS g;

-- The rows behind a cell, each with its event.
SELECT period_start, effective_at, customer_id = find.id AS is_cus_1, old_mrr = 0 AS from_0, round(change, 2) AS change, movement, event_id, event_type
FROM billing.mrr_events('2025-01-01', '2025-06-30', 'cus_1', 'usd'), (SELECT billing.find_customer('cus_1') AS id) AS find;
SELECT event_id, currency, change, movement FROM billing.mrr_events('2025-05-01', '2025-05-31');
SELECT event_id, change FROM billing.mrr_events('2025-01-01', '2025-06-30', movement => 'churned', currency => 'USD');
-- cus_3: in June its rows come to nothing, by day they do not.
SELECT event_id, change, movement FROM billing.mrr_events('2025-06-01', '2025-06-30', 'cus_3');
SELECT event_id, change, movement FROM billing.mrr_events('2025-06-03', '2025-06-20', 'cus_3', granularity => 'day');
-- The rows of a class come to the cell.
SELECT m.period_start, m.currency, m.new_mrr = coalesce(sum(e.change) FILTER (WHERE e.movement = 'new'), 0)
    AND m.reactivation_mrr = coalesce(sum(e.change) FILTER (WHERE e.movement = 'reactivation'), 0)
    AND m.expansion_mrr = coalesce(sum(e.change) FILTER (WHERE e.movement = 'expansion'), 0)
    AND -m.contraction_mrr = coalesce(sum(e.change) FILTER (WHERE e.movement = 'contraction'), 0)
    AND -m.churned_mrr = coalesce(sum(e.change) FILTER (WHERE e.movement = 'churned'), 0) AS explained
FROM billing.mrr_movements('2025-04-01', '2025-06-30') AS m
LEFT JOIN billing.mrr_events('2025-04-01', '2025-06-30') AS e ON e.period_start = m.period_start AND e.currency = m.currency
GROUP BY m.period_start, m.currency, m.new_mrr, m.reactivation_mrr, m.expansion_mrr, m.contraction_mrr, m.churned_mrr ORDER BY 1, 2;
SELECT count(*) FROM billing.mrr_events('2025-01-01', '2025-06-30', max_rows => 4);

-- Late news moves what was said: cus_2 had 4 seats from Feb 10, so 5 to 4 and 4 to 3; as known before, 5 to 3.
SELECT clock_timestamp() AS before \gset
SELECT pg_temp.send('evt_19', 'customer.subscription.updated', '2025-02-10 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-05 12:00Z', 1000, quantity => 4));
SELECT * FROM billing.process_events();
SELECT event_id, old_mrr, new_mrr, movement FROM billing.mrr_events('2025-02-01', '2025-02-28', 'cus_2');
SELECT event_id, old_mrr, new_mrr, movement FROM billing.mrr_events('2025-02-01', '2025-02-28', 'cus_2', known_at => :'before');
SELECT bool_and(now_known = then_known) AS same_months FROM (SELECT array_agg(a) AS now_known FROM billing.mrr_movements('2025-01-01', '2025-06-30') AS a) AS n, (SELECT array_agg(b) AS then_known FROM billing.mrr_movements('2025-01-01', '2025-06-30', known_at => :'before') AS b) AS t;
SELECT period_start AS day, contraction_mrr FROM billing.mrr_movements('2025-02-10', '2025-02-20', 'day', 'usd') WHERE contraction_mrr > 0;
SELECT period_start AS day, contraction_mrr FROM billing.mrr_movements('2025-02-10', '2025-02-20', 'day', 'usd', known_at => :'before') WHERE contraction_mrr > 0;
SELECT count(*) AS differences FROM billing.verify_rollups();

SELECT * FROM billing.mrr_events('2025-01-01', '2025-01-31', movement => 'upgrade');
SELECT * FROM billing.mrr_events('2025-01-01', '2025-01-31', max_rows => 0);
SELECT * FROM billing.mrr_events('2025-01-01', '2025-01-31', 'cus_unknown');
SELECT * FROM billing.churn_rate('2025-01-01', '2025-01-31', NULL);
SELECT * FROM billing.subscription_growth('1900-01-01', '2025-01-31', 'week');
