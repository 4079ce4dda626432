CREATE OR REPLACE VIEW billing.customers WITH (security_invoker = true) AS
SELECT
    c.id,
    c.organization_id,
    c.external_id,
    c.stripe_customer_id,
    c.email,
    c.name,
    c.metadata,
    c.currency,
    CASE WHEN c.archived_at IS NULL THEN 'active' ELSE 'archived' END AS status,
    c.stripe_status,
    c.stripe_error,
    c.created_at,
    c.updated_at,
    c.archived_at
FROM billing_internal.customers AS c
WHERE billing.current_organization() IS NOT NULL
    AND c.merged_into IS NULL;
COMMENT ON VIEW billing.customers IS 'The customers of the organization, archived ones included; one that was merged is the one that it became. INSERT takes email, name, external_id and metadata; UPDATE changes them; DELETE archives.';
COMMENT ON COLUMN billing.customers.id IS 'Our id of the customer.';
COMMENT ON COLUMN billing.customers.organization_id IS 'The organization it belongs to.';
COMMENT ON COLUMN billing.customers.external_id IS 'Your own id of the customer, unique in the organization; 1 to 255 characters.';
COMMENT ON COLUMN billing.customers.stripe_customer_id IS 'The id at Stripe (cus_...); NULL until it is known.';
COMMENT ON COLUMN billing.customers.email IS 'The e-mail address, in lower case.';
COMMENT ON COLUMN billing.customers.name IS 'The name.';
COMMENT ON COLUMN billing.customers.metadata IS 'Your own keys and values, a JSON object; the two keys by which Stripe''s customer names this one are left out.';
COMMENT ON COLUMN billing.customers.currency IS 'The currency the customer is billed in (ISO 4217, lower-case); NULL until there is one.';
COMMENT ON COLUMN billing.customers.status IS 'active or archived. Who pays, tries, is past due or churned: list_customers().';
COMMENT ON COLUMN billing.customers.stripe_status IS 'Whether Stripe has the latest change: pending, synced or failed.';
COMMENT ON COLUMN billing.customers.stripe_error IS 'Why Stripe refused the latest change; NULL otherwise.';
COMMENT ON COLUMN billing.customers.created_at IS 'When the customer was created; NULL while only its Stripe id is known.';
COMMENT ON COLUMN billing.customers.updated_at IS 'When the customer last changed.';
COMMENT ON COLUMN billing.customers.archived_at IS 'When it was archived, which ended its access; NULL while active.';

GRANT SELECT ON billing_internal.customers TO billing_api, billing_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON billing.customers TO billing_api, billing_service;

-- The third, which archives, stands where access can be ended.
CREATE OR REPLACE TRIGGER insert_customer INSTEAD OF INSERT ON billing.customers FOR EACH ROW EXECUTE FUNCTION billing.customers_insert();
CREATE OR REPLACE TRIGGER update_customer INSTEAD OF UPDATE ON billing.customers FOR EACH ROW EXECUTE FUNCTION billing.customers_update();

CREATE OR REPLACE TRIGGER write_customers AFTER UPDATE OR DELETE ON billing.customers FOR EACH STATEMENT EXECUTE FUNCTION billing.customers_statement();

GRANT EXECUTE ON FUNCTION
    billing.create_customer(text, text, text, jsonb),
    billing.ensure_customer(text, text, text, jsonb),
    billing.get_customer(text),
    billing.list_customers(text, text, timestamptz, timestamptz, integer, integer, uuid),
    billing.update_customer(uuid, jsonb, timestamptz)
TO billing_api;
