CREATE FUNCTION billing.usage_history(customer text, feature_key text, start_date date = NULL, end_date date = NULL) RETURNS TABLE (
    period_start timestamptz,
    period_end timestamptz,
    quota bigint,
    used bigint,
    overage bigint,
    records bigint
)
AS 'MODULE_PATHNAME', 'billing_usage_history'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.usage_history(text, text, date, date) IS 'A customer''s usage of a metered feature by the periods that get_usage() showed, oldest first: those with usage that hold a day of [start_date, end_date] in the organization''s time zone, and the running one. used: what was granted less what was given back, whoever paid, plan, grants made by hand or credits; records: in how many records. quota and overage as they were after the last of them, in the running period as they are now; quota NULL: unlimited. period_start and period_end NULL: a period without bounds. Errors: not_found, validation_failed for a feature that is not metered.';

CREATE FUNCTION billing.verify_usage() RETURNS TABLE (
    counter text,
    customer_id uuid,
    feature_key text,
    grant_id uuid,
    stored bigint,
    logged bigint
)
AS 'MODULE_PATHNAME', 'billing_verify_usage'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.verify_usage() IS 'Every difference between a counter of usage and the log that it sums up; no row when sound. counter: access.used (the pool of plan and default, with its slots), access.leased (what is lent to slots; logged is what they were lent), overrides.used and overrides.carried (of the grant made by hand named by grant_id) or access.credit_units (units that credits paid for). stored is NULL where the counter is missing. Reads the whole log of the organization, of one moment.';
