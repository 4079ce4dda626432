ALTER TABLE billing_internal.mrr_changes ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.mrr_changes;
CREATE POLICY of_organization ON billing_internal.mrr_changes USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.mrr_changes_history ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.mrr_changes_history;
CREATE POLICY of_organization ON billing_internal.mrr_changes_history USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.status_changes ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.status_changes;
CREATE POLICY of_organization ON billing_internal.status_changes USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.mrr_rollup ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.mrr_rollup;
CREATE POLICY of_organization ON billing_internal.mrr_rollup USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.count_rollup ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.count_rollup;
CREATE POLICY of_organization ON billing_internal.count_rollup USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.revenue_entries ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.revenue_entries;
CREATE POLICY of_organization ON billing_internal.revenue_entries USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.revenue_rollup ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.revenue_rollup;
CREATE POLICY of_organization ON billing_internal.revenue_rollup USING (organization_id = (SELECT billing.current_organization()));
ALTER TABLE billing_internal.customer_revenue ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS of_organization ON billing_internal.customer_revenue;
CREATE POLICY of_organization ON billing_internal.customer_revenue USING (organization_id = (SELECT billing.current_organization()));

-- These columns of the ledger make the current MRR in the view subscriptions; no more is readable.
GRANT SELECT (organization_id, subscription_id, effective_at, old_mrr, new_mrr) ON billing_internal.mrr_changes TO billing_api, billing_service;

GRANT EXECUTE ON FUNCTION
    billing.mrr(date, date, text, text, timestamptz),
    billing.mrr_at(timestamptz, timestamptz),
    billing.mrr_movements(date, date, text, text, timestamptz),
    billing.mrr_events(date, date, text, text, text, text, integer, timestamptz),
    billing.explain_mrr(uuid, timestamptz),
    billing.active_subscriptions(timestamptz),
    billing.churn_rate(date, date, text),
    billing.subscription_growth(date, date, text),
    billing.revenue_trend(date, date, text, text),
    billing.top_customers(integer, text)
TO billing_api;
