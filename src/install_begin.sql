
CREATE FUNCTION billing.install() RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
SET lock_timeout = 0
AS $install$
DECLARE
    -- All that install() asserts, as it stands in the catalogue: nothing of it takes a lock that a
    -- reader would wait for.
    catalogue CONSTANT text := $catalogue$
        WITH relations AS (
            SELECT c.*
            FROM pg_class AS c
            WHERE c.relnamespace IN ('billing'::regnamespace, 'billing_internal'::regnamespace) AND c.relkind IN ('r', 'p', 'v')
        ), facts (fact) AS (
            SELECT ROW('schema', n.oid, n.nspowner, n.nspacl)::text
            FROM pg_namespace AS n
            WHERE n.nspname IN ('billing', 'billing_internal')
            UNION ALL
            SELECT ROW('relation', r.oid, r.relname, r.relkind, r.relowner, r.relacl, r.relrowsecurity, r.relforcerowsecurity, r.reloptions)::text
            FROM relations AS r
            UNION ALL
            SELECT ROW('column', a.attrelid, a.attnum, a.attname, a.attacl, a.attcompression)::text
            FROM pg_attribute AS a
            JOIN relations AS r ON r.oid = a.attrelid
            WHERE a.attnum > 0
            UNION ALL
            SELECT ROW('policy', p.*)::text
            FROM pg_policy AS p
            JOIN relations AS r ON r.oid = p.polrelid
            UNION ALL
            SELECT ROW('rule', w.*)::text
            FROM pg_rewrite AS w
            JOIN relations AS r ON r.oid = w.ev_class
            UNION ALL
            SELECT ROW('trigger', t.*)::text
            FROM pg_trigger AS t
            JOIN relations AS r ON r.oid = t.tgrelid
            WHERE NOT t.tgisinternal
            UNION ALL
            SELECT ROW('comment', d.*)::text
            FROM pg_description AS d
            JOIN relations AS r ON r.oid = d.objoid
            WHERE d.classoid = 'pg_class'::regclass
            UNION ALL
            SELECT ROW('function', p.oid, p.proowner, p.proacl)::text
            FROM pg_proc AS p
            WHERE p.pronamespace = 'billing'::regnamespace
        )
        SELECT md5(string_agg(f.fact, ' ' ORDER BY f.fact COLLATE "C")) FROM facts AS f
    $catalogue$;
    patience CONSTANT interval := greatest(current_setting('deadlock_timeout')::interval / 2, '20 ms');
    statements CONSTANT text := '@statements@';
    installed integer;
    asserted text;
    wanted text;
    attempts integer := 0;
    busy text;
    until timestamptz;
    left_ms integer;
BEGIN
    IF to_regclass('billing_internal.schema_migrations') IS NULL THEN
        BEGIN
            CREATE TABLE billing_internal.schema_migrations (
                number integer PRIMARY KEY,
                part text NOT NULL,
                installed_at timestamptz NOT NULL,
                asserted text
            );
            COMMENT ON TABLE billing_internal.schema_migrations IS 'The changes of tables that install() has made. asserted: what the last install() asserted, and the catalogue as it left it.';
        EXCEPTION WHEN unique_violation OR duplicate_table THEN
            NULL; -- another install() has made it in this moment
        END;
    END IF;
    -- One install() at a time. Whoever reads the version does not wait for it.
    LOCK TABLE billing_internal.schema_migrations IN SHARE ROW EXCLUSIVE MODE;
    SELECT coalesce(max(m.number), 0) INTO installed FROM billing_internal.schema_migrations AS m;
    IF installed > @number@ THEN
        RAISE EXCEPTION 'the installed tables are newer than this version of pg_billing'
            USING ERRCODE = 'PT503', DETAIL = '{"code":"schema_outdated","errors":[]}', HINT = 'Install the newer pg_billing again.';
    END IF;
    SELECT m.asserted INTO asserted FROM billing_internal.schema_migrations AS m WHERE m.number = @number@;
    EXECUTE catalogue INTO wanted;
    IF asserted = statements || ' ' || wanted THEN
        RETURN '@number@'; -- all is as it was left
    END IF;

    -- Views, policies and grants need every table for a moment, and requests lock tables in any order:
    -- who waits for one with others in hand may wait in a circle. What begins a transaction of ours
    -- takes schema_migrations first, so that is waited for with nothing in hand; the others, which few
    -- hold by then, for less time in all than it takes until anybody looks for a deadlock. Where that
    -- does not do, all is let go, and the busy one is waited for alone, which also ends an autovacuum
    -- that is in the way.
    LOOP
        BEGIN
            PERFORM set_config('lock_timeout', (1000 * 2 ^ least(attempts, 8))::integer::text, true);
            busy := 'billing_internal.schema_migrations';
            LOCK TABLE billing_internal.schema_migrations IN ACCESS EXCLUSIVE MODE;
            until := clock_timestamp() + patience;
            FOR busy IN
                SELECT format('%I.%I', n.nspname, c.relname)
                FROM pg_class AS c
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('billing', 'billing_internal') AND c.relkind IN ('r', 'p', 'v')
                ORDER BY c.relkind DESC, c.oid
            LOOP
                left_ms := ceil(extract(epoch FROM until - clock_timestamp()) * 1000);
                IF left_ms <= 0 THEN
                    RAISE lock_not_available;
                END IF;
                PERFORM set_config('lock_timeout', left_ms::text, true);
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', busy);
            END LOOP;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            attempts := attempts + 1;
        END;
        IF attempts IN (2, 20, 200) THEN
            RAISE WARNING 'install() waits for %, which a transaction holds', busy;
        END IF;
        IF busy <> 'billing_internal.schema_migrations' THEN
            BEGIN
                PERFORM set_config('lock_timeout', (1000 * 2 ^ least(attempts, 8))::integer::text, true);
                EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', busy);
                RAISE lock_not_available; -- it is free: back to where nothing is held
            EXCEPTION WHEN lock_not_available THEN
                NULL;
            END;
        END IF;
    END LOOP;
    PERFORM set_config('lock_timeout', '0', true);

