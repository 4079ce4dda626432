CREATE TABLE billing_internal.subscriptions (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    customer_id uuid,
    first_customer_id uuid,
    stripe_customer_id text,
    stripe_subscription_id text NOT NULL,
    status text,
    currency text,
    start_date timestamptz,
    trial_start timestamptz,
    trial_end timestamptz,
    current_period_start timestamptz,
    current_period_end timestamptz,
    billing_anchor timestamptz,
    ends_at timestamptz,
    canceled_at timestamptz,
    ended_at timestamptz,
    pause_behavior text,
    test_clock text,
    unresolved boolean NOT NULL DEFAULT false,
    created_at timestamptz,
    updated_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_subscription_id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES billing_internal.customers (organization_id, id)
);
COMMENT ON TABLE billing_internal.subscriptions IS 'Subscriptions as their newest version tells. stripe_customer_id is whom Stripe bills, also where that customer was merged into customer_id; first_customer_id: whose it was before such merges. unresolved: a discount or price tier is unknown, the last known MRR stands.';
-- All subscriptions of a customer: netting, access, get_customer.
CREATE INDEX subscriptions_of_customer ON billing_internal.subscriptions (organization_id, customer_id);

CREATE TABLE billing_internal.subscription_items (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    stripe_item_id text NOT NULL,
    price_id uuid,
    product_id uuid,
    quantity bigint,
    current_period_start timestamptz,
    current_period_end timestamptz,
    PRIMARY KEY (organization_id, subscription_id, stripe_item_id),
    FOREIGN KEY (organization_id, subscription_id) REFERENCES billing_internal.subscriptions (organization_id, id),
    FOREIGN KEY (organization_id, price_id) REFERENCES billing_internal.prices (organization_id, id),
    FOREIGN KEY (organization_id, product_id) REFERENCES billing_internal.products (organization_id, id)
);
COMMENT ON TABLE billing_internal.subscription_items IS 'The items of the newest version of each subscription.';

-- Append-only, for ever: the source of the ledger.
CREATE TABLE billing_internal.subscription_versions (
    organization_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    created timestamptz NOT NULL,
    rank smallint NOT NULL,
    event_id text NOT NULL,
    source text NOT NULL,
    own bigint NOT NULL,
    previous bigint,
    snapshot json NOT NULL,
    PRIMARY KEY (organization_id, subscription_id, event_id)
);
COMMENT ON TABLE billing_internal.subscription_versions IS 'Every snapshot of a subscription that ever arrived, normalised. own and previous are fingerprints that order the versions of one second.';

-- Which subscriptions to price again when an object of the catalogue tells more than their snapshots.
CREATE TABLE billing_internal.catalogue_references (
    organization_id uuid NOT NULL,
    stripe_id text NOT NULL,
    subscription_id uuid NOT NULL,
    PRIMARY KEY (organization_id, stripe_id, subscription_id)
);
COMMENT ON TABLE billing_internal.catalogue_references IS 'Prices with tiers, coupons and discounts that subscriptions refer to without their terms: when such an object arrives, the subscriptions are priced again.';
