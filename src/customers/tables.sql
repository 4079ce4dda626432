CREATE TABLE billing_internal.customers (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    external_id text,
    external_id_set_here boolean NOT NULL DEFAULT false,
    claimed_external_id text,
    stripe_customer_id text,
    stripe_created_at timestamptz,
    stripe_merged_here boolean NOT NULL DEFAULT false,
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
    changed_here_at timestamptz,
    archived_at timestamptz,
    archived_here_at timestamptz,
    merged_into uuid,
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
COMMENT ON TABLE billing_internal.customers IS 'Customers; deleted_at is Stripe''s deletion of the customer that the row has there; archived_at ends access: archived_here_at, or the time when the last of its Stripe customers was deleted. A row with a Stripe id alone stands in for one that has not arrived. changed_here_at: when e-mail, name, external id or metadata were last written here; an older snapshot of Stripe does not take that back. external_id_set_here: no claim in Stripe''s metadata moves the external id. merged_into: the customer that this one became, whose Stripe id still names it. stripe_created_at: when its Stripe customer was created there; stripe_merged_here: that one came to its customer by merge_customers().';
-- Who else claims an external id in its metadata at Stripe: the oldest one has it.
CREATE INDEX customers_claims ON billing_internal.customers (organization_id, claimed_external_id) WHERE claimed_external_id IS NOT NULL;
-- list_customers(email), and the support person's question.
CREATE INDEX customers_email ON billing_internal.customers (organization_id, email);
-- list_customers(status 'all' and 'active'), newest first, its count, and GET /customers?order=created_at.desc.
CREATE INDEX customers_by_age ON billing_internal.customers (organization_id, created_at, id) INCLUDE (archived_at, merged_into);
-- list_customers('archived').
CREATE INDEX customers_archived ON billing_internal.customers (organization_id, created_at, id) WHERE archived_at IS NOT NULL AND merged_into IS NULL;
-- A merge into a customer that others were merged into before.
CREATE INDEX customers_merged ON billing_internal.customers (organization_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE billing_internal.customer_merges (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    merged_into uuid NOT NULL,
    merged_at timestamptz NOT NULL,
    external_id text,
    archived_at timestamptz,
    other_created_at timestamptz,
    PRIMARY KEY (organization_id, customer_id)
);
COMMENT ON TABLE billing_internal.customer_merges IS 'Which customer became which and when, with the external id that named it until then, when it was archived, and when the other one had been made: an explanation of an earlier instant asks the customer of that time.';
-- Whom a name meant then.
CREATE INDEX customer_merges_external ON billing_internal.customer_merges (organization_id, external_id) WHERE external_id IS NOT NULL;

CREATE TABLE billing_internal.customer_merge_names (
    organization_id uuid NOT NULL,
    stripe_customer_id text NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (organization_id, stripe_customer_id, customer_id)
);
COMMENT ON TABLE billing_internal.customer_merge_names IS 'The Stripe customers that named a customer when it became another one: the one that it showed, and those that had become it.';

-- list_customers by what customers are to the business: each kind is one walk, newest first. A table of its own, because a change of it is one small row and touches no index of customers.
CREATE TABLE billing_internal.customer_standings (
    organization_id uuid NOT NULL,
    standing text NOT NULL CHECK (standing IN ('paying', 'trialing', 'past_due', 'churned')),
    created_at timestamptz NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (organization_id, standing, created_at, customer_id)
);
COMMENT ON TABLE billing_internal.customer_standings IS 'What each customer is now, as the folded rows of the ledger say: paying, trialing, past_due, churned; any number of them. created_at is the customer''s, infinity where that is not known.';
-- What a customer was until now.
CREATE INDEX customer_standings_of_customer ON billing_internal.customer_standings (organization_id, customer_id);

-- What is to be sent to Stripe. Written in the transaction of the change; who sends it sets a row to trying before the first attempt, and from then on its payload stays, so that the key of an attempt (id, payload_hash, generation) always names the same body.
CREATE TABLE billing_internal.outbox (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    object text NOT NULL CHECK (object IN ('customer')),
    object_id uuid NOT NULL,
    operation text NOT NULL CHECK (operation IN ('create', 'update')),
    payload jsonb NOT NULL,
    payload_hash text NOT NULL,
    generation integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'trying', 'sent', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.outbox IS 'Changes to be sent to Stripe, in the order of their ids for each object. payload holds Stripe''s own parameters: all for create, what changed for update, where an empty string unsets; payload_hash is the SHA-256 of its text in hex. status: pending (no attempt yet; a further change joins it and raises generation), trying, sent, failed (given up; last_error says why).';
-- Where the next change of an object joins.
CREATE UNIQUE INDEX outbox_pending ON billing_internal.outbox (organization_id, object, object_id) WHERE status = 'pending';
-- What is due to be sent, and stats().
CREATE INDEX outbox_due ON billing_internal.outbox (organization_id, next_attempt_at) WHERE status IN ('pending', 'trying');
-- Whether an object was sent before.
CREATE INDEX outbox_of_object ON billing_internal.outbox (organization_id, object, object_id, id);

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
