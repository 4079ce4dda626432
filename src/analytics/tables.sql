CREATE TABLE billing_internal.mrr_changes (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    price_id uuid NOT NULL,
    effective_at timestamptz NOT NULL,
    event_rank smallint NOT NULL,
    event_id text NOT NULL,
    customer_id uuid NOT NULL,
    product_id uuid,
    currency text NOT NULL,
    reason text NOT NULL,
    old_mrr numeric NOT NULL,
    new_mrr numeric NOT NULL,
    old_trial_mrr numeric NOT NULL,
    new_trial_mrr numeric NOT NULL,
    old_committed_mrr numeric NOT NULL,
    new_committed_mrr numeric NOT NULL,
    folded boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, subscription_id, price_id, effective_at, event_rank, event_id)
);
COMMENT ON TABLE billing_internal.mrr_changes IS 'The ledger: one row per price of a subscription whose MRR changed at an instant, derived from subscription_versions. Minor units, exact. folded: counted in the rollups.';
-- Netting a customer.
CREATE INDEX mrr_changes_of_customer ON billing_internal.mrr_changes (organization_id, customer_id, effective_at);
-- mrr_events, and the tail of a bucket.
CREATE INDEX mrr_changes_by_time ON billing_internal.mrr_changes (organization_id, effective_at);
-- What becomes due.
CREATE INDEX mrr_changes_unfolded ON billing_internal.mrr_changes (organization_id, effective_at) WHERE NOT folded;

CREATE TABLE billing_internal.mrr_changes_history (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    price_id uuid NOT NULL,
    effective_at timestamptz NOT NULL,
    event_rank smallint NOT NULL,
    event_id text NOT NULL,
    customer_id uuid NOT NULL,
    product_id uuid,
    currency text NOT NULL,
    reason text NOT NULL,
    old_mrr numeric NOT NULL,
    new_mrr numeric NOT NULL,
    old_trial_mrr numeric NOT NULL,
    new_trial_mrr numeric NOT NULL,
    old_committed_mrr numeric NOT NULL,
    new_committed_mrr numeric NOT NULL,
    recorded_at timestamptz NOT NULL,
    superseded_at timestamptz NOT NULL
);
COMMENT ON TABLE billing_internal.mrr_changes_history IS 'Ledger rows that later knowledge replaced: known from recorded_at until superseded_at.';
CREATE INDEX mrr_changes_history_of_subscription ON billing_internal.mrr_changes_history (organization_id, subscription_id, superseded_at);

CREATE TABLE billing_internal.status_changes (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    effective_at timestamptz NOT NULL,
    event_id text NOT NULL,
    customer_id uuid NOT NULL,
    status text NOT NULL,
    in_service boolean NOT NULL,
    entitled boolean NOT NULL,
    ended boolean NOT NULL,
    folded boolean NOT NULL,
    PRIMARY KEY (organization_id, subscription_id, effective_at)
);
COMMENT ON TABLE billing_internal.status_changes IS 'The standing of a subscription from effective_at on. in_service: active or past_due.';
CREATE INDEX status_changes_by_time ON billing_internal.status_changes (organization_id, effective_at);
CREATE INDEX status_changes_unfolded ON billing_internal.status_changes (organization_id, effective_at) WHERE NOT folded;

CREATE TABLE billing_internal.mrr_rollup (
    organization_id uuid NOT NULL,
    granularity text NOT NULL,
    currency text NOT NULL,
    period_start date NOT NULL,
    new_mrr numeric NOT NULL,
    reactivation_mrr numeric NOT NULL,
    expansion_mrr numeric NOT NULL,
    contraction_mrr numeric NOT NULL,
    churned_mrr numeric NOT NULL,
    trial_mrr numeric NOT NULL,
    committed_mrr numeric NOT NULL,
    customers bigint NOT NULL,
    subscriptions bigint NOT NULL,
    PRIMARY KEY (organization_id, granularity, currency, period_start)
);
COMMENT ON TABLE billing_internal.mrr_rollup IS 'Netted flows per bucket and currency; levels (MRR, trial and committed MRR, paying customers and subscriptions) are running sums. Rows of zeros are not kept.';

CREATE TABLE billing_internal.count_rollup (
    organization_id uuid NOT NULL,
    granularity text NOT NULL,
    period_start date NOT NULL,
    customers bigint NOT NULL,
    customers_churned bigint NOT NULL,
    subscriptions bigint NOT NULL,
    started bigint NOT NULL,
    canceled bigint NOT NULL,
    subscriptions_churned bigint NOT NULL,
    PRIMARY KEY (organization_id, granularity, period_start)
);
COMMENT ON TABLE billing_internal.count_rollup IS 'Counts per bucket over all currencies; customers and subscriptions are changes of a level, its running sum is the level.';

-- Every amount of money that came or went, each from one object.
CREATE TABLE billing_internal.revenue_entries (
    organization_id uuid NOT NULL,
    stripe_id text NOT NULL,
    kind text NOT NULL,
    occurred_at timestamptz NOT NULL,
    currency text NOT NULL,
    amount numeric NOT NULL,
    customer_id uuid,
    stripe_invoice_id text,
    event_id text,
    PRIMARY KEY (organization_id, stripe_id, kind, occurred_at)
);
COMMENT ON TABLE billing_internal.revenue_entries IS 'Revenue by object: kind gross, refund, dispute or credit_note; minor units without tax, exact. A reinstated dispute is a negative dispute.';
-- The entries to weigh again when an invoice changes.
CREATE INDEX revenue_entries_of_invoice ON billing_internal.revenue_entries (organization_id, stripe_invoice_id);

CREATE TABLE billing_internal.revenue_rollup (
    organization_id uuid NOT NULL,
    granularity text NOT NULL,
    currency text NOT NULL,
    period_start date NOT NULL,
    gross_revenue numeric NOT NULL,
    refunds numeric NOT NULL,
    disputes numeric NOT NULL,
    credit_notes numeric NOT NULL,
    invoices_paid bigint NOT NULL,
    PRIMARY KEY (organization_id, granularity, currency, period_start)
);
COMMENT ON TABLE billing_internal.revenue_rollup IS 'revenue_entries summed per bucket and currency. Rows of zeros are not kept.';

CREATE TABLE billing_internal.customer_revenue (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    lifetime_revenue numeric NOT NULL,
    payments bigint NOT NULL,
    PRIMARY KEY (organization_id, customer_id, currency)
);
COMMENT ON TABLE billing_internal.customer_revenue IS 'Net revenue of a customer over its life, per currency; payments counts paid invoices.';
-- top_customers.
CREATE INDEX customer_revenue_top ON billing_internal.customer_revenue (organization_id, currency, lifetime_revenue DESC, customer_id) WHERE payments > 0;
