-- Views show an organization its own rows and nobody else's.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('One') AS one \gset
SELECT billing.create_organization('Two') AS two \gset
SELECT billing.use_organization(:'one', true);
SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_1', 'ada', '2025-01-01 12:00Z'));
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-01-02 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-02 12:00Z', 120000, 'year', quantity => 2));
SELECT pg_temp.send('evt_3', 'invoice.paid', '2025-01-02 12:00Z', pg_temp.invoice('in_1', 'cus_1', 'paid', '2025-01-02 12:00Z', 240000, 240000, 240000));
SELECT pg_temp.send('evt_4', 'invoice.created', '2025-01-03 12:00Z', pg_temp.invoice('in_2', 'cus_1', 'draft', '2025-01-03 12:00Z', 100, 100, 100));
SELECT pg_temp.send('evt_5', 'invoice.deleted', '2025-01-04 12:00Z', pg_temp.invoice('in_2', 'cus_1', 'draft', '2025-01-03 12:00Z', 100, 100, 100));
SELECT * FROM billing.process_events();
SELECT billing.use_organization(:'two', true);
-- The same ids at another Stripe account.
SELECT pg_temp.send('evt_1', 'customer.created', '2025-02-01 12:00Z', pg_temp.customer('cus_1', 'bob', '2025-02-01 12:00Z'));
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-02-02 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'trialing', '2025-02-02 12:00Z', 700));
SELECT * FROM billing.process_events();

-- As a role that row security binds.
SET ROLE billing_service;
SELECT email, name, metadata, currency, status, stripe_status, stripe_error, created_at, archived_at FROM billing.customers;
SELECT billing.use_organization(:'one', true);
SELECT email, name, metadata, currency, status, stripe_status, stripe_error, created_at, archived_at FROM billing.customers;
-- Two seats of 120000 a year: 20000 a month.
SELECT stripe_subscription_id, status, currency, start_date, trial_end, current_period_start, current_period_end, ends_at, ended_at, mrr FROM billing.subscriptions;
SELECT i.stripe_item_id, i.quantity, i.current_period_end FROM billing.subscription_items AS i JOIN billing.subscriptions AS s ON s.id = i.subscription_id;
-- A deleted draft is gone.
SELECT i.stripe_invoice_id, i.status, i.total, i.amount_paid, i.paid_at FROM billing.invoices AS i JOIN billing.customers AS c ON c.id = i.customer_id;
SELECT count(DISTINCT organization_id) AS organizations, bool_and(organization_id = :'one') AS own FROM (
    SELECT organization_id FROM billing.customers UNION ALL SELECT organization_id FROM billing.subscriptions
    UNION ALL SELECT organization_id FROM billing.subscription_items UNION ALL SELECT organization_id FROM billing.invoices
) AS every_row;
-- No name of another organization helps.
SELECT count(*) FROM billing.customers WHERE organization_id = :'two';
SELECT billing.use_organization(:'two', true);
SELECT status, mrr FROM billing.subscriptions;
SELECT count(*) FROM billing.invoices;
-- Views are for reading; tables are for nobody.
UPDATE billing.subscriptions SET status = 'active';
DELETE FROM billing.invoices;
SELECT count(*) FROM billing_internal.customers;
RESET ROLE;

-- In a session that chose none there is an error, not an empty list; and the setting is for trusted back ends only.
\c -
SET ROLE billing_api;
SELECT count(*) FROM billing.customers;
SET billing.organization_id = :'two';
SELECT count(*) FROM billing.subscriptions;
SELECT * FROM billing.mrr();
SET ROLE billing_service;
SELECT count(*) FROM billing.subscriptions;
RESET ROLE;

-- Every view runs with the rights of its caller, what it shows has the one policy, every column has a comment.
SELECT c.relname, c.reloptions FROM pg_class AS c WHERE c.relnamespace = 'billing'::regnamespace AND c.relkind = 'v' AND c.relname IN ('customers', 'subscriptions', 'subscription_items', 'invoices') ORDER BY c.relname;
SELECT p.polrelid::regclass AS shown, p.polname, pg_get_expr(p.polqual, p.polrelid) AS using FROM pg_policy AS p ORDER BY p.polrelid::regclass::text COLLATE "C";
-- Row security is on for every table; whatever was done to it by hand, install() puts it back.
CREATE POLICY everything ON billing_internal.prices USING (true);
ALTER POLICY organization ON billing_internal.products USING (true);
CREATE POLICY everything ON billing_internal.api_keys USING (true);
ALTER TABLE billing_internal.customers DISABLE ROW LEVEL SECURITY;
SELECT billing.install() IS NOT NULL AS again;
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'billing_internal'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity;
SELECT count(*) AS policies, count(DISTINCT pg_get_expr(p.polqual, p.polrelid)) AS of_one_form FROM pg_policy AS p;
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'billing'::regnamespace AND c.relkind = 'v' AND c.relname IN ('customers', 'subscriptions', 'subscription_items', 'invoices') AND col_description(c.oid, a.attnum) IS NULL;
