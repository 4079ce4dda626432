CREATE FUNCTION billing.update_organization(patch jsonb) RETURNS jsonb
AS 'MODULE_PATHNAME', 'billing_update_organization'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.update_organization(jsonb) IS 'JSON merge patch over name, time_zone, currency, stripe_account_id and livemode of the current organization; another time zone derives its reports anew. An unknown key is validation_failed. Returns the organization.';

CREATE FUNCTION billing.rebuild_analytics() RETURNS void
AS 'MODULE_PATHNAME', 'billing_rebuild_analytics'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.rebuild_analytics() IS 'Derives the ledger, rollups and revenue of the current organization again from its stored objects and writes what differs. A sound database is left as it is, row for row.';

CREATE FUNCTION billing.verify_rollups()
RETURNS TABLE (part text, key text, stored text, derived text)
AS 'MODULE_PATHNAME', 'billing_verify_rollups'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.verify_rollups() IS 'Derives the ledger and all rollups of the current organization from its stored versions and lists every difference from the stored ones; no row when sound. Changes nothing; holds the lane meanwhile, so that both sides are of one moment. part is the table, key the row, stored or derived is NULL where a side has none.';
