
-- Definer functions belong to the owner of the data, never to a superuser; nothing is for PUBLIC.
DO $privileges$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT p.oid::regprocedure AS signature, p.prosecdef AS definer
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'billing'::regnamespace
            AND EXISTS (
                SELECT 1
                FROM pg_catalog.pg_depend AS d
                JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
                WHERE d.classid = 'pg_catalog.pg_proc'::regclass
                    AND d.objid = p.oid
                    AND d.refclassid = 'pg_catalog.pg_extension'::regclass
                    AND d.deptype = 'e'
                    AND e.extname = 'pg_billing'
            )
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', member.signature);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO billing_owner, billing_service', member.signature);
        IF member.definer THEN
            EXECUTE format('ALTER FUNCTION %s OWNER TO billing_owner', member.signature);
        END IF;
    END LOOP;
END
$privileges$;
REVOKE EXECUTE ON FUNCTION billing.install() FROM billing_service;
-- None is a definer function, so the owner of the data cannot grant them. Every policy calls the
-- first; PostgREST calls the second as whichever role the request begins with.
GRANT EXECUTE ON FUNCTION billing.current_organization() TO billing_api, billing_anon, billing_worker;
GRANT EXECUTE ON FUNCTION billing.pre_request() TO billing_api, billing_anon;
GRANT EXECUTE ON FUNCTION
    billing.check_access(uuid, text, bigint),
    billing.check_access(text, text, bigint),
    billing.track_usage(uuid, text, bigint, text),
    billing.track_usage(text, text, bigint, text)
TO billing_api;
