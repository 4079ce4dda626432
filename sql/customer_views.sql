-- The view customers can be written: the same code as the functions, row security around it.
\set ECHO none
SET client_min_messages = warning;
SELECT billing.install() IS NOT NULL AS installed;
\set ECHO all
-- The columns of the contract, in its order.
SELECT c.relname, string_agg(a.attname, ' ' ORDER BY a.attnum) AS columns FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.oid IN ('billing.customers'::regclass, 'billing.subscriptions'::regclass) GROUP BY c.relname ORDER BY c.relname;
-- What PostgREST follows to embed one in another.
SELECT conrelid::regclass::text COLLATE "C" AS of_table, confrelid::regclass::text COLLATE "C" AS to_table FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'billing_internal'::regnamespace AND conrelid::regclass::text ~ '\.(subscriptions|subscription_items|invoices|prices|product_features)$' AND confrelid::regclass::text !~ 'organizations$' ORDER BY 1, 2;

SELECT billing.create_organization('One') AS one \gset
SELECT billing.create_organization('Two') AS two \gset
SET ROLE billing_service;
SELECT billing.use_organization(:'two', true);
INSERT INTO billing.customers (email, external_id) VALUES ('hers@example.com', 'user-1');
SELECT billing.use_organization(:'one', true);
INSERT INTO billing.customers (email, name, external_id, metadata) VALUES ('Ada@example.com', 'Ada', 'user-1', '{"a": 1, "b": null}') RETURNING email, name, external_id, metadata, status, stripe_status, id IS NOT NULL AS made, organization_id = :'one' AS own, created_at = updated_at AS fresh;
-- Several at once, or none of them.
INSERT INTO billing.customers (email) VALUES ('b@example.com'), ('c@example.com');
INSERT INTO billing.customers (email) VALUES ('d@example.com'), ('not an address');
SELECT email FROM billing.customers ORDER BY email;
-- What is not the caller's to say.
INSERT INTO billing.customers (email, id, organization_id, status, stripe_customer_id, created_at) VALUES (NULL, '00000000-0000-7000-8000-000000000000', :'two', 'active', 'cus_1', now());
INSERT INTO billing.customers (email, external_id) VALUES ('e@example.com', 'user-1');
INSERT INTO billing.customers DEFAULT VALUES;

UPDATE billing.customers SET name = 'Ada Lovelace', metadata = '{"c": 2}' WHERE external_id = 'user-1' RETURNING email, name, metadata, updated_at > created_at AS later;
-- All of it sent back, with one change, is that change.
UPDATE billing.customers SET id = id, organization_id = organization_id, status = status, created_at = created_at, updated_at = updated_at, email = email, name = NULL WHERE external_id = 'user-1' RETURNING email, name, metadata;
UPDATE billing.customers SET status = 'archived', organization_id = :'two', stripe_customer_id = 'cus_1', email = 'x', metadata = '{"a": {}}' WHERE external_id = 'user-1';
UPDATE billing.customers SET external_id = NULL, metadata = NULL WHERE external_id = 'user-1' RETURNING email, external_id, metadata;
-- As it was read: no row, nothing changed.
SELECT updated_at AS seen FROM billing.customers WHERE email = 'b@example.com' \gset
UPDATE billing.customers SET name = 'B' WHERE email = 'b@example.com' AND updated_at = :'seen' RETURNING name;
UPDATE billing.customers SET name = 'C' WHERE email = 'b@example.com' AND updated_at = :'seen' RETURNING name;
-- Many at once.
UPDATE billing.customers SET name = 'All';
SELECT email, name FROM billing.customers ORDER BY email;

-- A statement that fails at its last row changed nothing, and no later one does what it had put off.
CREATE TEMPORARY TABLE last AS SELECT id FROM billing.customers ORDER BY id DESC LIMIT 1;
BEGIN;
SAVEPOINT before;
UPDATE billing.customers AS c SET name = CASE WHEN c.id = l.id THEN repeat('x', 257) ELSE 'Half' END FROM last AS l;
ROLLBACK TO before;
UPDATE billing.customers SET name = 'Whole' WHERE email = 'b@example.com' RETURNING name;
COMMIT;
SELECT email, name FROM billing.customers ORDER BY email;
-- RETURNING shows what will be, the statement itself what was.
WITH changed AS (UPDATE billing.customers SET name = 'Later' RETURNING email, name) SELECT count(*) AS changed, (SELECT count(*) FROM billing.customers WHERE name = 'Later') AS seen FROM changed;
SELECT count(*) AS now_seen FROM billing.customers WHERE name = 'Later';

-- DELETE archives, and shows the archived row.
DELETE FROM billing.customers WHERE email = 'b@example.com' RETURNING email, status, archived_at = updated_at AS dated;
DELETE FROM billing.customers WHERE email = 'b@example.com' RETURNING email, status;
WITH gone AS (DELETE FROM billing.customers RETURNING email, status, archived_at) SELECT email, status, archived_at IS NOT NULL AS dated FROM gone ORDER BY email;
SELECT email, status FROM billing.customers ORDER BY email;
-- Nothing reached the other organization.
UPDATE billing.customers SET name = 'Mine' WHERE organization_id = :'two' RETURNING email;
DELETE FROM billing.customers WHERE email = 'hers@example.com' RETURNING email;
SELECT billing.use_organization(:'two', true);
SELECT email, name, status FROM billing.customers;
-- The other views are for reading.
INSERT INTO billing.subscriptions (id) VALUES ('00000000-0000-7000-8000-000000000000');
UPDATE billing.products SET name = 'x';
RESET ROLE;
SET ROLE billing_api;
UPDATE billing.invoices SET status = 'paid';
RESET ROLE;

-- The triggers serve this view and no other.
CREATE VIEW customers AS SELECT 'x'::text AS id, 'y'::text AS email;
CREATE TRIGGER remove INSTEAD OF DELETE ON customers FOR EACH ROW EXECUTE FUNCTION billing.customers_delete();
DELETE FROM customers;
CREATE TABLE plain (id text);
CREATE TRIGGER add BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION billing.customers_insert();
INSERT INTO plain VALUES ('x');
CREATE TRIGGER change INSTEAD OF INSERT ON customers FOR EACH ROW EXECUTE FUNCTION billing.customers_update();
INSERT INTO customers VALUES ('a', 'b');
SELECT billing.customers_insert();
CREATE TRIGGER ending AFTER INSERT ON plain FOR EACH STATEMENT EXECUTE FUNCTION billing.customers_statement();
INSERT INTO plain SELECT 'y' WHERE false;
DROP TABLE plain;
DROP VIEW customers;
-- Asserted again by install(), like all else of the surface.
DROP TRIGGER archive_customer ON billing.customers;
SELECT billing.install() IS NOT NULL AS installed;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'billing.customers'::regclass ORDER BY tgname;
