-- Customers of our own making: what is accepted, what is refused, and what waits to be sent to Stripe.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('One') AS one \gset
SELECT billing.create_organization('Two') AS two \gset
SELECT billing.use_organization(:'one', true);

-- Created at once, without Stripe.
SELECT external_id, stripe_customer_id, email, name, metadata, currency, status, stripe_status, stripe_error, created_at = updated_at AS fresh, archived_at, organization_id = :'one' AS own
FROM billing.create_customer('Ada@Example.COM', 'Ada', 'user-1', '{"plan": "pro", "seats": 5, "beta": true}');
SELECT external_id, email, name, metadata FROM billing.create_customer('bob@example.com');
-- Rolled back, there is nothing to send either.
BEGIN;
SELECT email FROM billing.create_customer('never@example.com');
ROLLBACK;
SELECT count(*) FROM billing.customers WHERE email = 'never@example.com';
SELECT o.object, o.operation, o.payload - 'metadata' AS payload, (o.payload -> 'metadata') - 'pg_billing_customer_id' AS metadata, (o.payload #>> '{metadata,pg_billing_customer_id}')::uuid = o.object_id AS names_us, o.payload_hash = encode(sha256(convert_to(o.payload::text, 'UTF8')), 'hex') AS hashed, o.generation, o.status, o.attempts, o.next_attempt_at = o.created_at AS due, o.last_error
FROM billing_internal.outbox AS o WHERE o.organization_id = :'one' ORDER BY o.id;
SELECT outbox_pending FROM billing.stats();

-- Every field that is not acceptable is named, all at once.
SELECT * FROM billing.create_customer('not an address', '', E'a\tb', '{"a": [1], "external_id": "x", "b": {"c": 1}}');
SELECT * FROM billing.create_customer(NULL);
SELECT * FROM billing.create_customer(repeat('a', 65) || '@example.com');
SELECT * FROM billing.create_customer('a@example.com', repeat('n', 257));
SELECT length(name) FROM billing.create_customer('long@example.com', repeat('é', 256));
SELECT * FROM billing.create_customer('a@example.com', external_id => repeat('x', 256));
SELECT * FROM billing.create_customer('a@example.com', metadata => '[]');
SELECT * FROM billing.create_customer('a@example.com', metadata => jsonb_build_object(repeat('k', 41), 'v'));
SELECT * FROM billing.create_customer('a@example.com', metadata => jsonb_build_object('k', repeat('v', 501)));
SELECT * FROM billing.create_customer('a@example.com', metadata => '{"": "v", "a[b]": "v"}');
SELECT * FROM billing.create_customer('a@example.com', metadata => (SELECT jsonb_object_agg('k' || n, 'v') FROM generate_series(1, 49) AS n));
SELECT * FROM billing.create_customer('a@example.com', metadata => (SELECT jsonb_object_agg('k' || n, repeat('v', 500)) FROM generate_series(1, 40) AS n));
SELECT count(*) AS keys FROM billing.create_customer('full@example.com', metadata => (SELECT jsonb_object_agg('k' || n, n) FROM generate_series(1, 48) AS n)) AS c, jsonb_object_keys(c.metadata);
-- An external id is one customer's, in its organization.
SELECT * FROM billing.create_customer('other@example.com', external_id => 'user-1');
SELECT billing.use_organization(:'two', true);
SELECT email FROM billing.create_customer('other@example.com', external_id => 'user-1');
SELECT billing.use_organization(:'one', true);

-- Again and again: one row, and nothing to send where nothing changed.
SELECT email, name, metadata FROM billing.ensure_customer('user-2', 'Cy@example.com', 'Cy');
SELECT updated_at AS last_change FROM billing.customers WHERE external_id = 'user-2' \gset
SELECT email, name, metadata, updated_at = :'last_change' AS unchanged FROM billing.ensure_customer('user-2', 'cy@EXAMPLE.com', 'Cy');
SELECT email, name, metadata, updated_at = :'last_change' AS unchanged FROM billing.ensure_customer('user-2');
SELECT email, name, metadata, updated_at > :'last_change' AS later FROM billing.ensure_customer('user-2', metadata => '{"a": "1", "b": "2"}');
SELECT email, name, metadata FROM billing.ensure_customer('user-2', name => 'Cyrus', metadata => '{"a": null, "c": 3}');
SELECT * FROM billing.ensure_customer(NULL);
SELECT o.operation, o.generation, o.payload - 'metadata' AS payload, (o.payload -> 'metadata') - 'pg_billing_customer_id' AS metadata, o.payload_hash = encode(sha256(convert_to(o.payload::text, 'UTF8')), 'hex') AS hashed
FROM billing_internal.outbox AS o JOIN billing.customers AS c ON c.id = o.object_id WHERE c.external_id = 'user-2';

-- A merge patch: what is not named stays, null takes away.
SELECT billing.find_customer('user-1') AS ada, billing.get_customer('user-1') ->> 'updated_at' AS seen \gset
SELECT email, name, external_id, metadata FROM billing.update_customer(:'ada', '{"name": "Ada Lovelace", "metadata": {"plan": null, "seats": 6, "new": "x"}}');
SELECT name FROM billing.update_customer(:'ada', '{"name": null}', :'seen');
SELECT billing.get_customer('user-1') ->> 'updated_at' AS seen \gset
SELECT name, external_id FROM billing.update_customer(:'ada', '{"name": null, "external_id": "user-0"}', :'seen');
SELECT metadata FROM billing.update_customer(:'ada', '{"metadata": null}');
SELECT * FROM billing.update_customer(:'ada', '{"nickname": "x", "email": 5, "metadata": "x", "status": "archived"}');
SELECT * FROM billing.update_customer(:'ada', '{"external_id": "user-2"}');
SELECT * FROM billing.update_customer(:'ada', '["name"]');
SELECT * FROM billing.update_customer(:'ada', NULL);
SELECT * FROM billing.update_customer(NULL, '{}');
SELECT * FROM billing.update_customer('00000000-0000-7000-8000-000000000000', '{}');
SELECT * FROM billing.update_customer(:'ada', '{"name": "x"}', 'infinity');
-- Not from another organization.
SELECT billing.use_organization(:'two', true);
SELECT * FROM billing.update_customer(:'ada', '{"name": "x"}');
SELECT * FROM billing.archive_customer(:'ada');
SELECT * FROM billing.get_customer(:'ada');
SELECT * FROM billing.list_customers(after => :'ada');
SELECT billing.use_organization(:'one', true);

-- Two changes in one transaction are two changes to whoever reads before writing.
BEGIN;
SELECT updated_at AS first_change FROM billing.update_customer(:'ada', '{"name": "A"}') \gset
SELECT updated_at > :'first_change' AS later FROM billing.update_customer(:'ada', '{"name": "B"}');
COMMIT;

-- A payload that was tried stays as it was: the next change is a row of its own, and a third one joins that.
UPDATE billing_internal.outbox SET status = 'trying', attempts = 1 WHERE object_id = :'ada';
SELECT name FROM billing.update_customer(:'ada', '{"name": "C"}');
SELECT name FROM billing.update_customer(:'ada', '{"email": "c@example.com", "metadata": {"k": "v"}}');
SELECT name FROM billing.update_customer(:'ada', '{"external_id": null, "metadata": {"k": null}}');
SELECT operation, status, generation, payload - 'metadata' AS payload, (payload -> 'metadata') - 'pg_billing_customer_id' AS metadata FROM billing_internal.outbox WHERE object_id = :'ada' ORDER BY id;
-- Where making it was given up, the next change asks for all of it again.
DELETE FROM billing_internal.outbox WHERE object_id = :'ada' AND status = 'pending';
UPDATE billing_internal.outbox SET status = 'failed' WHERE object_id = :'ada';
SELECT name FROM billing.update_customer(:'ada', '{"name": "D", "external_id": "user-1"}');
SELECT operation, status, payload - 'metadata' AS payload, (payload -> 'metadata') - 'pg_billing_customer_id' AS metadata FROM billing_internal.outbox WHERE object_id = :'ada' ORDER BY id;

-- One document.
SELECT billing.get_customer('user-1') - '{id,organization_id,created_at,updated_at}'::text[];
SELECT billing.get_customer(:'ada') = billing.get_customer('user-1') AS same;
SELECT billing.get_customer('nobody');

-- Archived: access ends at once, also for a default, and again changes nothing.
SELECT billing.create_feature('export', 'Export', 'boolean') IS NOT NULL AS made;
SELECT billing.attach_feature(NULL, 'export');
SELECT billing.check_access('user-1', 'export');
SELECT status, archived_at IS NOT NULL AS dated FROM billing.archive_customer(:'ada');
SELECT billing.check_access('user-1', 'export');
SELECT reason FROM billing.explain_access('user-1', 'export');
SELECT billing.get_customer('user-1') ->> 'archived_at' AS archived \gset
SELECT status, archived_at = :'archived' AS as_before FROM billing.archive_customer(:'ada');
SELECT name, status FROM billing.ensure_customer('user-1', name => 'E');
SELECT * FROM billing.archive_customer('00000000-0000-7000-8000-000000000000');

-- Lists: newest first, in pages by offset or behind the last one seen.
SELECT billing.create_organization('Three') AS three \gset
SELECT billing.use_organization(:'three', true);
SELECT count(billing.create_customer('c' || n || '@example.com', external_id => n::text)) FROM generate_series(1, 5) AS n;
-- All in one transaction: ties by id, which is the order of making.
SELECT external_id, email, total_count FROM billing.list_customers();
SELECT external_id, total_count FROM billing.list_customers(page_size => 2, page_offset => 2);
SELECT id AS third FROM billing.customers WHERE external_id = '3' \gset
SELECT external_id, total_count FROM billing.list_customers(page_size => 1, after => :'third');
SELECT count(*) FROM billing.archive_customer(:'third');
SELECT external_id, total_count FROM billing.list_customers();
SELECT external_id, total_count FROM billing.list_customers('archived');
SELECT external_id, total_count FROM billing.list_customers('all', page_size => 1);
SELECT external_id FROM billing.list_customers(after => :'third');
SELECT external_id, total_count FROM billing.list_customers(email => 'C2@example.com');
SELECT external_id, total_count FROM billing.list_customers(email => 'c3@example.com');
SELECT count(*) FROM billing.list_customers(created_from => now() + interval '1 hour');
SELECT count(*), min(total_count) FROM billing.list_customers(created_to => now() + interval '1 hour', created_from => now() - interval '1 hour');
SELECT * FROM billing.list_customers('living', page_size => 501, page_offset => -1);
SELECT * FROM billing.list_customers(page_size => 0);
SELECT * FROM billing.list_customers(NULL);
SELECT * FROM billing.list_customers(page_offset => 1, after => :'third');
SELECT * FROM billing.list_customers(after => '00000000-0000-7000-8000-000000000000');
-- One whose creation is not known yet stands first, and pages pass through it.
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-01 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-01 12:00Z', 1000));
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-01-01 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'trialing', '2025-01-01 12:00Z', 1000));
SELECT applied, failed FROM billing.process_events();
SELECT count(*) AS stubs FROM billing.list_customers(page_size => 2) WHERE created_at IS NULL;
SELECT id AS first, created_at IS NULL AS stub FROM billing.list_customers(page_size => 1) \gset
SELECT coalesce(external_id, 'stub') AS who FROM billing.list_customers(page_size => 3, after => :'first');
-- Who pays, tries, is past due or churned, newest first; a customer takes its place when its creation becomes known.
SELECT pg_temp.send('evt_3', 'customer.created', '2025-01-03 12:00Z', pg_temp.customer('cus_3', 'three', '2025-01-03 12:00Z'));
SELECT pg_temp.send('evt_4', 'customer.subscription.created', '2025-01-03 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'active', '2025-01-03 12:00Z', 1000));
SELECT applied, failed FROM billing.process_events();
SELECT stripe_customer_id, created_at, total_count FROM billing.list_customers('paying');
SELECT stripe_customer_id FROM billing.list_customers('paying', after => billing.find_customer('cus_1'));
SELECT stripe_customer_id FROM billing.list_customers('paying', created_from => '2025-01-01');
SELECT pg_temp.send('evt_5', 'customer.created', '2025-01-01 12:00Z', pg_temp.customer('cus_1', 'one', '2025-01-01 12:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT stripe_customer_id, created_at, total_count FROM billing.list_customers('paying');
SELECT stripe_customer_id FROM billing.list_customers('paying', after => billing.find_customer('cus_3'));
SELECT stripe_customer_id FROM billing.list_customers('paying', email => 'one@example.com', created_to => '2025-01-02');
SELECT stripe_customer_id, total_count FROM billing.list_customers('trialing');
SELECT * FROM billing.list_customers('churned');
-- The trial ends unpaid, one payment fails, one subscription ends; one is archived and pays on.
SELECT pg_temp.send('evt_6', 'customer.subscription.updated', '2025-02-01 12:00Z', pg_temp.subscription('sub_2', 'cus_2', 'paused', '2025-01-01 12:00Z', 1000));
SELECT pg_temp.send('evt_7', 'customer.subscription.updated', '2025-02-01 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'past_due', '2025-01-01 12:00Z', 1000));
SELECT pg_temp.send('evt_8', 'customer.subscription.deleted', '2025-02-01 12:00Z', pg_temp.subscription('sub_3', 'cus_3', 'canceled', '2025-01-03 12:00Z', 1000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-02-01 12:00Z'))));
SELECT applied, failed FROM billing.process_events();
SELECT status FROM billing.archive_customer(billing.find_customer('cus_1'));
SELECT s.standing, c.stripe_customer_id, c.status, c.total_count FROM unnest('{paying,trialing,past_due,churned}'::text[]) AS s (standing), LATERAL billing.list_customers(s.standing) AS c;
SELECT * FROM billing.verify_rollups();
SELECT billing.rebuild_analytics();
SELECT s.standing, c.stripe_customer_id FROM unnest('{paying,trialing,past_due,churned}'::text[]) AS s (standing), LATERAL billing.list_customers(s.standing) AS c;
