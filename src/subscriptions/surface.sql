CREATE OR REPLACE VIEW billing.subscriptions WITH (security_invoker = true) AS
SELECT
    s.id,
    s.organization_id,
    s.customer_id,
    s.stripe_subscription_id,
    s.status,
    s.currency,
    s.start_date,
    s.trial_end,
    s.current_period_start,
    s.current_period_end,
    s.ends_at,
    s.ended_at,
    (
        SELECT coalesce(round(round(sum(m.new_mrr - m.old_mrr), 6), 0), 0)::bigint
        FROM billing_internal.mrr_changes AS m
        WHERE m.organization_id = s.organization_id
            AND m.subscription_id = s.id
            AND m.effective_at <= now()
    ) AS mrr,
    s.created_at,
    s.updated_at
FROM billing_internal.subscriptions AS s
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.subscriptions IS 'The subscriptions of the organization as Stripe last told.';
COMMENT ON COLUMN billing.subscriptions.id IS 'Our id of the subscription.';
COMMENT ON COLUMN billing.subscriptions.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.subscriptions.customer_id IS 'The customer, an id of customers.';
COMMENT ON COLUMN billing.subscriptions.stripe_subscription_id IS 'The id at Stripe (sub_...).';
COMMENT ON COLUMN billing.subscriptions.status IS 'The status as Stripe writes it: active, trialing, past_due, unpaid, canceled, incomplete, incomplete_expired, paused, or one that Stripe adds.';
COMMENT ON COLUMN billing.subscriptions.currency IS 'The currency (ISO 4217, lower-case).';
COMMENT ON COLUMN billing.subscriptions.start_date IS 'When it started.';
COMMENT ON COLUMN billing.subscriptions.trial_end IS 'When its trial ends or ended; NULL without one.';
COMMENT ON COLUMN billing.subscriptions.current_period_start IS 'Start of the current billing period, the earliest of its items.';
COMMENT ON COLUMN billing.subscriptions.current_period_end IS 'End of the current billing period, the latest of its items.';
COMMENT ON COLUMN billing.subscriptions.ends_at IS 'When it is asked to end; NULL if it renews.';
COMMENT ON COLUMN billing.subscriptions.ended_at IS 'When it ended for good; NULL while it has not.';
COMMENT ON COLUMN billing.subscriptions.mrr IS 'Its monthly recurring revenue now, in minor units.';
COMMENT ON COLUMN billing.subscriptions.created_at IS 'When it was created.';
COMMENT ON COLUMN billing.subscriptions.updated_at IS 'When it last changed.';

CREATE OR REPLACE VIEW billing.subscription_items WITH (security_invoker = true) AS
SELECT
    i.organization_id,
    i.subscription_id,
    i.stripe_item_id,
    i.price_id,
    i.product_id,
    i.quantity,
    i.current_period_start,
    i.current_period_end
FROM billing_internal.subscription_items AS i
WHERE billing.current_organization() IS NOT NULL;
COMMENT ON VIEW billing.subscription_items IS 'The items of each subscription as Stripe last told.';
COMMENT ON COLUMN billing.subscription_items.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.subscription_items.subscription_id IS 'The subscription, an id of subscriptions.';
COMMENT ON COLUMN billing.subscription_items.stripe_item_id IS 'The id at Stripe (si_...).';
COMMENT ON COLUMN billing.subscription_items.price_id IS 'The price, an id of prices.';
COMMENT ON COLUMN billing.subscription_items.product_id IS 'The product of the price, an id of products.';
COMMENT ON COLUMN billing.subscription_items.quantity IS 'How many; NULL counts as 1.';
COMMENT ON COLUMN billing.subscription_items.current_period_start IS 'Start of its current billing period.';
COMMENT ON COLUMN billing.subscription_items.current_period_end IS 'End of its current billing period.';

GRANT SELECT ON billing_internal.subscriptions, billing_internal.subscription_items TO billing_api, billing_service;
GRANT SELECT ON billing.subscriptions, billing.subscription_items TO billing_api, billing_service;
