CREATE TABLE billing_internal.customers (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    external_id text,
    claimed_external_id text,
    stripe_customer_id text,
    email text,
    name text,
    metadata jsonb NOT NULL DEFAULT '{}',
    currency text,
    country text,
    stripe_status text NOT NULL DEFAULT 'synced',
    stripe_error text,
    test_clock text,
    created_at timestamptz,
    updated_at timestamptz,
    archived_at timestamptz,
    deleted_at timestamptz,
    deleted_event_id text,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_customer_id),
    UNIQUE (organization_id, external_id)
);
COMMENT ON TABLE billing_internal.customers IS 'Customers; deleted_at is Stripe''s deletion, archived_at ends access. A row with a Stripe id alone stands in for one that has not arrived.';
-- Who else claims an external id in its metadata at Stripe: the oldest one has it.
CREATE INDEX customers_claims ON billing_internal.customers (organization_id, claimed_external_id) WHERE claimed_external_id IS NOT NULL;
-- list_customers(email), and the support person's question.
CREATE INDEX customers_email ON billing_internal.customers (organization_id, email);

CREATE TABLE billing_internal.discounts (
    organization_id uuid NOT NULL,
    stripe_discount_id text NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_coupon_id text,
    facts json,
    removed_at timestamptz,
    attached boolean NOT NULL DEFAULT false,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, stripe_discount_id)
);
COMMENT ON TABLE billing_internal.discounts IS 'Discounts by id, from events of their own (attached) and from inside other objects; removed_at is the event that took one away early.';
-- Whom a coupon concerns whose terms become known; the discounts to weigh when a subscription, or all of a customer's, is priced.
CREATE INDEX discounts_of_coupon ON billing_internal.discounts (organization_id, stripe_coupon_id);
CREATE INDEX discounts_of_customer ON billing_internal.discounts (organization_id, stripe_customer_id) WHERE attached;
