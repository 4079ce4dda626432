CREATE FUNCTION billing.track_usage_many(usage jsonb)
RETURNS TABLE (
    item integer,
    customer text,
    feature_key text,
    allowed boolean,
    reason text,
    granted bigint,
    used bigint,
    remaining bigint,
    overage bigint,
    resets_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_track_usage_many'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.track_usage_many(jsonb) IS 'Many usages in one atomic step of the caller''s transaction: usage is a JSON array of 1 to 1000 objects {customer, feature_key, quantity, idempotency_key}, the last two optional (1, none); customer: our uuid, a Stripe id or an external_id. One row for each, in their order; item is its place in the array, from 0. Each is decided as track_usage() would decide it after those before it: a denial is an answer, and the others are decided all the same. Two calls never deadlock with each other, whatever the order of their items. An error (validation_failed, idempotency_conflict) names the item, as usage[3].quantity, and nothing is consumed.';
