-- History never rewrites itself: late events correct what follows, and what was known stays known.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Ledger') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- 5000 in January and 8000 in March are known.
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-10Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10Z', 5000));
SELECT pg_temp.send('evt_3', 'customer.subscription.updated', '2025-03-10Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10Z', 8000));
SELECT * FROM billing.process_events();
SELECT period_start, new_mrr, expansion_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31');
SELECT clock_timestamp() AS then \gset
-- 6000 for February arrives late: February +1000, March +2000 instead of +3000. Another amount is
-- another price: of March only the end of the one of 5000 is replaced, by that of the one of 6000.
SELECT pg_temp.send('evt_2', 'customer.subscription.updated', '2025-02-10Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-10Z', 6000));
SELECT * FROM billing.process_events();
SELECT period_start, new_mrr, expansion_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31');
-- As known before: March +3000.
SELECT period_start, new_mrr, expansion_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31', known_at => :'then');
SELECT effective_at, event_id, old_mrr, new_mrr, superseded_at > recorded_at AS superseded FROM billing_internal.mrr_changes_history WHERE organization_id = :'organization' ORDER BY effective_at;

-- The end of a repeating coupon is dated ahead, and folded when due: 50% off 10000 for a month,
-- from 40 days ago on a subscription that is 40 days old, and from now on one that starts today.
SELECT pg_temp.send('evt_' || id, 'customer.subscription.created', start, pg_temp.subscription(id, 'cus_' || id, 'active', start, 10000, more => jsonb_build_object('discounts', jsonb_build_array(jsonb_build_object(
    'id', 'di_' || id, 'object', 'discount', 'customer', 'cus_' || id, 'start', pg_temp.seconds(start), 'end', NULL,
    'coupon', jsonb_build_object('id', 'half', 'object', 'coupon', 'percent_off', 50, 'duration', 'repeating', 'duration_in_months', 1)
)))))
FROM (VALUES ('sub_past', now() - interval '40 days'), ('sub_new', now() - interval '1 hour')) AS s (id, start);
SELECT * FROM billing.process_events();
SELECT s.stripe_subscription_id, c.reason, c.old_mrr, c.new_mrr, c.folded FROM billing_internal.mrr_changes AS c JOIN billing_internal.subscriptions AS s ON s.id = c.subscription_id
WHERE c.organization_id = :'organization' AND s.stripe_subscription_id IN ('sub_past', 'sub_new') ORDER BY 1 DESC, c.effective_at;
-- Now 8000 + 10000 + 5000; in two months 28000.
SELECT mrr FROM billing.mrr_at(now());
SELECT mrr FROM billing.mrr_at(now() + interval '62 days');
-- Without anybody folding, a report of the present counts what has become due: as if evt_sub_past's
-- second row had never been folded.
UPDATE billing_internal.mrr_changes SET folded = false WHERE organization_id = :'organization' AND event_id = 'evt_sub_past' AND reason = 'discount_ended';
UPDATE billing_internal.mrr_rollup AS r SET expansion_mrr = expansion_mrr - 5000, committed_mrr = committed_mrr - 5000
WHERE organization_id = :'organization' AND (granularity, period_start) IN (
    SELECT g, CASE WHEN g = 'week' THEN date_trunc('week', c.effective_at)::date ELSE date_trunc(g, c.effective_at)::date END
    FROM billing_internal.mrr_changes AS c, unnest(ARRAY['day', 'week']) AS g WHERE c.organization_id = :'organization' AND c.event_id = 'evt_sub_past' AND c.reason = 'discount_ended'
);
SELECT mrr FROM billing.mrr(granularity => 'day', currency => 'usd') ORDER BY period_start DESC LIMIT 1;
SELECT * FROM billing.process_events();
SELECT mrr FROM billing.mrr(granularity => 'day', currency => 'usd') ORDER BY period_start DESC LIMIT 1;
SELECT part FROM billing.verify_rollups() WHERE key LIKE 'day%' OR key LIKE 'week%' OR part = 'mrr_changes';

-- A corrupted rollup is found, and derived again.
SELECT billing.rebuild_analytics();
SELECT * FROM billing.verify_rollups();
UPDATE billing_internal.mrr_rollup SET new_mrr = new_mrr + 1 WHERE organization_id = :'organization' AND granularity = 'month' AND period_start = '2025-01-01';
SELECT part, key, stored, derived FROM billing.verify_rollups();
SELECT billing.rebuild_analytics();
SELECT * FROM billing.verify_rollups();
