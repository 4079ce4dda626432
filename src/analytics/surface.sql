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
