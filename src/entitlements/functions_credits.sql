CREATE FUNCTION billing.set_credit_cost(credit_key text, feature_key text, cost numeric) RETURNS void
AS 'MODULE_PATHNAME', 'billing_set_credit_cost'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.set_credit_cost(text, text, numeric) IS 'Lets one metered feature pay for another: a unit of the feature burns cost units of the credit (above 0, at most 6 decimals); cost NULL ends that. Who has the credit has the feature. The feature''s own balances are taken first, where they suffice for the whole quantity; else the credits pay for all of it, in whole units, what is paid too much being kept for the next time. A feature has one credit, and a credit is not paid itself. Errors: validation_failed, not_found, conflict.';
