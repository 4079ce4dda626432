CREATE OR REPLACE VIEW billing.feature_grants WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    customer_id,
    subscription_id,
    product_id,
    quantity,
    starts_at,
    opened_by,
    ends_at,
    closed_by
FROM billing_internal.feature_grants
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.feature_grants IS 'When a subscription gave a customer the features of a product, [starts_at, ends_at), with the opening and the closing event. ends_at NULL: still.';
COMMENT ON COLUMN billing.feature_grants.id IS 'Our id of the grant.';
COMMENT ON COLUMN billing.feature_grants.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.feature_grants.customer_id IS 'Who has it.';
COMMENT ON COLUMN billing.feature_grants.subscription_id IS 'The subscription that gives it.';
COMMENT ON COLUMN billing.feature_grants.product_id IS 'The product whose features it gives.';
COMMENT ON COLUMN billing.feature_grants.quantity IS 'The quantity of the item, for quotas per seat.';
COMMENT ON COLUMN billing.feature_grants.starts_at IS 'From when on, inclusive.';
COMMENT ON COLUMN billing.feature_grants.opened_by IS 'The Stripe event that opened it.';
COMMENT ON COLUMN billing.feature_grants.ends_at IS 'Until when, exclusive; NULL: still.';
COMMENT ON COLUMN billing.feature_grants.closed_by IS 'The Stripe event that closed it; NULL: still open.';

CREATE OR REPLACE VIEW billing.usage_records WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    customer_id,
    feature_key,
    quantity,
    granted,
    used_after,
    period_start,
    recorded_at,
    idempotency_key
FROM billing_internal.usage_records
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.usage_records IS 'Usage, append-only: what was asked for and what was granted. A denial is recorded only with an idempotency key.';
COMMENT ON COLUMN billing.usage_records.id IS 'Our id of the record.';
COMMENT ON COLUMN billing.usage_records.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.usage_records.customer_id IS 'Who used it.';
COMMENT ON COLUMN billing.usage_records.feature_key IS 'What was used.';
COMMENT ON COLUMN billing.usage_records.quantity IS 'Units asked for.';
COMMENT ON COLUMN billing.usage_records.granted IS 'Units granted.';
COMMENT ON COLUMN billing.usage_records.used_after IS 'Units used in the period, this record included.';
COMMENT ON COLUMN billing.usage_records.period_start IS 'The start of the period it counts in.';
COMMENT ON COLUMN billing.usage_records.recorded_at IS 'When it was recorded.';
COMMENT ON COLUMN billing.usage_records.idempotency_key IS 'The caller''s key; NULL without one.';

CREATE OR REPLACE VIEW billing.usage_alerts WITH (security_invoker = true) AS
SELECT
    id,
    organization_id,
    customer_id,
    feature_key,
    percent,
    period_start,
    period_end,
    quota,
    used,
    occurred_at,
    delivered_at
FROM billing_internal.usage_alerts
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.usage_alerts IS 'When the usage of a customer reached a threshold of its quota: one row for each customer, feature, period and percent. take_usage_alerts() delivers them.';
COMMENT ON COLUMN billing.usage_alerts.id IS 'Our id of the alert.';
COMMENT ON COLUMN billing.usage_alerts.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.usage_alerts.customer_id IS 'Whose usage it is.';
COMMENT ON COLUMN billing.usage_alerts.feature_key IS 'What was used.';
COMMENT ON COLUMN billing.usage_alerts.percent IS 'The threshold, in percent of the quota.';
COMMENT ON COLUMN billing.usage_alerts.period_start IS 'The start of the period it counts in; NULL: one without a start.';
COMMENT ON COLUMN billing.usage_alerts.period_end IS 'Its end; NULL: it has none.';
COMMENT ON COLUMN billing.usage_alerts.quota IS 'The quota at that time.';
COMMENT ON COLUMN billing.usage_alerts.used IS 'Units used after the consumption that reached it.';
COMMENT ON COLUMN billing.usage_alerts.occurred_at IS 'When it was reached.';
COMMENT ON COLUMN billing.usage_alerts.delivered_at IS 'When it was delivered; NULL: it waits.';

GRANT SELECT ON billing_internal.feature_grants, billing_internal.usage_records, billing_internal.usage_alerts TO billing_service, billing_api;
GRANT SELECT ON billing.feature_grants, billing.usage_records, billing.usage_alerts TO billing_service, billing_api;
GRANT EXECUTE ON FUNCTION billing.take_usage_alerts(integer) TO billing_worker;
GRANT EXECUTE ON FUNCTION
    billing.product_features_of(uuid),
    billing.find_customer(text),
    billing.find_subscription(text),
    billing.check_access_many(uuid, text[]),
    billing.explain_access(text, text, timestamptz, bigint),
    billing.entitlements(text),
    billing.track_usage_many(jsonb),
    billing.get_usage(text, text),
    billing.reserve_usage(uuid, text, bigint, interval, text),
    billing.settle_usage(uuid, bigint),
    billing.grant_feature(uuid, text, bigint, timestamptz, integer, bigint, uuid, jsonb, text, text),
    billing.top_up(uuid, text, bigint, timestamptz, integer, text),
    billing.block_feature(uuid, text),
    billing.revoke_grant(uuid),
    billing.list_grants(text),
    billing.usage_history(text, text, date, date)
TO billing_api;
