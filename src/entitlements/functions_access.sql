CREATE FUNCTION billing.check_access(customer_id uuid, feature_key text, quantity bigint = 1) RETURNS boolean
AS 'MODULE_PATHNAME', 'billing_check_access'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION billing.check_access(uuid, text, bigint) IS 'Whether a customer may use a feature now. False for an unknown or archived customer, an unknown feature, no grant, an ended grant, or a metered feature with less than quantity left whose overage is not allow; quantity 0 asks whether there is a grant at all. False for NULL. May stand in policies and checks.';

CREATE FUNCTION billing.check_access(customer text, feature_key text, quantity bigint = 1) RETURNS boolean
AS 'MODULE_PATHNAME', 'billing_check_access_text'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION billing.check_access(text, text, bigint) IS 'Whether a customer may use a feature now. False for an unknown or archived customer, an unknown feature, no grant, an ended grant, or a metered feature with less than quantity left whose overage is not allow; quantity 0 asks whether there is a grant at all. False for NULL. May stand in policies and checks. customer: our uuid, a Stripe id or an external_id.';

CREATE FUNCTION billing.check_access_many(customer_id uuid, feature_keys text[]) RETURNS TABLE (
    feature_key text,
    allowed boolean,
    remaining bigint
)
AS 'MODULE_PATHNAME', 'billing_check_access_many'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.check_access_many(uuid, text[]) IS 'check_access for many features, at most 1000, in the order asked. remaining NULL: unlimited, or nothing is counted. Error validation_failed.';

CREATE FUNCTION billing.explain_access(
    customer text,
    feature_key text,
    at timestamptz = now(),
    quantity bigint = 1,
    OUT allowed boolean,
    OUT reason text,
    OUT kind text,
    OUT quota bigint,
    OUT used bigint,
    OUT remaining bigint,
    OUT overage bigint,
    OUT resets_at timestamptz,
    OUT value jsonb,
    OUT source text,
    OUT as_of timestamptz
)
AS 'MODULE_PATHNAME', 'billing_explain_access'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.explain_access(text, text, timestamptz, bigint) IS 'Why a customer may or may not use a feature, now or at another instant. reason where allowed: plan, default, override (a grant made by hand), top_up, credits, or overage (beyond the quota); else unknown_customer, unknown_feature, archived, blocked, no_grant, expired or quota_exceeded. quota, used and remaining are those of all balances together: what plans give, and grants made by hand; what is reserved does not remain. remaining NULL: unlimited, or nothing is counted. overage: how far used lies beyond the quota. source: the event, or the id of the grant, that gave or ended the access. An earlier instant is answered from what is known now of the subscriptions, grants and usage of that time, by plans, credit costs and billing periods as they were then. A later instant is answered as if nothing more happened. now() is the start of the transaction; what was made anew since and is seen is asked about at the time of day, as by check_access().';

CREATE FUNCTION billing.entitlements(customer text) RETURNS TABLE (
    feature_key text,
    allowed boolean,
    reason text,
    kind text,
    quota bigint,
    used bigint,
    remaining bigint,
    overage bigint,
    resets_at timestamptz,
    value jsonb,
    source text,
    as_of timestamptz
)
AS 'MODULE_PATHNAME', 'billing_entitlements'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.entitlements(text) IS 'Every feature of the catalogue, by key, with what explain_access says of it for this customer.';
