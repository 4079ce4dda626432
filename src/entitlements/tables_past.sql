-- What cannot be computed again of a pool. Written where something was counted and the answer of a customer changes: never by who consumes.
CREATE TABLE billing_internal.pool_changes (
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    feature_key text NOT NULL,
    changed_at timestamptz NOT NULL,
    epoch timestamptz NOT NULL,
    allowed boolean NOT NULL,
    reset_interval text NOT NULL,
    anchor timestamptz NOT NULL,
    billing_of uuid,
    period_start timestamptz,
    period_end timestamptz,
    counted bigint NOT NULL DEFAULT 0,
    prepaid numeric,
    PRIMARY KEY (organization_id, customer_id, feature_key, changed_at, epoch)
);
COMMENT ON TABLE billing_internal.pool_changes IS 'By which rule and in which epoch a pool counted from changed_at on, append-only: kept where a plan, a billing period, a grant made by hand, the end of an answer or a merge changed either. counted: what the epoch began with, where a merge added two counters up; prepaid: the fraction of a credit that the merge left.';
