CREATE OR REPLACE VIEW billing.invoices WITH (security_invoker = true) AS
SELECT
    i.id,
    i.organization_id,
    i.customer_id,
    i.subscription_id,
    i.stripe_invoice_id,
    i.number,
    i.status,
    i.currency,
    i.billing_reason,
    i.total,
    i.total_excluding_tax,
    i.amount_due,
    i.amount_paid,
    i.amount_remaining,
    i.paid_out_of_band,
    i.paid_at,
    i.period_start,
    i.period_end,
    i.created_at,
    i.updated_at
FROM billing_internal.invoices AS i
WHERE billing.current_organization() IS NOT NULL
    AND i.deleted_at IS NULL;
COMMENT ON VIEW billing.invoices IS 'The invoices of the organization as Stripe last told, deleted drafts left out; amounts in minor units.';
COMMENT ON COLUMN billing.invoices.id IS 'Our id of the invoice.';
COMMENT ON COLUMN billing.invoices.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.invoices.customer_id IS 'The customer, an id of customers.';
COMMENT ON COLUMN billing.invoices.subscription_id IS 'The subscription, an id of subscriptions; NULL for an invoice without one.';
COMMENT ON COLUMN billing.invoices.stripe_invoice_id IS 'The id at Stripe (in_...).';
COMMENT ON COLUMN billing.invoices.number IS 'The number that the customer sees.';
COMMENT ON COLUMN billing.invoices.status IS 'draft, open, paid, uncollectible or void.';
COMMENT ON COLUMN billing.invoices.currency IS 'The currency (ISO 4217, lower-case).';
COMMENT ON COLUMN billing.invoices.billing_reason IS 'Why it was made, as Stripe writes it: subscription_create, subscription_cycle, ...';
COMMENT ON COLUMN billing.invoices.total IS 'After discounts, with tax.';
COMMENT ON COLUMN billing.invoices.total_excluding_tax IS 'After discounts, without tax; NULL where Stripe says nothing of taxes.';
COMMENT ON COLUMN billing.invoices.amount_due IS 'What was to be paid once the balance of the customer was used.';
COMMENT ON COLUMN billing.invoices.amount_paid IS 'What was paid.';
COMMENT ON COLUMN billing.invoices.amount_remaining IS 'What is left to be paid.';
COMMENT ON COLUMN billing.invoices.paid_out_of_band IS 'Whether it was paid outside of Stripe.';
COMMENT ON COLUMN billing.invoices.paid_at IS 'When it was paid; NULL while it is not.';
COMMENT ON COLUMN billing.invoices.period_start IS 'Start of the period in which its items were added.';
COMMENT ON COLUMN billing.invoices.period_end IS 'End of that period.';
COMMENT ON COLUMN billing.invoices.created_at IS 'When it was created.';
COMMENT ON COLUMN billing.invoices.updated_at IS 'When it last changed.';

GRANT SELECT ON billing_internal.invoices TO billing_api, billing_service;
GRANT SELECT ON billing.invoices TO billing_api, billing_service;
