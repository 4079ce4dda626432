CREATE FUNCTION billing.grant_feature(customer_id uuid, feature_key text, quota bigint = NULL, expires_at timestamptz = NULL, priority integer = 100, rollover_max bigint = NULL, subscription_id uuid = NULL, value jsonb = NULL, reset_interval text = NULL, idempotency_key text = NULL) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_grant_feature'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.grant_feature(uuid, text, bigint, timestamptz, integer, bigint, uuid, jsonb, text, text) IS 'Grants a feature by hand and returns the grant''s id. It hides what plans give: the grants of a customer hide them all; one for a subscription hides that subscription''s plan, and holds only while the subscription entitles. Grants of one level stand beside each other. quota NULL: unlimited. Usage burns the lower priority number first, then what expires earlier, then the older one. expires_at: usable before it and not at it. reset_interval: day, week, month, year or, with a subscription, billing_period, counted from the grant''s making in UTC; NULL or never: no reset. rollover_max: how much of what is left a reset carries over. The same idempotency key again, for this customer and feature, gives the same id. Errors: validation_failed, not_found, conflict (archived customer), idempotency_conflict.';

CREATE FUNCTION billing.top_up(customer_id uuid, feature_key text, quota bigint, expires_at timestamptz = NULL, priority integer = 100, idempotency_key text = NULL) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_top_up'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.top_up(uuid, text, bigint, timestamptz, integer, text) IS 'Adds a balance beside whatever else the customer has of a metered feature, plan and default included, and returns its id, which revoke_grant() takes. It burns in the order that grant_feature() describes, the plan''s quota with priority 100 and the end of its period as expiry. Errors: validation_failed, not_found, conflict (archived customer), idempotency_conflict.';

CREATE FUNCTION billing.block_feature(customer_id uuid, feature_key text) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_block_feature'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.block_feature(uuid, text) IS 'Takes a feature from a customer whatever grants or plans give it, until revoke_grant() of the id that is returned; the same again gives the same id. Errors: not_found, conflict (archived customer).';

CREATE FUNCTION billing.revoke_grant(grant_id uuid) RETURNS void
AS 'MODULE_PATHNAME', 'billing_revoke_grant'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.revoke_grant(uuid) IS 'Ends a grant, a top-up or a block now; what was used stays in the log. Nothing happens where it has been revoked already. Error not_found.';

CREATE FUNCTION billing.list_grants(customer text) RETURNS TABLE (
    grant_id uuid,
    feature_key text,
    what text,
    subscription_id uuid,
    quota bigint,
    carried bigint,
    used bigint,
    remaining bigint,
    priority bigint,
    reset_interval text,
    resets_at timestamptz,
    value jsonb,
    created_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_list_grants'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_grants(text) IS 'What was given to a customer or taken by hand, oldest first, ended ones included; what: grant, top_up or block. The balance is that of the running period; carried: what the periods before left; quota and remaining NULL: unlimited, or nothing is counted. Error not_found.';
