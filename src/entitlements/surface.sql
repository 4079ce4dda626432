ALTER TABLE billing_internal.feature_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.access ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.entitlement_summaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.usage_slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.usage_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.usage_burns ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.reservations ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS organization ON billing_internal.feature_grants;
CREATE POLICY organization ON billing_internal.feature_grants USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.access;
CREATE POLICY organization ON billing_internal.access USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.usage_slots;
CREATE POLICY organization ON billing_internal.usage_slots USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.usage_records;
CREATE POLICY organization ON billing_internal.usage_records USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.overrides;
CREATE POLICY organization ON billing_internal.overrides USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.entitlement_summaries;
CREATE POLICY organization ON billing_internal.entitlement_summaries USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.usage_burns;
CREATE POLICY organization ON billing_internal.usage_burns USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.reservations;
CREATE POLICY organization ON billing_internal.reservations USING (organization_id = (SELECT billing.current_organization()));

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
COMMENT ON COLUMN billing.feature_grants.id IS 'Our id of the grant.';
COMMENT ON COLUMN billing.feature_grants.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.feature_grants.customer_id IS 'Who has it.';
COMMENT ON COLUMN billing.feature_grants.subscription_id IS 'The subscription that gives it.';
COMMENT ON COLUMN billing.feature_grants.product_id IS 'The product whose features it gives.';
COMMENT ON COLUMN billing.feature_grants.quantity IS 'The quantity of the item, for quotas per seat.';
COMMENT ON COLUMN billing.feature_grants.starts_at IS 'From when on, inclusive.';
COMMENT ON COLUMN billing.feature_grants.opened_by IS 'The Stripe event that opened it.';
COMMENT ON COLUMN billing.feature_grants.ends_at IS 'Until when, exclusive; NULL: still.';
COMMENT ON COLUMN billing.feature_grants.closed_by IS 'The Stripe event that closed it; NULL: still open.';

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
COMMENT ON COLUMN billing.usage_records.id IS 'Our id of the record.';
COMMENT ON COLUMN billing.usage_records.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.usage_records.customer_id IS 'Who used it.';
COMMENT ON COLUMN billing.usage_records.feature_key IS 'What was used.';
COMMENT ON COLUMN billing.usage_records.quantity IS 'Units asked for.';
COMMENT ON COLUMN billing.usage_records.granted IS 'Units granted.';
COMMENT ON COLUMN billing.usage_records.used_after IS 'Units used in the period, this record included.';
COMMENT ON COLUMN billing.usage_records.period_start IS 'The start of the period it counts in.';
COMMENT ON COLUMN billing.usage_records.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN billing.usage_records.idempotency_key IS 'The caller''s key; NULL without one.';

GRANT SELECT ON billing_internal.feature_grants, billing_internal.usage_records TO billing_service, billing_api;
GRANT SELECT ON billing.feature_grants, billing.usage_records TO billing_service, billing_api;
GRANT EXECUTE ON FUNCTION
    billing.product_features_of(uuid),
    billing.find_customer(text),
    billing.find_subscription(text),
    billing.check_access_many(uuid, text[]),
    billing.explain_access(text, text, timestamptz, bigint),
    billing.entitlements(text),
    billing.track_usage(uuid, text, bigint, text),
    billing.track_usage(text, text, bigint, text),
    billing.get_usage(text, text),
    billing.reserve_usage(uuid, text, bigint, interval, text),
    billing.settle_usage(uuid, bigint),
    billing.grant_feature(uuid, text, bigint, timestamptz, integer, bigint, uuid, jsonb, text, text),
    billing.top_up(uuid, text, bigint, timestamptz, integer, text),
    billing.block_feature(uuid, text),
    billing.revoke_grant(uuid),
    billing.list_grants(text),
    billing.usage_history(text, text, date, date)
TO billing_api;
