CREATE FUNCTION billing.create_customer(
    email text,
    name text = NULL,
    external_id text = NULL,
    metadata jsonb = '{}',
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
AS 'MODULE_PATHNAME', 'billing_create_customer'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.create_customer(text, text, text, jsonb) IS 'Creates a customer and gives its row; Stripe hears of it later (stripe_status pending). email: an address of at most 254 bytes; name: 1 to 256 characters; external_id: your own id, 1 to 255 characters, unique in the organization; metadata: an object of at most 48 keys of 40 characters with strings of 500, numbers or truths, 16384 bytes in all. Errors: validation_failed naming every field, conflict where the external_id is taken.';

CREATE FUNCTION billing.ensure_customer(
    external_id text,
    email text = NULL,
    name text = NULL,
    metadata jsonb = NULL,
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
AS 'MODULE_PATHNAME', 'billing_ensure_customer'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.ensure_customer(text, text, text, jsonb) IS 'Creates the customer of an external_id, or changes what is given of it, and gives its row; the same again changes nothing. NULL: stays as it is. metadata is merged key by key. An archived customer stays archived. Errors: validation_failed.';

CREATE FUNCTION billing.get_customer(customer text) RETURNS jsonb
AS 'MODULE_PATHNAME', 'billing_get_customer'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.get_customer(text) IS 'A customer as one document: the columns of customers, merged_into, and subscriptions (newest first), each with its items and its MRR now. customer: uuid, Stripe id or external_id. Error not_found.';

CREATE FUNCTION billing.list_customers(
    status text = 'active',
    email text = NULL,
    created_from timestamptz = NULL,
    created_to timestamptz = NULL,
    page_size integer = 50,
    page_offset integer = 0,
    after uuid = NULL
) RETURNS TABLE (
    id uuid,
    organization_id uuid,
    external_id text,
    stripe_customer_id text,
    email text,
    name text,
    metadata jsonb,
    currency text,
    status text,
    stripe_status text,
    stripe_error text,
    created_at timestamptz,
    updated_at timestamptz,
    archived_at timestamptz,
    total_count bigint
)
AS 'MODULE_PATHNAME', 'billing_list_customers'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_customers(text, text, timestamptz, timestamptz, integer, integer, uuid) IS 'Customers, newest first, ties by id. status: active (not archived), archived, all, paying (MRR above 0), trialing, past_due (has such a subscription) or churned (paid once, and not now); the last four count archived ones too; one that was merged is listed as the one that it became. email: exactly this one, without case. created_from inclusive, created_to exclusive. page_size 1 to 500. after: the id of the last customer of the page before, which is as fast on page 10,000; total_count is NULL then, and else the number of all that fit. Error validation_failed.';

CREATE FUNCTION billing.update_customer(
    customer_id uuid,
    patch jsonb,
    expected_updated_at timestamptz = NULL,
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
AS 'MODULE_PATHNAME', 'billing_update_customer'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.update_customer(uuid, jsonb, timestamptz) IS 'Changes a customer by a JSON merge patch over email, name, external_id and metadata (null takes a value or a key away) and gives its row. expected_updated_at: the updated_at that you read; another one by now is conflict. Errors: validation_failed naming every field, also an unknown key; not_found; conflict, also for a customer that was merged into another one.';
