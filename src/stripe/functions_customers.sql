CREATE FUNCTION billing.archive_customer(
    customer_id uuid,
    OUT id uuid,
    OUT organization_id uuid,
    OUT external_id text,
    OUT stripe_customer_id text,
    OUT email text,
    OUT name text,
    OUT metadata jsonb,
    OUT currency text,
    OUT status text,
    OUT stripe_status text,
    OUT stripe_error text,
    OUT created_at timestamptz,
    OUT updated_at timestamptz,
    OUT archived_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_archive_customer'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.archive_customer(uuid) IS 'Archives a customer and gives its row: its access ends at once, its history stays, and nothing is deleted at Stripe, so MRR runs on until Stripe ends it. The same again changes nothing. Error not_found.';

CREATE FUNCTION billing.merge_customers(
    keep uuid,
    drop_id uuid,
    OUT id uuid,
    OUT organization_id uuid,
    OUT external_id text,
    OUT stripe_customer_id text,
    OUT email text,
    OUT name text,
    OUT metadata jsonb,
    OUT currency text,
    OUT status text,
    OUT stripe_status text,
    OUT stripe_error text,
    OUT created_at timestamptz,
    OUT updated_at timestamptz,
    OUT archived_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_merge_customers'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.merge_customers(uuid, uuid) IS 'Makes two customers one and gives the row of keep: subscriptions, ledger, invoices, revenue, grants and usage of drop_id become its own, drop_id is archived, and the Stripe and external ids of both name keep from now on, also in later events. Reports are those of a customer who was one from the start. It cannot be undone. Errors: not_found; conflict where either was merged into another, or keep is archived.';

CREATE FUNCTION billing.customers_delete() RETURNS trigger
AS 'MODULE_PATHNAME', 'billing_customers_delete'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.customers_delete() IS 'What DELETE from the view customers does: archive_customer(); RETURNING shows the archived row.';
