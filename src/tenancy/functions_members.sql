CREATE FUNCTION billing.my_organizations() RETURNS TABLE (
    id uuid,
    name text,
    role text
)
AS 'MODULE_PATHNAME', 'billing_my_organizations'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.my_organizations() IS 'The organizations that the caller may choose, by name: the memberships of a user (role owner, admin or member), the one of an API key (role api_key), all of them for billing_service (role service). Works before one is chosen.';

CREATE FUNCTION billing.add_member(user_id text, role text = 'member') RETURNS void
AS 'MODULE_PATHNAME', 'billing_add_member'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.add_member(text, text) IS 'Makes a user, the sub of a JWT, a member of the organization, or gives a member another role: member (read, write, usage), admin (everything) or owner (everything, and owners). Needs the scope admin; to make or change an owner one must be an owner or billing_service. Errors: validation_failed, forbidden, conflict where the last owner would be none.';

CREATE FUNCTION billing.remove_member(user_id text) RETURNS void
AS 'MODULE_PATHNAME', 'billing_remove_member'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.remove_member(text) IS 'Ends a membership; it holds from the next request. Needs the scope admin; to remove an owner one must be an owner or billing_service. Errors: not_found, forbidden, conflict for the last owner.';

CREATE FUNCTION billing.list_members() RETURNS TABLE (
    user_id text,
    role text,
    created_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_list_members'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_members() IS 'The members of the organization by user_id, each with its role and since when. Needs the scope admin.';
