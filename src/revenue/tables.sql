CREATE TABLE billing_internal.invoices (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    stripe_invoice_id text NOT NULL,
    customer_id uuid,
    subscription_id uuid,
    number text,
    status text,
    currency text,
    billing_reason text,
    total bigint,
    total_excluding_tax bigint,
    amount_due bigint,
    amount_paid bigint,
    amount_remaining bigint,
    paid_out_of_band boolean,
    paid_at timestamptz,
    period_start timestamptz,
    period_end timestamptz,
    test_clock text,
    created_at timestamptz,
    updated_at timestamptz,
    deleted_at timestamptz,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_invoice_id),
    FOREIGN KEY (organization_id, customer_id) REFERENCES billing_internal.customers (organization_id, id),
    FOREIGN KEY (organization_id, subscription_id) REFERENCES billing_internal.subscriptions (organization_id, id)
);
COMMENT ON TABLE billing_internal.invoices IS 'Invoices; amounts in minor units.';
CREATE INDEX invoices_of_customer ON billing_internal.invoices (organization_id, customer_id);

-- Which charge or payment intent paid which invoice, whichever object said so.
CREATE TABLE billing_internal.invoice_payments (
    organization_id uuid NOT NULL,
    reference text NOT NULL,
    stripe_invoice_id text NOT NULL,
    PRIMARY KEY (organization_id, reference, stripe_invoice_id)
);
COMMENT ON TABLE billing_internal.invoice_payments IS 'Links a charge or payment intent (reference) to the invoice that it paid.';
-- From an invoice that becomes known to the payments, and so the reversals, that belong to it.
CREATE INDEX invoice_payments_of_invoice ON billing_internal.invoice_payments (organization_id, stripe_invoice_id);

-- What refunds name and invoices may not: which payment intent a charge belongs to.
CREATE TABLE billing_internal.charges (
    organization_id uuid NOT NULL,
    stripe_charge_id text NOT NULL,
    payment_intent text NOT NULL,
    PRIMARY KEY (organization_id, stripe_charge_id)
);
COMMENT ON TABLE billing_internal.charges IS 'Charges, for what they link: a refund names its charge, an invoice its payment intent.';
-- From a payment intent that paid an invoice to the charges, and so the reversals, that belong to it.
CREATE INDEX charges_of_payment_intent ON billing_internal.charges (organization_id, payment_intent);

-- Refunds, disputes and credit notes: whatever takes revenue back.
CREATE TABLE billing_internal.reversals (
    organization_id uuid NOT NULL REFERENCES billing_internal.organizations (id),
    id uuid NOT NULL,
    stripe_id text NOT NULL,
    kind text NOT NULL,
    status text,
    currency text,
    amount bigint,
    charge text,
    payment_intent text,
    stripe_invoice_id text,
    created_at timestamptz,
    was_pending boolean NOT NULL DEFAULT false,
    effective_at timestamptz,
    reinstated_at timestamptz,
    seen_created timestamptz,
    seen_rank smallint,
    seen_event_id text,
    seen_ties text,
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, stripe_id)
);
COMMENT ON TABLE billing_internal.reversals IS 'Refunds (amount refunded), disputes (amount withdrawn and, when won, reinstated) and credit notes (the part paid out of band). effective_at is when the money left: a refund''s first event with status succeeded, a dispute''s withdrawal; NULL: it has not. A refund that no event showed pending counts at created_at.';
-- From a payment that becomes known to the reversals that wait for it.
CREATE INDEX reversals_charge ON billing_internal.reversals (organization_id, charge);
CREATE INDEX reversals_payment_intent ON billing_internal.reversals (organization_id, payment_intent);
CREATE INDEX reversals_invoice ON billing_internal.reversals (organization_id, stripe_invoice_id);
