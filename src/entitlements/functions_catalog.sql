CREATE FUNCTION billing.attach_feature(product_id uuid, feature_key text, quota bigint = NULL, reset_interval text = 'month', overage text = 'reject', value jsonb = NULL, per_seat boolean = false) RETURNS void
AS 'MODULE_PATHNAME', 'billing_attach_feature'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.attach_feature(uuid, text, bigint, text, text, jsonb, boolean) IS 'Gives a feature with a product, or edits how it is given; who holds the product now has it at once, and keeps every other balance. product_id NULL: the default of customers without a paying or trialing subscription. quota NULL: unlimited. reset_interval: day, week, month, year, billing_period or never, counted from the subscription''s anchor in UTC. overage, beyond the quota: reject (nothing is granted), cap (what is left is granted) or allow. per_seat: the quota times the quantity of the subscription''s items. Errors: validation_failed, not_found.';

CREATE FUNCTION billing.detach_feature(product_id uuid, feature_key text) RETURNS void
AS 'MODULE_PATHNAME', 'billing_detach_feature'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.detach_feature(uuid, text) IS 'Takes a feature from a product, NULL: from the defaults. Who holds the product loses it at once; usage stays. Nothing happens where it is not attached; what is attached to the product at Stripe stays, or comes back. Errors: not_found for an unknown product or feature, conflict where only Stripe attaches it.';

CREATE FUNCTION billing.product_features_of(product_id uuid) RETURNS TABLE (
    feature_key text,
    name text,
    kind text,
    quota bigint,
    reset_interval text,
    overage text,
    value jsonb,
    per_seat boolean,
    from_stripe boolean
)
AS 'MODULE_PATHNAME', 'billing_product_features_of'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.product_features_of(uuid) IS 'The features of a product by key; NULL: the defaults. from_stripe: attached to the product at Stripe, and by nobody here.';

CREATE FUNCTION billing.find_customer(reference text) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_find_customer'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.find_customer(text) IS 'The customer of our uuid, else of a Stripe id (cus_...), else of an external_id; NULL where there is none.';

CREATE FUNCTION billing.find_subscription(stripe_subscription_id text) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_find_subscription'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.find_subscription(text) IS 'The subscription of a Stripe subscription id, NULL where there is none.';
