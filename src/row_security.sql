-- Row security, in one form for every table: what a view shows has the policy, which is one
-- equality, and any other table none. So a table that nobody but the owner reads says so twice.
-- A policy is asked where there is a row; who may not read at all is refused by the views, whose
-- first condition names no column and is asked before any table is looked at.
DO $row_security$
DECLARE
    protected record;
    old name;
BEGIN
    FOR protected IN
        SELECT
            c.oid,
            c.oid::regclass AS name,
            EXISTS (
                SELECT 1
                FROM pg_depend AS d
                JOIN pg_rewrite AS r ON r.oid = d.objid
                JOIN pg_class AS v ON v.oid = r.ev_class
                WHERE d.classid = 'pg_rewrite'::regclass
                    AND d.refclassid = 'pg_class'::regclass
                    AND d.refobjid = c.oid
                    AND v.relnamespace = 'billing'::regnamespace
            ) AS shown
        FROM pg_class AS c
        WHERE c.relnamespace = 'billing_internal'::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected.name);
        FOR old IN SELECT p.polname FROM pg_policy AS p WHERE p.polrelid = protected.oid LOOP
            EXECUTE format('DROP POLICY %I ON %s', old, protected.name);
        END LOOP;
        IF protected.shown THEN
            EXECUTE format(
                'CREATE POLICY organization ON %s USING (organization_id = (SELECT billing.current_organization()))',
                protected.name
            );
        END IF;
    END LOOP;
END
$row_security$;
