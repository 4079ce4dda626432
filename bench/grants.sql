-- Fills one organization with customers of one plan each, by set-based inserts: the rows that the
-- engine would have left. psql variables: organization, count. The first customer's access is
-- resolved by the engine itself, and that of the others is its copy.
SET session_replication_role = replica;
SET synchronous_commit = off;

SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS product \gset
SELECT billing.create_feature('api', 'Calls', 'metered');

CREATE TEMPORARY TABLE new_customers AS
SELECT
    n,
    ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid AS customer_id,
    ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS subscription_id,
    ('00000000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid AS grant_id,
    timestamptz '2025-01-01Z' AS started_at
FROM generate_series(1, :count) AS n;

INSERT INTO billing_internal.customers (organization_id, id, stripe_customer_id, email, created_at, updated_at)
SELECT :'organization', customer_id, 'cus_' || n, n || '@example.com', started_at, started_at
FROM new_customers;

INSERT INTO billing_internal.subscriptions (organization_id, id, customer_id, stripe_subscription_id, status, currency, start_date, billing_anchor, created_at, updated_at)
SELECT :'organization', subscription_id, customer_id, 'sub_' || n, 'active', 'usd', started_at, started_at, started_at, started_at
FROM new_customers;

-- The engine resolves the first one, when the plan is given its feature.
INSERT INTO billing_internal.feature_grants (organization_id, id, customer_id, subscription_id, product_id, quantity, starts_at, opened_by)
SELECT :'organization', grant_id, customer_id, subscription_id, :'product', 1, started_at, 'evt_' || n
FROM new_customers
WHERE n = 1;
SELECT billing.attach_feature(:'product', 'api', 1000000000, 'month');

INSERT INTO billing_internal.feature_grants (organization_id, id, customer_id, subscription_id, product_id, quantity, starts_at, opened_by)
SELECT :'organization', grant_id, customer_id, subscription_id, :'product', 1, started_at, 'evt_' || n
FROM new_customers
WHERE n > 1;

SELECT string_agg(quote_ident(attname), ', ') AS others
FROM pg_attribute
WHERE attrelid = 'billing_internal.access'::regclass
    AND attnum > 0
    AND NOT attisdropped
    AND attname NOT IN ('organization_id', 'customer_id') \gset
INSERT INTO billing_internal.access (organization_id, customer_id, :others)
SELECT organization_id, n.other_id, :others
FROM billing_internal.access
CROSS JOIN (SELECT customer_id AS other_id FROM new_customers WHERE n > 1) AS n
WHERE organization_id = :'organization';
