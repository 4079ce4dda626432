ALTER TABLE billing_internal.products ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.prices ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.coupons ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.features ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing_internal.product_features ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS organization ON billing_internal.products;
CREATE POLICY organization ON billing_internal.products USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.prices;
CREATE POLICY organization ON billing_internal.prices USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.coupons;
CREATE POLICY organization ON billing_internal.coupons USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.features;
CREATE POLICY organization ON billing_internal.features USING (organization_id = (SELECT billing.current_organization()));
DROP POLICY IF EXISTS organization ON billing_internal.product_features;
CREATE POLICY organization ON billing_internal.product_features USING (organization_id = (SELECT billing.current_organization()));

CREATE OR REPLACE VIEW billing.products WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    stripe_product_id,
    name,
    active,
    metadata,
    created_at,
    updated_at,
    deleted_at
FROM billing_internal.products;
COMMENT ON VIEW billing.products IS 'Products. One without a name stands in for a Stripe product that has not arrived yet.';

CREATE OR REPLACE VIEW billing.prices WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    stripe_price_id,
    product_id,
    nickname,
    lookup_key,
    currency,
    unit_amount,
    billing_interval,
    interval_count,
    usage_type,
    tiers_mode,
    active,
    created_at,
    updated_at,
    deleted_at
FROM billing_internal.prices;
COMMENT ON VIEW billing.prices IS 'Prices, and plans of the legacy API. unit_amount is in minor units and may have decimals.';

CREATE OR REPLACE VIEW billing.features WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    key,
    name,
    kind,
    created_at
FROM billing_internal.features;
COMMENT ON VIEW billing.features IS 'What can be granted: boolean, metered or static features.';

CREATE OR REPLACE VIEW billing.product_features WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    product_id,
    feature_id,
    quota,
    reset_interval,
    overage,
    value,
    per_seat,
    created_at,
    updated_at
FROM billing_internal.product_features;
COMMENT ON VIEW billing.product_features IS 'The features of each product; product_id NULL: for customers without a paying or trialing subscription. quota NULL: unlimited.';

GRANT SELECT ON billing_internal.products, billing_internal.prices, billing_internal.features, billing_internal.product_features TO billing_service, billing_api;
GRANT SELECT ON billing.products, billing.prices, billing.features, billing.product_features TO billing_service, billing_api;
GRANT EXECUTE ON FUNCTION
    billing.list_products(),
    billing.list_features(),
    billing.find_product(text)
TO billing_api;
