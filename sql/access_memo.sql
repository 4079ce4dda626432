-- What check_access remembers in one statement, and what it must not.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
SET client_min_messages = notice;
\set ECHO all
SELECT billing.create_organization('Memo') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, 'metered')) FROM (VALUES ('calls'), ('seats'), ('loop'), ('same'), ('held'), ('undone'), ('again'), ('many')) AS f (key);
SELECT count(*) FROM (VALUES ('calls', 10), ('loop', 10), ('same', 3), ('held', 5), ('undone', 1), ('again', 1), ('many', 1)) AS f (key, quota) CROSS JOIN LATERAL billing.attach_feature(:'plan', key, quota, 'never');
SELECT pg_temp.send('evt_' || n, 'customer.subscription.created', '2025-01-02 12:00Z', pg_temp.subscription('sub_' || n, 'cus_' || n, 'active', '2025-01-02 12:00Z', 1000)) FROM generate_series(1, 3) AS n;
SELECT * FROM billing.process_events();
SELECT billing.find_customer('cus_1') AS customer \gset
CREATE TEMP TABLE rows AS
SELECT n, billing.find_customer('cus_' || 1 + n % 3) AS customer_id, 'cus_' || 1 + n % 3 AS reference
FROM generate_series(1, 3000) AS n;
CREATE FUNCTION pg_temp.look_ups() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT pg_stat_get_xact_numscans('billing_internal.access_probe'::regclass) $$;

-- Three customers in three thousand rows: each is looked up once, and the first two calls again.
SELECT count(*) FILTER (WHERE billing.check_access(customer_id, 'calls')) AS with_calls, count(*) FILTER (WHERE billing.check_access(customer_id, 'seats')) AS with_seats FROM rows;
BEGIN;
SELECT pg_temp.look_ups() AS before \gset
SELECT count(*) FROM rows WHERE billing.check_access(customer_id, 'calls');
SELECT pg_temp.look_ups() - :before BETWEEN 3 AND 5 AS once_each;
SELECT pg_temp.look_ups() AS before \gset
SELECT count(*) FROM rows WHERE billing.check_access(reference, 'calls');
SELECT pg_temp.look_ups() - :before BETWEEN 3 AND 5 AS once_each;
ROLLBACK;
-- By quantity, by feature, and NULL is nobody.
SELECT n, billing.check_access(:'customer'::uuid, CASE WHEN n % 2 = 0 THEN 'calls' ELSE 'same' END, n) AS allowed FROM (VALUES (3), (4), (3), (4), (10), (11), (10), (11)) AS v (n);
SELECT billing.check_access(customer_id, 'calls') FROM (VALUES (:'customer'::uuid), (NULL), (:'customer'), (NULL)) AS v (customer_id);
-- In a policy.
CREATE TABLE public.documents (customer_id uuid NOT NULL, n integer NOT NULL);
INSERT INTO public.documents SELECT customer_id, n FROM rows;
INSERT INTO public.documents SELECT '00000000-0000-0000-0000-000000000001', n FROM generate_series(1, 1000) AS n;
ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY customers ON public.documents USING (billing.check_access(customer_id, 'calls'));
GRANT SELECT ON public.documents TO billing_service;
SET ROLE billing_service;
SELECT count(*) FROM public.documents;
RESET ROLE;

-- Each statement of a loop sees what the one before it did: ten are granted.
DO $$
DECLARE
    customer uuid := billing.find_customer('cus_1');
    granted integer := 0;
BEGIN
    WHILE billing.check_access(customer, 'loop') AND granted < 20 LOOP
        PERFORM billing.track_usage(customer, 'loop');
        granted := granted + 1;
    END LOOP;
    RAISE NOTICE 'granted %', granted;
END $$;

