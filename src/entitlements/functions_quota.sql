CREATE FUNCTION billing.enforce_quota() RETURNS trigger
AS 'MODULE_PATHNAME', 'billing_enforce_quota'
LANGUAGE C VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION billing.enforce_quota() IS 'A trigger FOR EACH ROW of an application''s table: enforce_quota(feature_key, column), the column naming the customer: our uuid, or text that find_customer() knows. Each row is one unit: INSERT consumes it, DELETE gives it back, an UPDATE that changes the customer does both; of a feature that is not metered the customer must only have access. Rows whose column is NULL count for nobody. AFTER is right everywhere; BEFORE counts also what ON CONFLICT then leaves out. TRUNCATE gives nothing back. Errors: quota_exceeded, access_denied, validation_failed, organization_required.';
