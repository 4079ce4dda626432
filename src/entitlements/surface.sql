ALTER TABLE billing_internal.feature_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.access ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.usage_records ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS organization ON billing_internal.feature_grants;
CREATE POLICY organization ON billing_internal.feature_grants USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.access;
CREATE POLICY organization ON billing_internal.access USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.usage_records;
CREATE POLICY organization ON billing_internal.usage_records USING (organization_id = (SELECT billing.current_organization()));

CREATE OR REPLACE VIEW billing.feature_grants WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    customer_id,
    subscription_id,
    product_id,
    quantity,
    starts_at,
    opened_by,
    ends_at,
    closed_by
FROM billing_internal.feature_grants;
COMMENT ON VIEW billing.feature_grants IS 'When a subscription gave a customer the features of a product, [starts_at, ends_at), with the opening and the closing event. ends_at NULL: still.';

CREATE OR REPLACE VIEW billing.usage_records WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    customer_id,
    feature_key,
    quantity,
    granted,
    used_after,
    period_start,
    recorded_at,
    idempotency_key
FROM billing_internal.usage_records;
COMMENT ON VIEW billing.usage_records IS 'Usage, append-only: what was asked for and what was granted. A denial is recorded only with an idempotency key.';

GRANT SELECT ON billing_internal.feature_grants, billing_internal.usage_records TO billing_service, billing_api;
GRANT SELECT ON billing.feature_grants, billing.usage_records TO billing_service, billing_api;
GRANT EXECUTE ON FUNCTION
    billing.product_features_of(uuid),
    billing.find_customer(text),
    billing.find_subscription(text),
    billing.check_access(uuid, text, bigint),
    billing.check_access(text, text, bigint),
    billing.check_access_many(uuid, text[]),
    billing.explain_access(text, text, timestamptz, bigint),
    billing.entitlements(text),
    billing.track_usage(uuid, text, bigint, text),
    billing.track_usage(text, text, bigint, text),
    billing.get_usage(text, text)
TO billing_api;