-- One statement has one snapshot, whatever it does meanwhile; what it calls may look anew.
CREATE FUNCTION pg_temp.consume_and_check(customer uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM billing.track_usage(customer, 'same');
    RETURN billing.check_access(customer, 'same');
END $$;
SELECT n, pg_temp.consume_and_check(:'customer') AS anew, billing.check_access(:'customer'::uuid, 'same') AS at_the_start FROM generate_series(1, 4) AS n;
SELECT billing.check_access(:'customer'::uuid, 'same') AS afterwards FROM generate_series(1, 2);

-- A cursor stays with its snapshot; the next one has a new one.
BEGIN;
DECLARE held CURSOR FOR SELECT n, billing.check_access(:'customer'::uuid, 'held') AS allowed FROM generate_series(1, 6) AS n;
FETCH 3 FROM held;
SELECT granted FROM billing.track_usage(:'customer'::uuid, 'held', 5);
FETCH 3 FROM held;
CLOSE held;
SELECT n, billing.check_access(:'customer'::uuid, 'held') AS allowed FROM generate_series(1, 3) AS n;
COMMIT;

-- What is undone is seen as undone, at the same place: odd rounds consume the only one, and it is undone.
DO $$
DECLARE
    customer uuid := billing.find_customer('cus_1');
    seen text := '';
BEGIN
    FOR round IN 1..6 LOOP
        BEGIN
            IF round % 2 = 1 THEN
                PERFORM billing.track_usage(customer, 'undone');
            END IF;
            FOR again IN 1..3 LOOP
                seen := seen || left(billing.check_access(customer, 'undone')::text, 1);
            END LOOP;
            RAISE EXCEPTION 'undo';
        EXCEPTION WHEN raise_exception THEN
            seen := seen || '/';
        END;
        seen := seen || left(billing.check_access(customer, 'undone')::text, 1) || ' ';
    END LOOP;
    RAISE NOTICE '%', seen;
END $$;
-- And inside one statement, under its one snapshot: nothing that was done there counts.
CREATE FUNCTION pg_temp.consume_and_undo(customer uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM billing.track_usage(customer, 'undone');
    RAISE EXCEPTION 'undo';
EXCEPTION WHEN raise_exception THEN
    RETURN true;
END $$;
SELECT n, billing.check_access(:'customer'::uuid, 'undone') AS before, pg_temp.consume_and_undo(:'customer') AS undone, billing.check_access(:'customer'::uuid, 'undone') AS after FROM generate_series(1, 3) AS n;

-- A savepoint of the caller.
BEGIN;
SAVEPOINT before;
SELECT granted FROM billing.track_usage(:'customer'::uuid, 'again');
SELECT billing.check_access(:'customer'::uuid, 'again') FROM generate_series(1, 3);
ROLLBACK TO before;
SELECT billing.check_access(:'customer'::uuid, 'again') FROM generate_series(1, 3);
COMMIT;

-- A prepared statement, and one with a generic plan.
SET plan_cache_mode = force_generic_plan;
PREPARE check_all (uuid) AS SELECT bool_or(billing.check_access($1, 'again')) AS any, bool_and(billing.check_access($1, 'again')) AS every FROM generate_series(1, 3);
EXECUTE check_all (:'customer');
SELECT granted FROM billing.track_usage(:'customer'::uuid, 'again');
EXECUTE check_all (:'customer');
SELECT granted FROM billing.track_usage(:'customer'::uuid, 'again', -1);
EXECUTE check_all (:'customer');
RESET plan_cache_mode;

-- Another organization in between: its answers are its own.
SELECT billing.create_organization('Other') AS other \gset
CREATE FUNCTION pg_temp.alternate(organization uuid, customer uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM billing.use_organization(organization);
    RETURN billing.check_access(customer, 'calls');
END $$;
SELECT n, pg_temp.alternate(CASE WHEN n % 2 = 1 THEN :'organization'::uuid ELSE :'other'::uuid END, :'customer') AS allowed FROM generate_series(1, 6) AS n;
SELECT n, billing.check_access(:'customer'::uuid, 'calls') AS allowed FROM generate_series(1, 3) AS n;

-- Parallel workers answer the same, and so they do after a change.
CREATE TABLE public.many_rows AS SELECT customer_id, n FROM rows;
ALTER TABLE public.many_rows SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM public.many_rows WHERE billing.check_access(customer_id, 'many');
SELECT count(*) FROM public.many_rows WHERE billing.check_access(customer_id, 'many');
BEGIN;
SELECT granted FROM billing.track_usage(:'customer'::uuid, 'many');
SELECT count(*) FROM public.many_rows WHERE billing.check_access(customer_id, 'many');
ROLLBACK;
SELECT count(*) FROM public.many_rows WHERE billing.check_access(customer_id, 'many');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE public.documents, public.many_rows;

-- Credits that pay are looked up beside the feature, and no grant is read: 4 of its own, or half a credit each of 10.
SELECT count(billing.create_feature(key, key, 'metered')) FROM (VALUES ('credits'), ('chat')) AS f (key);
SELECT count(*) FROM (VALUES ('credits', 10), ('chat', 4)) AS f (key, quota) CROSS JOIN LATERAL billing.attach_feature(:'plan', key, quota, 'never');
SELECT billing.set_credit_cost('credits', 'chat', 0.5);
BEGIN;
SELECT pg_stat_get_xact_numscans('billing_internal.feature_grants_open'::regclass) AS before \gset
SELECT n, billing.check_access(:'customer'::uuid, 'chat', n) AS allowed FROM (VALUES (4), (5), (20), (21)) AS v (n);
SELECT pg_stat_get_xact_numscans('billing_internal.feature_grants_open'::regclass) = :before AS no_grant_was_read;
ROLLBACK;
SELECT n, allowed, reason FROM (VALUES (4), (5), (20), (21)) AS v (n) CROSS JOIN LATERAL billing.explain_access('cus_1', 'chat', quantity => n);
-- 2.5 credits are 3, of which half a one stays paid: 7.5 pay for 15.
SELECT allowed, reason, granted FROM billing.track_usage('cus_1', 'chat', 5);
SELECT n, billing.check_access(:'customer'::uuid, 'chat', n) AS allowed FROM (VALUES (4), (15), (16)) AS v (n);
SELECT n, allowed, reason FROM (VALUES (4), (15), (16)) AS v (n) CROSS JOIN LATERAL billing.explain_access('cus_1', 'chat', quantity => n);

-- The caller stays who he is, also after an error in the middle, and meets none of his own functions.
CREATE ROLE memo_caller IN ROLE billing_service;
CREATE SCHEMA memo_planted AUTHORIZATION memo_caller;
CREATE FUNCTION memo_planted.equals(uuid, uuid) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'planted, as %', current_user; RETURN true; END $$;
CREATE OPERATOR memo_planted.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = memo_planted.equals);
SET ROLE memo_caller;
SET search_path = memo_planted, pg_catalog;
SELECT billing.check_access('00000000-0000-0000-0000-000000000002'::uuid, 'calls') AS nobody, billing.check_access('cus_1', 'calls') AS by_text, current_user, current_setting('search_path') AS search_path;
DO $$
BEGIN
    PERFORM billing.check_access('cus_1', 'calls', -1);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '% as % with %', SQLERRM, current_user, current_setting('search_path');
END $$;
RESET ROLE;
-- An error while it is the owner.
BEGIN;
ALTER TABLE billing_internal.feature_grants RENAME TO elsewhere;
SET LOCAL ROLE memo_caller;
DO $$
BEGIN
    PERFORM billing.check_access('00000000-0000-0000-0000-000000000002'::uuid, 'calls');
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE '% as % with %', SQLERRM, current_user, current_setting('search_path');
END $$;
ROLLBACK;
RESET search_path;
DROP SCHEMA memo_planted CASCADE;
DROP ROLE memo_caller;
