CREATE FUNCTION billing.set_analytics(settings jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'billing_set_analytics'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.set_analytics(jsonb) IS 'Changes how the numbers and limits of the organization are computed: a JSON object of settings, those of get_analytics(); null means the default, what is not named stays. Ledger, rollups and access follow in the same transaction. Needs the scope admin. Error validation_failed, also for a setting that this version does not have. Returns all settings.';

CREATE FUNCTION billing.get_analytics() RETURNS TABLE (
    setting text,
    value text,
    default_value text,
    allowed text
)
AS 'MODULE_PATHNAME', 'billing_get_analytics'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.get_analytics() IS 'The settings of the organization: each with its value, its default and what set_analytics() takes for it. NULL: until Stripe ends it.';
