-- Stripe's texts are UTF-8, and are stored as they are.
DO $encoding$
BEGIN
    IF getdatabaseencoding() <> 'UTF8' THEN
        RAISE EXCEPTION 'pg_billing needs a database in UTF8, this one is in %', getdatabaseencoding()
            USING ERRCODE = 'feature_not_supported', HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
END
$encoding$;

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
    -- PostgREST's login: becomes the others, and has nothing by itself. It has no password: give it
    -- one, or let pg_hba.conf say who may be it.
    EXECUTE 'ALTER ROLE billing_authenticator LOGIN NOINHERIT';
    EXECUTE 'GRANT billing_api, billing_anon TO billing_authenticator';
END
$roles$;

-- How long a request may take, wait for a lock, and leave its transaction open. PostgREST applies
-- the settings of the role that a request runs as. What an operator has set stays.
DO $time_outs$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT t.*
        FROM (VALUES
            ('billing_authenticator', 'statement_timeout', '15s'),
            ('billing_authenticator', 'lock_timeout', '5s'),
            ('billing_authenticator', 'idle_in_transaction_session_timeout', '15s'),
            ('billing_api', 'statement_timeout', '10s'),
            ('billing_api', 'lock_timeout', '5s'),
            ('billing_anon', 'statement_timeout', '10s'),
            ('billing_anon', 'lock_timeout', '5s')
        ) AS t (role, setting, value)
        WHERE NOT EXISTS (
            SELECT 1
            FROM pg_catalog.pg_db_role_setting AS s, unnest(s.setconfig) AS c (entry)
            WHERE s.setrole = t.role::regrole AND s.setdatabase = 0 AND starts_with(c.entry, t.setting || '=')
        )
    LOOP
        EXECUTE format('ALTER ROLE %I SET %s = %L', wanted.role, wanted.setting, wanted.value);
    END LOOP;
END
$time_outs$;

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
