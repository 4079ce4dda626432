CREATE FUNCTION billing.create_api_key(
    name text,
    scopes text[] = '{read}',
    expires_at timestamptz = NULL,
    OUT id uuid,
    OUT key text,
    OUT prefix text
)
AS 'MODULE_PATHNAME', 'billing_create_api_key'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.create_api_key(text, text[], timestamptz) IS 'Makes an API key of the organization. The key is shown this once: only its SHA-256 is stored. scopes: read, write (includes read), usage (check_access and track_usage), admin (everything). expires_at NULL: never. Needs the scope admin. Error validation_failed.';

CREATE FUNCTION billing.rotate_api_key(
    id uuid,
    overlap interval = '24 hours',
    OUT id uuid,
    OUT key text,
    OUT prefix text
)
AS 'MODULE_PATHNAME', 'billing_rotate_api_key'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.rotate_api_key(uuid, interval) IS 'Makes a new key with the name and scopes of an old one, which goes on for the overlap (0 to 90 days) and then expires. A key that was to live for a time is followed by one that lives as long. Needs the scope admin. Errors: validation_failed, not_found, conflict for a key that is revoked, expired or already rotated.';

CREATE FUNCTION billing.revoke_api_key(id uuid) RETURNS void
AS 'MODULE_PATHNAME', 'billing_revoke_api_key'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.revoke_api_key(uuid) IS 'Ends a key: requests that begin after the commit are refused. Again is no error. Needs the scope admin. Error not_found.';

CREATE FUNCTION billing.list_api_keys() RETURNS TABLE (
    id uuid,
    name text,
    prefix text,
    scopes text[],
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    replaced_by uuid,
    last_used_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_list_api_keys'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_api_keys() IS 'The API keys of the organization, newest first, the ended ones included; never a key or its hash. last_used_at is right to about a minute. Needs the scope admin.';

CREATE FUNCTION billing.record_key_use(organization_ids uuid[], key_ids uuid[]) RETURNS bigint
AS 'MODULE_PATHNAME', 'billing_record_key_use'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.record_key_use(uuid[], uuid[]) IS 'Notes that keys are being used now, for the worker: GET requests cannot write it themselves. Unknown keys and those that are being changed are passed over. Returns how many were noted.';
