CREATE FUNCTION billing.mrr(start_date date = NULL, end_date date = NULL, granularity text = 'month', currency text = NULL, known_at timestamptz = NULL)
RETURNS TABLE (
    period_start date,
    currency text,
    mrr bigint,
    arr bigint,
    is_partial boolean
)
AS 'MODULE_PATHNAME', 'billing_mrr'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.mrr(date, date, text, text, timestamptz) IS 'Monthly recurring revenue at the end of each bucket, in the running one (is_partial) now. One row per bucket and currency, oldest first; mrr and arr in minor units, each rounded once; arr is 12 times the exact MRR. Each day, week, month, quarter or year (granularity) that holds a day of [start_date, end_date] comes whole, in the time zone of the organization; without start_date 12 of them, without end_date up to today; at most 4000, else range_too_long. currency NULL: every currency ever seen. known_at: the report as it would have been answered then.';

CREATE FUNCTION billing.mrr_at(at timestamptz = now(), known_at timestamptz = NULL)
RETURNS TABLE (
    currency text,
    mrr bigint,
    committed_mrr bigint,
    trial_mrr bigint,
    customers bigint,
    subscriptions bigint
)
AS 'MODULE_PATHNAME', 'billing_mrr_at'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.mrr_at(timestamptz, timestamptz) IS 'Monthly recurring revenue at an instant, changes at that instant included. One row per currency ever seen, amounts in minor units. committed_mrr leaves out what is already asked to end; trial_mrr is what running trials would bring; customers and subscriptions are those with MRR above 0 in that currency. at in the future counts what is already dated ahead, such as the end of a discount. known_at: the numbers as they were known then.';

CREATE FUNCTION billing.mrr_movements(start_date date = NULL, end_date date = NULL, granularity text = 'month', currency text = NULL, known_at timestamptz = NULL)
RETURNS TABLE (
    period_start date,
    currency text,
    opening_mrr numeric,
    new_mrr numeric,
    reactivation_mrr numeric,
    expansion_mrr numeric,
    contraction_mrr numeric,
    churned_mrr numeric,
    fx_mrr numeric,
    closing_mrr numeric,
    is_partial boolean
)
AS 'MODULE_PATHNAME', 'billing_mrr_movements'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.mrr_movements(date, date, text, text, timestamptz) IS 'Why MRR changed, per bucket and currency, in exact minor units: opening + new + reactivation + expansion - contraction - churned + fx = closing. Netted per customer between the start and the end of the bucket: new, from 0 for the first time ever; reactivation, from 0 again; churned, to 0; expansion and contraction, both above 0; the class comes from all currencies of the customer together. fx_mrr is 0, as nothing is converted. Buckets, currency and known_at as in mrr().';

