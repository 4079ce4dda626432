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

-- What is given or taken by hand, each with a balance of its own.
CREATE TABLE billing_internal.overrides (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    subscription_id uuid,
    feature_key text NOT NULL,
    what text NOT NULL CHECK (what IN ('grant', 'top_up', 'block')),
    quota bigint CHECK (quota >= 0),
    value jsonb,
    priority integer NOT NULL,
    rollover_max bigint NOT NULL CHECK (rollover_max >= 0),
    reset_interval text NOT NULL CHECK (reset_interval IN ('never', 'day', 'week', 'month', 'year', 'billing_period')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    idempotency_key text,
    first_customer_id uuid,
    used bigint NOT NULL DEFAULT 0,
    carried bigint NOT NULL DEFAULT 0,
    period_start timestamptz,
    epoch timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES billing_internal.customers (organization_id, id),
    FOREIGN KEY (organization_id, subscription_id) REFERENCES billing_internal.subscriptions (organization_id, id)
) WITH (fillfactor = 80);
COMMENT ON TABLE billing_internal.overrides IS 'Grants, top-ups and blocks made by hand: each stands on [created_at, the earlier of expires_at and revoked_at), one of a subscription only while that entitles its customer. used belongs to the period that begins at period_start, and to the records of usage that name the epoch. first_customer_id, here and in other tables: whose it was before customers were merged.';
-- What a customer holds; and of a subscription, whose foreign key asks.
CREATE INDEX overrides_of_customer ON billing_internal.overrides (organization_id, customer_id, feature_key);
CREATE INDEX overrides_of_subscription ON billing_internal.overrides (organization_id, subscription_id) WHERE subscription_id IS NOT NULL;
CREATE UNIQUE INDEX overrides_idempotency ON billing_internal.overrides (organization_id, customer_id, feature_key, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What Stripe Entitlements says a customer has: every summary that ever arrived.
CREATE TABLE billing_internal.entitlement_summaries (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    stripe_customer_id text NOT NULL,
    created timestamptz NOT NULL,
    event_id text NOT NULL,
    feature_keys text[] NOT NULL,
    complete boolean NOT NULL,
    first_customer_id uuid,
    PRIMARY KEY (organization_id, customer_id, stripe_customer_id, created, event_id)
);
COMMENT ON TABLE billing_internal.entitlement_summaries IS 'The sets of feature keys that Stripe says its customers are entitled to. Of each Stripe customer the newest complete one counts, and with it what incomplete ones after it name; a customer of ours has what any of its Stripe customers has.';

-- The resolved answer: what check_access reads, one probe. What it needs comes first, and what has one width before what has not.
CREATE TABLE billing_internal.access (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    stands_from timestamptz NOT NULL,
    used bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    leased bigint NOT NULL DEFAULT 0,
    allowed boolean NOT NULL,
    pooled boolean NOT NULL,
    feature_key text NOT NULL,
    kind text NOT NULL,
    overage text NOT NULL,
    reset_interval text NOT NULL,
    quota bigint,
    extra bigint,
    resets_at timestamptz,
    stands_until timestamptz,
    held_until timestamptz,
    credit_key text,
    credit_cost numeric,
    prepaid numeric,
    overrides bytea,
    source text NOT NULL,
    period_start timestamptz,
    epoch timestamptz NOT NULL,
    anchor timestamptz NOT NULL,
    credit_units bigint NOT NULL DEFAULT 0,
    value jsonb,
    event_id text,
    billing_of uuid,
    PRIMARY KEY (organization_id, customer_id, feature_key)
) WITH (fillfactor = 80);
COMMENT ON TABLE billing_internal.access IS 'What each customer may use now, resolved from grants and plans: it stands on [stands_from, stands_until). quota and used are those of the pool that plans and the default share, in the period [period_start, resets_at); quota NULL: unlimited; not pooled: they do not count now. overrides: the ids of the grants made by hand whose balances count too, 16 bytes each; extra: what these leave, NULL without end. held: promised by reserve_usage(), as it is until held_until; leased: lent to slots, of which part is used. credit_key: what pays when the own balances do not suffice; prepaid: the fraction of a credit that is paid already; credit_units: what credits paid for. billing_of: the subscription whose billing periods are those of the pool.';
-- What check_access and track_usage look up, by one number: half of what the primary key takes.
CREATE INDEX access_probe ON billing_internal.access USING hash (hashtextextended(feature_key, uuid_hash_extended(customer_id, uuid_hash_extended(organization_id, 0))));
-- Whose answer time alone has ended.
CREATE INDEX access_due ON billing_internal.access (organization_id, stands_until) WHERE stands_until IS NOT NULL;
CREATE INDEX access_held ON billing_internal.access (organization_id, held_until) WHERE held_until IS NOT NULL;

-- Few rows to a page: they are changed by many at once, each of whom reads all slots of a pool.
CREATE TABLE billing_internal.usage_slots (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    lent bigint NOT NULL,
    used bigint NOT NULL,
    stands_from timestamptz NOT NULL,
    slot smallint NOT NULL,
    feature_key text NOT NULL,
    stands_until timestamptz,
    epoch timestamptz NOT NULL,
    PRIMARY KEY (organization_id, customer_id, feature_key, slot)
) WITH (fillfactor = 10);
COMMENT ON TABLE billing_internal.usage_slots IS 'What a pool has lent, so that many can consume at once: each slot has used so much of what it was lent, on [stands_from, stands_until), in an epoch of the pool. The sum of lent is access.leased, and what the pool has used is access.used and the sum of used.';
CREATE INDEX usage_slots_probe ON billing_internal.usage_slots USING hash (hashtextextended(feature_key, uuid_hash_extended(customer_id, uuid_hash_extended(organization_id, 0))));

-- The key is also the way to a customer's usage: a second index would cost each consumption more.
CREATE TABLE billing_internal.usage_records (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    quantity bigint NOT NULL,
    granted bigint NOT NULL,
    pooled bigint NOT NULL,
    quota bigint,
    overage bigint,
    used_after bigint NOT NULL,
    period_start timestamptz,
    period_end timestamptz,
    epoch timestamptz,
    recorded_at timestamptz NOT NULL,
    paid_by uuid,
    idempotency_key text,
    answer jsonb,
    prepaid numeric,
    first_customer_id uuid,
    PRIMARY KEY (organization_id, customer_id, feature_key, recorded_at, id)
);
COMMENT ON TABLE billing_internal.usage_records IS 'Usage, append-only: quantity asked for and granted, of which pooled counts on the pool in its epoch and the rest on grants made by hand and credits. quota, overage and the period are those shown afterwards. paid_by: the record of the credits that paid; prepaid: the fraction of a credit that was paid already, where this record changed it. With an idempotency key the answer is kept, to be given again.';
CREATE UNIQUE INDEX usage_records_idempotency ON billing_internal.usage_records (organization_id, customer_id, feature_key, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE billing_internal.usage_burns (
    organization_id uuid NOT NULL,
    override_id uuid NOT NULL,
    record_id uuid NOT NULL,
    quantity bigint NOT NULL,
    epoch timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, override_id, record_id)
);
COMMENT ON TABLE billing_internal.usage_burns IS 'What each record of usage took from grants made by hand, or gave back to them.';

CREATE TABLE billing_internal.usage_alerts (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    stretch timestamptz NOT NULL,
    percent integer NOT NULL,
    period_start timestamptz,
    period_end timestamptz,
    quota bigint NOT NULL,
    used bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, customer_id, feature_key, stretch, percent)
);
COMMENT ON TABLE billing_internal.usage_alerts IS 'Consumptions that reached a threshold of a quota, each threshold once in a stretch: that of the pool''s counter (its epoch), else the one since a balance made by hand last began.';
CREATE INDEX usage_alerts_waiting ON billing_internal.usage_alerts (organization_id, occurred_at, id) WHERE delivered_at IS NULL;

CREATE TABLE billing_internal.reservations (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    held_key text NOT NULL,
    held bigint NOT NULL CHECK (held >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    settled_at timestamptz,
    actual bigint,
    answer jsonb,
    idempotency_key text,
    first_customer_id uuid,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.reservations IS 'Usage promised for work under way: it lowers what remains of held_key (the feature itself, or the credits that pay for it) by held, on [created_at, the earlier of expires_at and settled_at).';
-- What is held now; and below, what was held then.
CREATE INDEX reservations_open ON billing_internal.reservations (organization_id, customer_id, held_key, expires_at) WHERE settled_at IS NULL;
CREATE INDEX reservations_of_customer ON billing_internal.reservations (organization_id, customer_id, held_key, created_at);
CREATE UNIQUE INDEX reservations_idempotency ON billing_internal.reservations (organization_id, customer_id, feature_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
