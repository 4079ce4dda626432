CREATE FUNCTION billing.customers_insert() RETURNS trigger
AS 'MODULE_PATHNAME', 'billing_customers_insert'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.customers_insert() IS 'What INSERT into the view customers does: create_customer().';

CREATE FUNCTION billing.customers_update() RETURNS trigger
AS 'MODULE_PATHNAME', 'billing_customers_update'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.customers_update() IS 'What UPDATE of the view customers does: update_customer(), with metadata replaced as a whole.';

CREATE FUNCTION billing.customers_statement() RETURNS trigger
AS 'MODULE_PATHNAME', 'billing_customers_statement'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.customers_statement() IS 'What an UPDATE or DELETE of the view customers does at its end: all of its rows, locked in the order of their ids.';
