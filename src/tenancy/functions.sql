CREATE FUNCTION billing.current_organization() RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_current_organization'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION billing.current_organization() IS 'The organization of this transaction. Error organization_required when none was chosen.';

CREATE FUNCTION billing.use_organization(organization_id uuid, for_session boolean = false) RETURNS void
AS 'MODULE_PATHNAME', 'billing_use_organization'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.use_organization(uuid, boolean) IS 'Chooses the organization for this transaction, or for the session. For billing_service. Behind a transaction pooler never for the session: it would leak to the next client. Error not_found for an unknown organization.';

CREATE FUNCTION billing.create_organization(name text, time_zone text = 'UTC', currency text = 'usd', stripe_account_id text = NULL, livemode boolean = NULL) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_create_organization'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.create_organization(text, text, text, text, boolean) IS 'Creates an organization. time_zone: an IANA name, reports are cut in it; currency: ISO 4217, compared without case; livemode NULL: taken from the first event applied. Returns its id.';

CREATE FUNCTION billing.schema_version() RETURNS integer
AS 'MODULE_PATHNAME', 'billing_schema_version'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.schema_version() IS 'The version of the installed tables. Error schema_outdated when they do not fit this version of the extension: run billing.install().';
