-- Fills one organization with subscriptions from 2021 to 2025, by set-based inserts: the rows that
-- the engine would have left, rollups included, and the table of the peers. psql variables:
-- organization, count. Everybody has one subscription; a third of them end; a few of the others
-- have a change that is dated ahead. Foreign keys are not checked while it runs: it is consistent
-- by construction, and series.py compares the answers.
SET session_replication_role = replica;
SET synchronous_commit = off;

CREATE TABLE IF NOT EXISTS public.peer_subscriptions (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    status text NOT NULL,
    mrr bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
-- No index on started_at: the planner would take it, and the join is twice as slow with it.

INSERT INTO public.peer_subscriptions
SELECT
    :'organization',
    ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
    CASE WHEN n % 3 = 0 THEN 'canceled' ELSE 'active' END,
    500 * (1 + (hashint4(n) & 15)),
    start,
    CASE
        WHEN n % 3 = 0
            THEN start + (timestamptz '2026-01-01Z' - start) * ((hashint4(n + 7) & 1023) + 1) / 1030.0
    END
FROM
    generate_series(1, :count) AS n,
    LATERAL (
        SELECT timestamptz '2021-01-01Z' + (hashint4(-n) & 1048575) / 1048576.0 * interval '1815 days'
    ) AS s (start);

INSERT INTO billing_internal.customers (organization_id, id, stripe_customer_id, email, created_at, updated_at)
SELECT organization_id, customer_id, 'cus_' || right(id::text, 12), right(id::text, 12) || '@example.com', started_at, started_at
FROM public.peer_subscriptions
WHERE organization_id = :'organization';

INSERT INTO billing_internal.subscriptions (organization_id, id, customer_id, stripe_subscription_id, status, currency, start_date, billing_anchor, ended_at, created_at, updated_at)
SELECT organization_id, id, customer_id, 'sub_' || right(id::text, 12), status, 'usd', started_at, started_at, ended_at, started_at, started_at
FROM public.peer_subscriptions
WHERE organization_id = :'organization';

INSERT INTO billing_internal.mrr_changes (organization_id, subscription_id, price_id, effective_at, event_rank, event_id, customer_id, product_id, currency, reason, old_mrr, new_mrr, old_trial_mrr, new_trial_mrr, old_committed_mrr, new_committed_mrr, folded, recorded_at)
SELECT p.organization_id, p.id, '00000000-0000-7000-a000-000000000001', c.at, 0, c.event || right(p.id::text, 12), p.customer_id, '00000000-0000-7000-b000-000000000001', 'usd', c.reason, c.before, c.after, 0, 0, c.before, c.after, c.folded, c.at
FROM public.peer_subscriptions AS p,
    LATERAL (
        SELECT p.started_at, 'evt_s', 'started', 0, p.mrr, true
        UNION ALL
        SELECT p.ended_at, 'evt_e', 'ended', p.mrr, 0, true
        WHERE p.ended_at IS NOT NULL
        UNION ALL
        SELECT timestamptz '2200-01-01Z', 'evt_s', 'discount', p.mrr, p.mrr + 500, false
        WHERE p.ended_at IS NULL AND right(p.id::text, 2) = '01'
    ) AS c (at, event, reason, before, after, folded)
WHERE p.organization_id = :'organization';

INSERT INTO billing_internal.status_changes (organization_id, subscription_id, effective_at, event_id, customer_id, status, in_service, entitled, ended, folded)
SELECT p.organization_id, p.id, c.at, c.event || right(p.id::text, 12), p.customer_id, c.status, NOT c.ended, NOT c.ended, c.ended, true
FROM public.peer_subscriptions AS p,
    LATERAL (
        SELECT p.started_at, 'evt_s', 'active', false
        UNION ALL
        SELECT p.ended_at, 'evt_e', 'canceled', true
        WHERE p.ended_at IS NOT NULL
    ) AS c (at, event, status, ended)
WHERE p.organization_id = :'organization';

-- Who starts and ends inside one bucket leaves nothing in it.
INSERT INTO billing_internal.mrr_rollup (organization_id, granularity, currency, period_start, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, trial_mrr, committed_mrr, customers, subscriptions)
SELECT :'organization', f.granularity, 'usd', f.period_start, COALESCE(sum(f.mrr) FILTER (WHERE f.sign > 0), 0), 0, 0, 0, COALESCE(sum(f.mrr) FILTER (WHERE f.sign < 0), 0), 0, sum(f.sign * f.mrr), sum(f.sign), sum(f.sign)
FROM (
    SELECT g.granularity, c.sign, p.mrr, date_trunc(g.granularity, c.at, 'UTC')::date AS period_start
    FROM public.peer_subscriptions AS p,
        unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS g (granularity),
        LATERAL (VALUES (p.started_at, 1), (p.ended_at, -1)) AS c (at, sign)
    WHERE p.organization_id = :'organization'
        AND c.at IS NOT NULL
        AND date_trunc(g.granularity, p.started_at, 'UTC') IS DISTINCT FROM date_trunc(g.granularity, p.ended_at, 'UTC')
) AS f
GROUP BY f.granularity, f.period_start;
