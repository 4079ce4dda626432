-- Append-only: never updated, so that the dedup key outlives the payload and the table stays dense.
CREATE TABLE billing_internal.events (
    organization_id uuid NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    created timestamptz NOT NULL,
    api_version text,
    livemode boolean,
    account text,
    digest bigint NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea,
    PRIMARY KEY (organization_id, event_id)
);
-- A compressed body stays in its row as long as a page holds it: out of line it would cost a further row and index entry.
ALTER TABLE billing_internal.events ALTER COLUMN body SET STORAGE MAIN;
COMMENT ON TABLE billing_internal.events IS 'Every event that arrived, with its raw body byte for byte (NULL once pruned). digest: 64 bits over data.object, to notice another body under the same id.';

CREATE TABLE billing_internal.event_queue (
    organization_id uuid NOT NULL,
    position uuid NOT NULL,
    event_id text NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, position)
);
COMMENT ON TABLE billing_internal.event_queue IS 'Events that wait to be applied, in the order of arrival. An event of events that is neither here nor in event_failures has been applied.';

CREATE TABLE billing_internal.event_failures (
    organization_id uuid NOT NULL,
    event_id text NOT NULL,
    failed_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    detail text,
    discarded_at timestamptz,
    discard_reason text,
    PRIMARY KEY (organization_id, event_id)
);
COMMENT ON TABLE billing_internal.event_failures IS 'Dead letters: events that could not be applied, with the reason; a discarded one stays as the record of that decision.';

CREATE TABLE billing_internal.event_alarms (
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    reference text NOT NULL,
    detail jsonb NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, kind, reference)
);
COMMENT ON TABLE billing_internal.event_alarms IS 'What an operator should look at: kind body_differs, livemode_mismatch, unresolved_price or refused_lookup_key (no key that a feature can have), with the event or object concerned.';

CREATE TABLE billing_internal.event_counts (
    organization_id uuid NOT NULL,
    type text NOT NULL,
    applied bigint NOT NULL,
    PRIMARY KEY (organization_id, type)
);
COMMENT ON TABLE billing_internal.event_counts IS 'Applied events by type, types without an effect included.';

CREATE TABLE billing_internal.unrouted_events (
    account text NOT NULL,
    event_id text NOT NULL,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (account, event_id)
);
COMMENT ON TABLE billing_internal.unrouted_events IS 'Events of Stripe accounts that no organization has claimed.';
