CREATE FUNCTION billing.track_usage(
    customer_id uuid,
    feature_key text,
    quantity bigint = 1,
    idempotency_key text = NULL,
    OUT allowed boolean,
    OUT reason text,
    OUT granted bigint,
    OUT used bigint,
    OUT remaining bigint,
    OUT overage bigint,
    OUT resets_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_track_usage'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION billing.track_usage(uuid, text, bigint, text) IS 'Checks and consumes in one atomic step of the caller''s transaction; a rollback consumes nothing. A negative quantity gives back, at most what was used, to what burned last first; granted is negative then. reason where allowed: plan, default, override (a grant made by hand), top_up, credits, overage (granted beyond the quota), capped (in part) or returned; a denial is an answer and no error: unknown_customer, unknown_feature, archived, blocked, no_grant, expired, quota_exceeded or nothing_used. used, remaining and overage are those of all balances together; remaining NULL: unlimited; resets_at: of the balance that begins anew first. The same idempotency_key again, for this customer and feature, gives the same answer and consumes nothing; with another quantity it is the error idempotency_conflict. Error validation_failed for a quantity of 0 or a feature that is not metered.';

CREATE FUNCTION billing.track_usage(
    customer text,
    feature_key text,
    quantity bigint = 1,
    idempotency_key text = NULL,
    OUT allowed boolean,
    OUT reason text,
    OUT granted bigint,
    OUT used bigint,
    OUT remaining bigint,
    OUT overage bigint,
    OUT resets_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_track_usage_text'
LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION billing.track_usage(text, text, bigint, text) IS 'Checks and consumes in one atomic step of the caller''s transaction; a rollback consumes nothing. A negative quantity gives back, at most what was used, to what burned last first; granted is negative then. reason where allowed: plan, default, override (a grant made by hand), top_up, credits, overage (granted beyond the quota), capped (in part) or returned; a denial is an answer and no error: unknown_customer, unknown_feature, archived, blocked, no_grant, expired, quota_exceeded or nothing_used. used, remaining and overage are those of all balances together; remaining NULL: unlimited; resets_at: of the balance that begins anew first. The same idempotency_key again, for this customer and feature, gives the same answer and consumes nothing; with another quantity it is the error idempotency_conflict. Error validation_failed for a quantity of 0 or a feature that is not metered. customer: our uuid, a Stripe id or an external_id.';

CREATE FUNCTION billing.get_usage(
    customer text,
    feature_key text,
    OUT quota bigint,
    OUT used bigint,
    OUT remaining bigint,
    OUT period_start timestamptz,
    OUT period_end timestamptz
)
AS 'MODULE_PATHNAME', 'billing_get_usage'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.get_usage(text, text) IS 'What a customer has used of a feature in the running period [period_start, period_end). quota NULL with remaining NULL: unlimited, or nothing is counted; without access the quota is 0. Error not_found for an unknown customer or feature.';
