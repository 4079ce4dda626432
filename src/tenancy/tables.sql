CREATE TABLE billing_internal.organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    currency text NOT NULL,
    stripe_account_id text UNIQUE,
    livemode boolean,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
COMMENT ON TABLE billing_internal.organizations IS 'One row per tenant. livemode is NULL until the first event was applied or it was set.';

-- The mutual exclusion of an organization's engine. Never organizations itself: a lock there would
-- block every insert with a foreign key to it.
CREATE TABLE billing_internal.lanes (
    organization_id uuid PRIMARY KEY
);
COMMENT ON TABLE billing_internal.lanes IS 'One row per organization, locked FOR NO KEY UPDATE by whoever applies its events.';
