-- enforce_quota(): a table of the application whose rows are units of a feature.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
\set SHOW_CONTEXT never
-- Messages alone: details name customers by ids that differ each time.
\set VERBOSITY terse
SELECT billing.create_organization('Projects') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('projects', 'metered'), ('sso', 'boolean')) AS f (key, kind);
SELECT billing.attach_feature(:'plan', 'projects', 3, 'never');
SELECT count(pg_temp.send('evt_' || n, 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_' || n, 'cus_' || n, 'active', '2025-01-31 10:00Z', 1000))) FROM generate_series(1, 2) AS n;
SELECT pg_temp.send('evt_3', 'customer.created', '2025-01-31 10:00Z', pg_temp.customer('cus_3', 'three', '2025-01-31 10:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_1') AS one, billing.find_customer('cus_2') AS two \gset
CREATE FUNCTION pg_temp.used() RETURNS TABLE (one bigint, two bigint)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT a.used, b.used FROM billing.get_usage('cus_1', 'projects') AS a, billing.get_usage('cus_2', 'projects') AS b;
END $$;
CREATE TABLE projects (name text, customer_id uuid);
CREATE TRIGGER quota AFTER INSERT OR DELETE OR UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id');

-- A row is a unit; a row of nobody is none.
INSERT INTO projects VALUES ('a', :'one'), ('b', :'one'), ('nobody''s', NULL);
SELECT * FROM pg_temp.used();
INSERT INTO projects VALUES ('c', :'one');
INSERT INTO projects VALUES ('d', :'one');
\echo :LAST_ERROR_SQLSTATE
-- A program reads code, customer and feature from the detail.
CREATE FUNCTION pg_temp.refusal(customer uuid) RETURNS TABLE (code text, detail text, hint text)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO projects VALUES ('d', customer);
EXCEPTION WHEN OTHERS THEN
    code := SQLSTATE;
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    detail := replace(detail, customer::text, '(the customer)');
    RETURN NEXT;
END $$;
\x on
SELECT * FROM pg_temp.refusal(:'one');
SELECT * FROM pg_temp.refusal(billing.find_customer('cus_3'));
\x off
-- A statement that goes beyond the quota does nothing at all.
INSERT INTO projects SELECT 'e', :'two' FROM generate_series(1, 4);
SELECT * FROM pg_temp.used();
-- What goes is given back, at once.
DELETE FROM projects WHERE name = 'c';
INSERT INTO projects VALUES ('c2', :'one');
SELECT * FROM pg_temp.used();

-- An update counts only where the customer changes.
UPDATE projects SET name = upper(name);
UPDATE projects SET customer_id = :'two' WHERE name IN ('A', 'B');
SELECT * FROM pg_temp.used();
UPDATE projects SET customer_id = :'one' WHERE name = 'NOBODY''S';
UPDATE projects SET customer_id = NULL WHERE name = 'A';
SELECT * FROM pg_temp.used();
UPDATE projects SET customer_id = :'one' WHERE customer_id IS DISTINCT FROM :'one';
SELECT * FROM pg_temp.used();

-- Whatever is rolled back was not counted.
BEGIN;
DELETE FROM projects;
SELECT * FROM pg_temp.used();
SAVEPOINT before;
INSERT INTO projects VALUES ('f', :'one');
ROLLBACK TO before;
SELECT * FROM pg_temp.used();
ROLLBACK;
SELECT * FROM pg_temp.used();

-- COPY counts as INSERT does.
DELETE FROM projects;
SELECT format('COPY projects FROM PROGRAM %L (DELIMITER '','')', format('for n in 1 2 3; do echo "p$n,%s"; done', :'two')) AS copy \gset
:copy;
SELECT * FROM pg_temp.used();
TRUNCATE projects;
SELECT * FROM pg_temp.used();
SELECT granted FROM billing.track_usage('cus_2', 'projects', -3);

-- Who has no access may not have rows, and who lost it may let them go.
INSERT INTO projects VALUES ('i', billing.find_customer('cus_3'));
\echo :LAST_ERROR_SQLSTATE
INSERT INTO projects VALUES ('i', '00000000-0000-0000-0000-000000000001');
INSERT INTO projects VALUES ('i', :'one');
SELECT billing.block_feature(:'one', 'projects') AS block \gset
INSERT INTO projects VALUES ('j', :'one');
DELETE FROM projects;
SELECT billing.revoke_grant(:'block');
SELECT * FROM pg_temp.used();

-- As text the column takes any reference; to name the customer otherwise is no change.
CREATE DOMAIN reference AS varchar(64);
CREATE TABLE notes (customer reference);
CREATE TRIGGER quota BEFORE INSERT OR DELETE OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer');
INSERT INTO notes VALUES ('cus_1'), (:'one');
SELECT * FROM pg_temp.used();
UPDATE notes SET customer = :'one';
SELECT * FROM pg_temp.used();
INSERT INTO notes VALUES ('cus_unknown');
INSERT INTO notes VALUES ('');
DELETE FROM notes;
SELECT * FROM pg_temp.used();

-- Of a feature that is not metered nothing is counted: the customer must have it.
CREATE TABLE logins (customer_id uuid);
CREATE TRIGGER quota AFTER INSERT OR DELETE ON logins FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('sso', 'customer_id');
INSERT INTO logins VALUES (:'one');
SELECT billing.attach_feature(:'plan', 'sso');
INSERT INTO logins VALUES (:'one'), (:'one'), (:'one'), (:'one');
SELECT billing.detach_feature(:'plan', 'sso');
DELETE FROM logins;

-- Partitions: a row that moves is one row still.
CREATE TABLE parts (customer_id uuid, part integer) PARTITION BY LIST (part);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part_2 (part integer, customer_id uuid);
ALTER TABLE parts ATTACH PARTITION part_2 FOR VALUES IN (2);
CREATE TRIGGER quota AFTER INSERT OR DELETE OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id');
INSERT INTO parts VALUES (:'one', 1), (:'one', 2);
SELECT * FROM pg_temp.used();
UPDATE parts SET part = 2;
SELECT * FROM pg_temp.used();
UPDATE parts SET part = 1, customer_id = :'two';
SELECT * FROM pg_temp.used();
DELETE FROM parts;
SELECT * FROM pg_temp.used();
DROP TRIGGER quota ON parts;
CREATE TRIGGER quota BEFORE INSERT OR DELETE OR UPDATE ON parts FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id');
INSERT INTO parts VALUES (:'one', 1);
UPDATE parts SET part = 2;
DELETE FROM parts;

-- A deferred constraint trigger counts at the end of the transaction.
CREATE TABLE late (customer_id uuid);
CREATE CONSTRAINT TRIGGER quota AFTER INSERT OR DELETE ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id');
BEGIN;
INSERT INTO late SELECT :'one' FROM generate_series(1, 4);
SELECT * FROM pg_temp.used();
COMMIT;
SELECT * FROM pg_temp.used();
INSERT INTO late SELECT :'one' FROM generate_series(1, 3);
SELECT * FROM pg_temp.used();
DELETE FROM late;

-- The table's writer need not know pg_billing, only work for an organization; another one's customers are unknown.
CREATE ROLE regress_writer;
GRANT INSERT ON projects TO regress_writer;
SET ROLE regress_writer;
INSERT INTO projects VALUES ('k', :'one');
SET billing.organization_id = '00000000-0000-0000-0000-000000000001';
INSERT INTO projects VALUES ('k', :'one');
RESET ROLE;
SELECT * FROM pg_temp.used();
SELECT billing.create_organization('Other') AS other \gset
SELECT billing.use_organization(:'other', true);
SELECT billing.create_feature('projects', 'Projects', 'metered') IS NOT NULL AS created;
INSERT INTO projects VALUES ('l', :'one');
SELECT billing.use_organization(:'organization', true);
RESET billing.organization_id;
REVOKE ALL ON projects FROM regress_writer;
DROP ROLE regress_writer;

-- A trigger that cannot work says so when it is first asked.
CREATE TABLE wrong (customer_id uuid, amount integer, twice uuid GENERATED ALWAYS AS (customer_id) STORED);
CREATE FUNCTION pg_temp.try(timing text, arguments text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE OR REPLACE TRIGGER quota %s EXECUTE FUNCTION billing.enforce_quota(%s)', timing, arguments);
    INSERT INTO wrong (customer_id) VALUES (billing.find_customer('cus_1'));
    TRUNCATE wrong;
    RETURN 'nothing';
EXCEPTION WHEN SQLSTATE 'PT400' THEN
    RETURN SQLERRM;
END $$;
SELECT t.timing, t.arguments, pg_temp.try(t.timing, t.arguments)
FROM (VALUES
    ('AFTER INSERT ON wrong FOR EACH ROW', ''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''projects'''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''projects'', ''customer_id'', ''more'''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''project'', ''customer_id'''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''projects'', ''customer'''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''projects'', ''ctid'''),
    ('AFTER INSERT ON wrong FOR EACH ROW', '''projects'', ''amount'''),
    ('BEFORE INSERT ON wrong FOR EACH ROW', '''projects'', ''twice'''),
    ('AFTER INSERT ON wrong FOR EACH STATEMENT', '''projects'', ''customer_id'''),
    ('BEFORE TRUNCATE ON wrong FOR EACH STATEMENT', '''projects'', ''customer_id''')
) AS t (timing, arguments);
-- Virtual generated columns, of PostgreSQL 18, have no value in the row; there, and there alone, such a trigger is refused.
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual \gset
SELECT CASE WHEN :'has_virtual' THEN 'VIRTUAL' ELSE 'STORED' END AS kind \gset
\set ECHO none
ALTER TABLE wrong ADD thrice uuid GENERATED ALWAYS AS (customer_id) :kind;
\set ECHO all
BEGIN;
SELECT pg_temp.try('AFTER INSERT ON wrong FOR EACH ROW', '''projects'', ''thrice''')
    = CASE WHEN :'has_virtual' THEN 'column must not be a virtual generated column' ELSE 'nothing' END AS as_it_should;
ROLLBACK;
CREATE VIEW wrong_view AS SELECT customer_id FROM wrong;
CREATE TRIGGER quota INSTEAD OF INSERT ON wrong_view FOR EACH ROW EXECUTE FUNCTION billing.enforce_quota('projects', 'customer_id');
INSERT INTO wrong_view VALUES (:'one');
SELECT billing.enforce_quota();
SELECT * FROM pg_temp.used();
DROP TABLE projects, notes, logins, parts, late, wrong CASCADE;
DROP DOMAIN reference;