CREATE FUNCTION billing.mrr_events(start_date date, end_date date, customer text = NULL, currency text = NULL, movement text = NULL, granularity text = 'month', max_rows integer = 1000, known_at timestamptz = NULL)
RETURNS TABLE (
    period_start date,
    effective_at timestamptz,
    customer_id uuid,
    customer_name text,
    subscription_id uuid,
    price_id uuid,
    product_id uuid,
    currency text,
    old_mrr numeric,
    new_mrr numeric,
    change numeric,
    movement text,
    reason text,
    event_id text,
    event_type text,
    recorded_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_mrr_events'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.mrr_events(date, date, text, text, text, text, integer, timestamptz) IS 'The ledger rows behind any cell of mrr_movements(), oldest first, each with the Stripe event that caused it: one row per price of a subscription whose MRR changed, amounts in exact minor units. movement: new, reactivation, expansion, contraction or churned, what the MRR of the customer came to in that bucket and currency; NULL where it netted to nothing. customer: our uuid, a Stripe id or an external_id; error not_found if unknown. max_rows: 1 to 100000. Buckets and known_at as in mrr().';

CREATE FUNCTION billing.explain_mrr(subscription_id uuid, at timestamptz = now())
RETURNS TABLE (
    step integer,
    item text,
    price text,
    rule text,
    detail text,
    amount numeric
)
AS 'MODULE_PATHNAME', 'billing_explain_mrr'
LANGUAGE C STABLE PARALLEL RESTRICTED SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.explain_mrr(uuid, timestamptz) IS 'How the MRR of a subscription comes about at an instant: the steps of its computation in order, each with the Stripe ids of its item and price (NULL for a step of the whole subscription), the rule (base, item_discount, subscription_discount, inclusive_tax, monthly, sum, status, ...), a sentence, and the amount after it in exact minor units, first per billing period, then per month. The last amount is the MRR. Error not_found for an unknown subscription.';

CREATE FUNCTION billing.active_subscriptions(at timestamptz = now()) RETURNS bigint
AS 'MODULE_PATHNAME', 'billing_active_subscriptions'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.active_subscriptions(timestamptz) IS 'The number of subscriptions whose status was active or past_due at an instant, whatever their MRR; trials do not count.';

CREATE FUNCTION billing.churn_rate(start_date date = NULL, end_date date = NULL, granularity text = 'month')
RETURNS TABLE (
    period_start date,
    customers_at_start bigint,
    customers_churned bigint,
    customer_churn_rate numeric,
    subscriptions_at_start bigint,
    subscriptions_canceled bigint,
    subscription_churn_rate numeric,
    is_partial boolean
)
AS 'MODULE_PATHNAME', 'billing_churn_rate'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.churn_rate(date, date, text) IS 'Churn per bucket, in percent with four decimals, NULL where nobody was there at the start. Customers: paying just before the bucket (MRR above 0 in any currency) and not at its end, of those paying just before it. Subscriptions: ended in the bucket and active or past_due just before it, of those active or past_due just before it. Buckets as in mrr().';

CREATE FUNCTION billing.subscription_growth(start_date date = NULL, end_date date = NULL, granularity text = 'month')
RETURNS TABLE (
    period_start date,
    started bigint,
    canceled bigint,
    net_growth bigint,
    active_at_end bigint,
    is_partial boolean
)
AS 'MODULE_PATHNAME', 'billing_subscription_growth'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.subscription_growth(date, date, text) IS 'Subscriptions per bucket: started, whose first active or past_due moment ever lies in it (a trial starts when it turns active); canceled, those once started that ended for good in it; net_growth, the difference; active_at_end, active or past_due at its end, or now. Buckets as in mrr().';

CREATE FUNCTION billing.revenue_trend(start_date date = NULL, end_date date = NULL, granularity text = 'month', currency text = NULL)
RETURNS TABLE (
    period_start date,
    currency text,
    gross_revenue bigint,
    refunds bigint,
    disputes bigint,
    credit_notes bigint,
    net_revenue bigint,
    invoices_paid bigint,
    is_partial boolean
)
AS 'MODULE_PATHNAME', 'billing_revenue_trend'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.revenue_trend(date, date, text, text) IS 'Money per bucket and currency, in minor units without tax, each at its own date: gross_revenue when an invoice was paid, refunds when they succeeded, disputes when funds were withdrawn (less what was reinstated), credit_notes only for what was paid out of band; net_revenue is gross less all three. Each column is rounded once from its exact sum. invoices_paid counts paid invoices above 0. Buckets and currency as in mrr().';

CREATE FUNCTION billing.top_customers(max_rows integer = 10, currency text = NULL)
RETURNS TABLE (
    customer_id uuid,
    name text,
    email text,
    currency text,
    lifetime_revenue bigint,
    mrr bigint,
    subscriptions bigint,
    customer_since timestamptz
)
AS 'MODULE_PATHNAME', 'billing_top_customers'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.top_customers(integer, text) IS 'The customers who brought most: net revenue over their life (money that came in, not a projection), best first, ties by customer_id, max_rows (1 to 10000) per currency; only who ever paid. Amounts in minor units; mrr is the MRR now and subscriptions the active or past_due ones now, both in the currency of the row.';
