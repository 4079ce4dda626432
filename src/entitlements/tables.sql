CREATE TABLE billing_internal.feature_grants (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    product_id uuid NOT NULL,
    quantity bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    opened_by text NOT NULL,
    ends_at timestamptz,
    closed_by text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, subscription_id, product_id, starts_at)
);
COMMENT ON TABLE billing_internal.feature_grants IS 'The stretches on which a subscription gives a customer the features of a product, each with its opening and closing event.';
-- What a customer holds now.
CREATE INDEX feature_grants_open ON billing_internal.feature_grants (organization_id, customer_id);
-- Whom an edit of a plan concerns.
CREATE INDEX feature_grants_of_product ON billing_internal.feature_grants (organization_id, product_id, customer_id);

-- The resolved answer: what check_access reads, one probe.
CREATE TABLE billing_internal.access (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    kind text NOT NULL,
    source text NOT NULL,
    allowed_from timestamptz NOT NULL,
    allowed_until timestamptz,
    quota bigint,
    overage text NOT NULL,
    reset_interval text NOT NULL,
    anchor timestamptz NOT NULL,
    period_start timestamptz,
    resets_at timestamptz,
    used bigint NOT NULL DEFAULT 0,
    value jsonb,
    event_id text,
    PRIMARY KEY (organization_id, customer_id, feature_key)
) WITH (fillfactor = 80);
COMMENT ON TABLE billing_internal.access IS 'What each customer may use now, resolved from grants and plans: it stands on [allowed_from, allowed_until). used belongs to the period [period_start, resets_at). A usage outlives its grant, and a default that a customer does not have keeps a row: then allowed_until lies in the past.';

CREATE TABLE billing_internal.usage_records (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    quantity bigint NOT NULL,
    granted bigint NOT NULL,
    used_after bigint NOT NULL,
    period_start timestamptz,
    recorded_at timestamptz NOT NULL,
    idempotency_key text,
    answer jsonb,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.usage_records IS 'Usage, append-only: quantity asked for and granted. With an idempotency key the answer is kept, to be given again.';
CREATE UNIQUE INDEX usage_records_idempotency ON billing_internal.usage_records (organization_id, customer_id, feature_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX usage_records_of_customer ON billing_internal.usage_records (organization_id, customer_id, feature_key, recorded_at);
