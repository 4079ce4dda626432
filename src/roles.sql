-- Roles are cluster-wide: another database may have made them.
DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['billing_owner', 'billing_service', 'billing_api', 'billing_anon', 'billing_worker', 'billing_authenticator'] LOOP
        BEGIN
            IF to_regrole(wanted) IS NULL THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- created by another session in this moment
        END;
    END LOOP;
    -- The authenticator becomes the others, and has nothing by itself.
    EXECUTE 'ALTER ROLE billing_authenticator NOINHERIT';
    EXECUTE 'GRANT billing_api, billing_anon TO billing_authenticator';
END
$roles$;

-- The data outlives the extension: its schema is no member of it.
DO $schema$
BEGIN
    IF to_regnamespace('billing_internal') IS NULL THEN
        CREATE SCHEMA billing_internal AUTHORIZATION billing_owner;
        ALTER EXTENSION pg_billing DROP SCHEMA billing_internal;
    ELSE
        -- Restored from a dump, perhaps before the roles were there.
        ALTER SCHEMA billing_internal OWNER TO billing_owner;
    END IF;
END
$schema$;
COMMENT ON SCHEMA billing_internal IS 'Tables of pg_billing. They belong to you and stay when the extension is dropped.';
REVOKE ALL ON SCHEMA billing_internal FROM PUBLIC;
COMMENT ON SCHEMA billing IS 'pg_billing: subscriptions, revenue, feature access and usage. Choose an organization with billing.use_organization().';
REVOKE ALL ON SCHEMA billing FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA billing TO billing_owner;
GRANT USAGE ON SCHEMA billing TO billing_service, billing_api, billing_anon, billing_worker;
