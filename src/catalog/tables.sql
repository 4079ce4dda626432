CREATE TABLE billing_internal.products (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    stripe_product_id text,
    name text,
    active boolean NOT NULL DEFAULT true,
    metadata jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_product_id)
);
COMMENT ON TABLE billing_internal.products IS 'Products; a row with a Stripe id alone stands in for one that has not arrived. seen_* names the snapshot that decides the row: created, lifecycle rank and id of its event, and the ids of other events of the same second.';

CREATE TABLE billing_internal.prices (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    stripe_price_id text NOT NULL,
    product_id uuid,
    nickname text,
    lookup_key text,
    currency text,
    unit_amount numeric,
    billing_interval text,
    interval_count integer,
    usage_type text,
    tiers_mode text,
    active boolean NOT NULL DEFAULT true,
    facts json,
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_price_id),
    FOREIGN KEY (organization_id, product_id) REFERENCES billing_internal.products (organization_id, id)
);
COMMENT ON TABLE billing_internal.prices IS 'Prices (and legacy plans). facts holds what pricing reads, tiers and currency options included. seen_rank -1: known only as part of a subscription.';

CREATE TABLE billing_internal.coupons (
    organization_id uuid NOT NULL,
    stripe_coupon_id text NOT NULL,
    name text,
    facts json,
    deleted_at timestamptz,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, stripe_coupon_id)
);
COMMENT ON TABLE billing_internal.coupons IS 'Coupons: facts holds percent or amount, duration and the products they apply to, where known.';

CREATE TABLE billing_internal.features (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('boolean', 'metered', 'static')),
    credit_key text,
    credit_cost numeric CHECK (credit_cost > 0),
    credit_since timestamptz,
    usage_thresholds integer[],
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, key)
);
COMMENT ON TABLE billing_internal.features IS 'What can be granted: kind boolean, metered or static. credit_key: the metered feature whose balance pays for one unit of this one at credit_cost. usage_thresholds: percents at which usage alerts; NULL: those of the organization.';
-- What credits pay for.
CREATE INDEX features_paid ON billing_internal.features (organization_id, credit_key) WHERE credit_key IS NOT NULL;

CREATE TABLE billing_internal.product_features (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    product_id uuid,
    feature_id uuid NOT NULL,
    quota bigint CHECK (quota >= 0),
    reset_interval text NOT NULL CHECK (reset_interval IN ('never', 'day', 'week', 'month', 'year', 'billing_period')),
    overage text NOT NULL CHECK (overage IN ('reject', 'cap', 'allow')),
    value jsonb,
    per_seat boolean NOT NULL,
    from_stripe boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, feature_id) REFERENCES billing_internal.features (organization_id, id),
    FOREIGN KEY (organization_id, product_id) REFERENCES billing_internal.products (organization_id, id)
);
COMMENT ON TABLE billing_internal.product_features IS 'The features of a plan. product_id NULL: for customers without a paying or trialing subscription. quota NULL: unlimited. from_stripe: as product_feature_lists say.';
-- One row per product and feature; and one default row per feature.
CREATE UNIQUE INDEX product_features_of_product ON billing_internal.product_features (organization_id, product_id, feature_id) WHERE product_id IS NOT NULL;
CREATE UNIQUE INDEX product_features_default ON billing_internal.product_features (organization_id, feature_id) WHERE product_id IS NULL;

-- Which features Stripe attaches to a product: every list that ever arrived.
CREATE TABLE billing_internal.product_feature_lists (
    organization_id uuid NOT NULL,
    product_id uuid NOT NULL,
    created timestamptz NOT NULL,
    event_id text NOT NULL,
    feature_keys text[] NOT NULL,
    complete boolean NOT NULL,
    PRIMARY KEY (organization_id, product_id, created, event_id)
);
COMMENT ON TABLE billing_internal.product_feature_lists IS 'The sets of feature keys that Stripe says a product has. The newest complete one counts, and with it what incomplete ones after it name: these are the rows of product_features with from_stripe, beside those made by hand.';

-- What stood before, for explanations of the past.
CREATE TABLE billing_internal.product_features_past (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    product_id uuid,
    feature_id uuid NOT NULL,
    quota bigint,
    reset_interval text NOT NULL,
    overage text NOT NULL,
    value jsonb,
    per_seat boolean NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.product_features_past IS 'Rows of product_features as they stood on [valid_from, valid_to), until they were edited or detached.';
CREATE INDEX product_features_past_of_feature ON billing_internal.product_features_past (organization_id, feature_id, valid_to);

CREATE TABLE billing_internal.credit_costs_past (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    feature_key text NOT NULL,
    credit_key text NOT NULL,
    credit_cost numeric NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.credit_costs_past IS 'What one unit of a feature cost in credits on [valid_from, valid_to).';
