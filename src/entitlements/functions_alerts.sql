CREATE FUNCTION billing.set_usage_thresholds(percents integer[], feature_key text = NULL) RETURNS void
AS 'MODULE_PATHNAME', 'billing_set_usage_thresholds'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.set_usage_thresholds(integer[], text) IS 'At which percent of a quota an alert is raised, from now on: for one metered feature, or for all that have no thresholds of their own. At most 10 from 1 to 1000; an empty array raises none; NULL goes back to those of the organization, and for the organization to 80 and 100. Errors: validation_failed, not_found.';

CREATE FUNCTION billing.take_usage_alerts(max_rows integer = 100) RETURNS TABLE (
    alert_id uuid,
    organization_id uuid,
    customer_id uuid,
    feature_key text,
    percent integer,
    period_start timestamptz,
    period_end timestamptz,
    quota bigint,
    used bigint,
    occurred_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_take_usage_alerts'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.take_usage_alerts(integer) IS 'The oldest alerts that were not delivered, marked as delivered by this transaction: deliver them and then commit, and each is delivered at least once (alert_id tells one that comes again). Two transactions never hold the same alert. Of the current organization; for billing_worker without one, of all. Error validation_failed for max_rows below 1.';
