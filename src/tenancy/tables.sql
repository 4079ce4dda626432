CREATE TABLE billing_internal.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    currency text NOT NULL,
    stripe_account_id text UNIQUE,
    livemode boolean,
    usage_thresholds integer[],
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE billing_internal.organizations IS 'One row per tenant. livemode is NULL until the first event was applied or it was set. usage_thresholds NULL: 80 and 100 percent.';

CREATE TABLE billing_internal.analytics_settings (
    organization_id uuid PRIMARY KEY REFERENCES billing_internal.organizations (id),
    discounts text NOT NULL CHECK (discounts IN ('recurring', 'forever', 'all', 'none')),
    pause text NOT NULL CHECK (pause IN ('by_behavior', 'include', 'exclude')),
    churn_at text NOT NULL CHECK (churn_at IN ('end', 'request')),
    past_due_grace interval CHECK (past_due_grace >= '0'),
    access_grace interval CHECK (access_grace >= '0'),
    limits text NOT NULL CHECK (limits IN ('sum', 'max')),
    week_starts text NOT NULL CHECK (week_starts IN ('monday', 'sunday')),
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE billing_internal.analytics_settings IS 'What set_analytics() chose where careful people compute differently; an organization without a row has the defaults. A grace of NULL: until Stripe ends it. Without months: a day is 24 hours.';

-- What explanations of the past ask.
CREATE TABLE billing_internal.past_limits (
    organization_id uuid NOT NULL,
    until timestamptz NOT NULL,
    limits text NOT NULL CHECK (limits IN ('sum', 'max')),
    PRIMARY KEY (organization_id, until)
);
COMMENT ON TABLE billing_internal.past_limits IS 'How limits of several subscriptions added up before until, when set_analytics() changed it; append-only.';

-- The mutual exclusion of an organization's engine. Never organizations itself: a lock there would
-- block every insert with a foreign key to it.
CREATE TABLE billing_internal.lanes (
    organization_id uuid PRIMARY KEY
);
COMMENT ON TABLE billing_internal.lanes IS 'One row per organization, locked FOR NO KEY UPDATE by whoever applies its events.';

CREATE TABLE billing_internal.members (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    user_id text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
COMMENT ON TABLE billing_internal.members IS 'Who may work for an organization: the subjects of JWTs.';
-- my_organizations(), before an organization is chosen.
CREATE INDEX members_of_user ON billing_internal.members (user_id);

CREATE TABLE billing_internal.api_keys (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'write', 'usage', 'admin']),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    replaced_by uuid,
    last_used_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
COMMENT ON TABLE billing_internal.api_keys IS 'API keys: the SHA-256 of each, never the key. prefix is its first 12 characters; replaced_by is the key that a rotation made.';
-- A request names no organization: its key is found by the prefix, and then compared in full.
CREATE INDEX api_keys_prefix ON billing_internal.api_keys (prefix);
