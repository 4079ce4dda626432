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
FROM billing_internal.products
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.products IS 'Products. One without a name stands in for a Stripe product that has not arrived yet.';
COMMENT ON COLUMN billing.products.id IS 'Our id of the product.';
COMMENT ON COLUMN billing.products.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.products.stripe_product_id IS 'The id at Stripe (prod_...); NULL for one that is ours alone.';
COMMENT ON COLUMN billing.products.name IS 'The name; NULL until it is known.';
COMMENT ON COLUMN billing.products.active IS 'Whether it is still sold.';
COMMENT ON COLUMN billing.products.metadata IS 'Keys and values from Stripe or from create_product(), a JSON object.';
COMMENT ON COLUMN billing.products.created_at IS 'When it was created.';
COMMENT ON COLUMN billing.products.updated_at IS 'When it last changed.';
COMMENT ON COLUMN billing.products.deleted_at IS 'When Stripe deleted it; NULL otherwise.';

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
FROM billing_internal.prices
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.prices IS 'Prices, and plans of the legacy API. unit_amount is in minor units and may have decimals.';
COMMENT ON COLUMN billing.prices.id IS 'Our id of the price.';
COMMENT ON COLUMN billing.prices.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.prices.stripe_price_id IS 'The id at Stripe (price_... or plan_...).';
COMMENT ON COLUMN billing.prices.product_id IS 'The product it is a price of.';
COMMENT ON COLUMN billing.prices.nickname IS 'A name for people, not shown to customers.';
COMMENT ON COLUMN billing.prices.lookup_key IS 'A name for programs, which may move to another price.';
COMMENT ON COLUMN billing.prices.currency IS 'ISO 4217, lower-case.';
COMMENT ON COLUMN billing.prices.unit_amount IS 'Minor units for one unit and interval; may have decimals; NULL for tiers.';
COMMENT ON COLUMN billing.prices.billing_interval IS 'day, week, month or year; NULL for a one-time price.';
COMMENT ON COLUMN billing.prices.interval_count IS 'How many intervals a bill covers.';
COMMENT ON COLUMN billing.prices.usage_type IS 'licensed or metered.';
COMMENT ON COLUMN billing.prices.tiers_mode IS 'graduated or volume; NULL without tiers.';
COMMENT ON COLUMN billing.prices.active IS 'Whether it can be used for new purchases.';
COMMENT ON COLUMN billing.prices.created_at IS 'When it was created.';
COMMENT ON COLUMN billing.prices.updated_at IS 'When it last changed.';
COMMENT ON COLUMN billing.prices.deleted_at IS 'When Stripe deleted it; NULL otherwise.';

CREATE OR REPLACE VIEW billing.features WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    key,
    name,
    kind,
    created_at
FROM billing_internal.features
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.features IS 'What can be granted: boolean, metered or static features.';
COMMENT ON COLUMN billing.features.id IS 'Our id of the feature.';
COMMENT ON COLUMN billing.features.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.features.key IS 'What programs ask for, unique in the organization.';
COMMENT ON COLUMN billing.features.name IS 'The name for people.';
COMMENT ON COLUMN billing.features.kind IS 'boolean, metered or static.';
COMMENT ON COLUMN billing.features.created_at IS 'When it was created.';

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
    updated_at,
    from_stripe
FROM billing_internal.product_features
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.product_features IS 'The features of each product; product_id NULL: for customers without a paying or trialing subscription. quota NULL: unlimited.';
COMMENT ON COLUMN billing.product_features.id IS 'Our id of the link.';
COMMENT ON COLUMN billing.product_features.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.product_features.product_id IS 'The product; NULL: for customers without a paying or trialing subscription.';
COMMENT ON COLUMN billing.product_features.feature_id IS 'The feature that comes with it.';
COMMENT ON COLUMN billing.product_features.quota IS 'Units in each period; NULL: unlimited.';
COMMENT ON COLUMN billing.product_features.reset_interval IS 'When usage starts again: day, week, month, year, billing_period or never.';
COMMENT ON COLUMN billing.product_features.overage IS 'Beyond the quota: reject, cap or allow.';
COMMENT ON COLUMN billing.product_features.value IS 'The value of a static feature.';
COMMENT ON COLUMN billing.product_features.per_seat IS 'Whether the quota is times the quantity of the subscription''s items.';
COMMENT ON COLUMN billing.product_features.created_at IS 'When it was attached.';
COMMENT ON COLUMN billing.product_features.updated_at IS 'When it last changed.';
COMMENT ON COLUMN billing.product_features.from_stripe IS 'Attached to the product at Stripe, and by nobody here.';

GRANT SELECT ON billing_internal.products, billing_internal.prices, billing_internal.features, billing_internal.product_features TO billing_service, billing_api;
GRANT SELECT ON billing.products, billing.prices, billing.features, billing.product_features TO billing_service, billing_api;
GRANT EXECUTE ON FUNCTION
    billing.list_products(),
    billing.list_features(),
    billing.find_product(text)
TO billing_api;
