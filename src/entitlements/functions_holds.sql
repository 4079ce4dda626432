CREATE FUNCTION billing.reserve_usage(customer_id uuid, feature_key text, quantity bigint, ttl interval = '10 minutes', idempotency_key text = NULL) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_reserve_usage'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.reserve_usage(uuid, text, bigint, interval, text) IS 'Holds a quantity of a metered feature for work under way, and returns the reservation''s id; NULL where not so much is left. What is held lowers what remains and is not used yet; it is free again when settle_usage() ends it, or at the end of ttl (more than 0, at most a year). Where the customer''s own balances do not suffice, the credits that pay for the feature are held. The same idempotency key again, for this customer and feature, gives the same id. Errors: validation_failed, idempotency_conflict.';

CREATE FUNCTION billing.settle_usage(
    reservation uuid,
    actual bigint,
    OUT allowed boolean,
    OUT reason text,
    OUT granted bigint,
    OUT used bigint,
    OUT remaining bigint,
    OUT overage bigint,
    OUT resets_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_settle_usage'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.settle_usage(uuid, bigint) IS 'Ends a reservation and counts what was used in the end, answering as track_usage() does. Up to what was reserved is granted in any case, unless the reservation has expired: then, and for more, it is a consumption like any other. actual 0 counts nothing (reason settled). The same again gives the same answer; another actual is conflict. Errors: validation_failed, not_found, conflict.';
