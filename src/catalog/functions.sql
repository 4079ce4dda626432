CREATE FUNCTION billing.create_product(name text, metadata jsonb = '{}', stripe_product_id text = NULL) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_create_product'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.create_product(text, jsonb, text) IS 'Creates a product and returns its id; the same again gives the same row. stripe_product_id: the Stripe product that is or becomes this row; what Stripe says of it then counts. Another product under the same Stripe id is conflict.';

CREATE FUNCTION billing.create_feature(key text, name text, kind text) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_create_feature'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.create_feature(text, text, text) IS 'Creates a feature and returns its id. kind: boolean (has it or not), metered (counted against a quota) or static (carries a value). The same again gives the same row, something else under the same key is conflict.';

CREATE FUNCTION billing.list_products() RETURNS TABLE (
    id uuid,
    stripe_product_id text,
    name text,
    active boolean,
    metadata jsonb,
    created_at timestamptz,
    updated_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_list_products'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_products() IS 'The products of the organization, oldest first, without those deleted at Stripe. A product without a name stands in for one that has not arrived yet.';

CREATE FUNCTION billing.list_features() RETURNS TABLE (
    id uuid,
    key text,
    name text,
    kind text,
    created_at timestamptz
)
AS 'MODULE_PATHNAME', 'billing_list_features'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.list_features() IS 'The features of the organization by key.';

CREATE FUNCTION billing.find_product(stripe_product_id text) RETURNS uuid
AS 'MODULE_PATHNAME', 'billing_find_product'
LANGUAGE C STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.find_product(text) IS 'The product of a Stripe product id, NULL where there is none.';
