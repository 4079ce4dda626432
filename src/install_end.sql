    -- Tells every backend that what it remembers of the version may be old.
    ALTER TABLE billing_internal.schema_migrations ENABLE ROW LEVEL SECURITY;
    EXECUTE catalogue INTO wanted;
    UPDATE billing_internal.schema_migrations AS m SET asserted = statements || ' ' || wanted WHERE m.number = @number@;
    RETURN '@number@';
END
$install$;
COMMENT ON FUNCTION billing.install() IS 'Creates or migrates the tables and re-asserts views, policies and grants. Run it after CREATE EXTENSION, after ALTER EXTENSION UPDATE and after a restore; it is idempotent, and where nothing differs it locks no table. Returns the schema version. For superusers and members of billing_owner.';

CREATE FUNCTION billing.library_schema_version() RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS 'BEGIN RETURN @number@; END';
COMMENT ON FUNCTION billing.library_schema_version() IS 'The schema version that this version of the extension works with.';
