-- A customer of ours and a customer at Stripe turn out to be one, whoever was there first.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.named(id text, name text, at timestamptz, metadata jsonb) RETURNS jsonb
LANGUAGE sql AS $$ SELECT pg_temp.customer(id, name, at) || jsonb_build_object('metadata', metadata) $$;
CREATE FUNCTION pg_temp.session(id text, customer text, at timestamptz, more jsonb) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object('id', id, 'object', 'checkout.session', 'created', pg_temp.seconds(at), 'customer', customer, 'mode', 'subscription', 'status', 'complete', 'payment_status', 'paid', 'livemode', false, 'metadata', '{}'::jsonb) || more
$$;
-- The customer of a reference without what differs from run to run.
CREATE FUNCTION pg_temp.told(reference text) RETURNS TABLE (stripe text, external text, email text, name text, metadata jsonb, currency text, status text, stripe_status text, subscriptions text)
LANGUAGE sql AS $$
    SELECT c ->> 'stripe_customer_id', c ->> 'external_id', c ->> 'email', c ->> 'name', c -> 'metadata', c ->> 'currency', c ->> 'status', c ->> 'stripe_status', (SELECT string_agg(s ->> 'stripe_subscription_id', ' ' ORDER BY s ->> 'stripe_subscription_id') FROM jsonb_array_elements(c -> 'subscriptions') AS s)
    FROM billing.get_customer(reference) AS c
$$;
\set ECHO all
SELECT billing.create_organization('Links') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- Our own echo: what was sent comes back. Nothing is sent again, and a number stays a number.
SELECT id AS echo FROM billing.create_customer('echo@example.com', 'Echo', 'user-echo', '{"seats": 5}') \gset
UPDATE billing_internal.outbox SET status = 'sent' WHERE object_id = :'echo';
SELECT pg_temp.send('evt_echo', 'customer.created', now() + interval '1 minute', pg_temp.named('cus_echo', 'echo', now() + interval '1 minute', jsonb_build_object('seats', '5', 'external_id', 'user-echo', 'pg_billing_customer_id', :'echo')) || '{"name": "Echo", "currency": "eur"}');
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('user-echo');
SELECT billing.find_customer('cus_echo') = :'echo' AS one;
SELECT count(*) FROM billing_internal.outbox WHERE object_id = :'echo' AND status <> 'sent';

-- Stripe's later change counts; an older snapshot that comes late does not, nor one from before a change made here.
SELECT pg_temp.send('evt_echo_3', 'customer.updated', now() + interval '3 minutes', pg_temp.named('cus_echo', 'third', now(), '{"seats": "7"}'));
SELECT pg_temp.send('evt_echo_2', 'customer.updated', now() + interval '2 minutes', pg_temp.named('cus_echo', 'second', now(), '{}'));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('user-echo');
SELECT name FROM billing.update_customer(:'echo', '{"name": "Here"}');
UPDATE billing_internal.customers SET changed_here_at = now() + interval '1 hour' WHERE id = :'echo';
SELECT pg_temp.send('evt_echo_4', 'customer.updated', now() + interval '30 minutes', pg_temp.named('cus_echo', 'fourth', now(), '{}') || '{"currency": "usd"}');
SELECT applied, failed FROM billing.process_events();
-- The name stays, what only Stripe knows does not.
SELECT * FROM pg_temp.told('user-echo');
SELECT operation, status, payload - 'metadata' AS payload FROM billing_internal.outbox WHERE object_id = :'echo' ORDER BY id;

-- Made at Stripe by somebody who knows our external id, before our own was sent: what waited to be made waits to be changed.
SELECT id AS early FROM billing.create_customer('early@example.com', 'Early', 'user-early', '{"plan": "pro"}') \gset
SELECT pg_temp.send('evt_early', 'customer.created', now() + interval '1 minute', pg_temp.named('cus_early', 'checkout', now(), '{"external_id": "user-early"}') || '{"currency": "usd"}');
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('user-early');
SELECT billing.find_customer('cus_early') = :'early' AS one;
SELECT operation, status, payload - 'metadata' AS payload FROM billing_internal.outbox WHERE object_id = :'early';

-- Its subscription and invoice came first, under a customer of Stripe's alone, who used something meanwhile.
SELECT id AS late FROM billing.create_customer('late@example.com', 'Late', 'user-late') \gset
SELECT billing.create_product('Pro', stripe_product_id => 'prod_1') AS product \gset
SELECT billing.create_feature('calls', 'Calls', 'metered') IS NOT NULL AS made;
SELECT billing.attach_feature(:'product', 'calls', 100);
SELECT pg_temp.send('evt_late_1', 'customer.subscription.created', '2025-03-01 12:00Z', pg_temp.subscription('sub_late', 'cus_late', 'active', '2025-03-01 12:00Z', 5000));
SELECT pg_temp.send('evt_late_2', 'invoice.paid', '2025-03-01 12:00Z', pg_temp.invoice('in_late', 'cus_late', 'paid', '2025-03-01 12:00Z', 5000, 5000, 5000));
SELECT applied, failed FROM billing.process_events();
SELECT allowed, used FROM billing.track_usage('user-late', 'calls', 3);
SELECT allowed, used FROM billing.track_usage('cus_late', 'calls', 3, 'request-1');
SELECT pg_temp.send('evt_late_3', 'checkout.session.completed', '2025-03-01 12:01Z', pg_temp.session('cs_1', 'cus_late', '2025-03-01 12:00Z', '{"client_reference_id": "user-late"}'));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('cus_late');
SELECT billing.find_customer('cus_late') = :'late' AS one;
SELECT allowed, used FROM billing.track_usage('user-late', 'calls', 4);
SELECT allowed, used FROM billing.track_usage('user-late', 'calls', 3, 'request-1');
SELECT c.email, t.lifetime_revenue, t.mrr, t.subscriptions FROM billing.top_customers() AS t JOIN billing.customers AS c ON c.id = t.customer_id;
SELECT * FROM billing.verify_rollups();
-- The customer's own event, last of all: older than what was said here, so the texts stay.
SELECT pg_temp.send('evt_late_4', 'customer.created', '2025-03-01 12:00Z', pg_temp.customer('cus_late', 'stripe', '2025-03-01 12:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('cus_late');

-- The same in one batch, in the order of Stripe's clock.
SELECT id AS batch FROM billing.create_customer('batch@example.com', 'Batch', 'user-batch') \gset
SELECT pg_temp.send('evt_batch_1', 'customer.created', '2025-03-01 12:00Z', pg_temp.customer('cus_batch', 'stripe', '2025-03-01 12:00Z'));
SELECT pg_temp.send('evt_batch_2', 'customer.subscription.created', '2025-03-01 12:00Z', pg_temp.subscription('sub_batch', 'cus_batch', 'active', '2025-03-01 12:00Z', 5000));
SELECT pg_temp.send('evt_batch_3', 'checkout.session.completed', '2025-03-01 12:01Z', pg_temp.session('cs_2', 'cus_batch', '2025-03-01 12:00Z', jsonb_build_object('client_reference_id', :'batch')));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('cus_batch');
SELECT billing.find_customer('cus_batch') = :'batch' AS one;
-- What stood in for them until they were named is nobody in the lists.
SELECT email, status, total_count FROM billing.list_customers('all');
SELECT count(*) FROM billing.list_customers('archived');
SELECT email, status FROM billing.customers WHERE organization_id = :'organization' ORDER BY email;

-- A second Stripe customer that names the same one of ours is the same one, with its own id at Stripe.
SELECT pg_temp.send('evt_second_1', 'customer.subscription.created', '2025-04-01 12:00Z', pg_temp.subscription('sub_second', 'cus_second', 'trialing', '2025-04-01 12:00Z', 700));
SELECT pg_temp.send('evt_second_2', 'customer.created', '2025-04-01 12:00Z', pg_temp.named('cus_second', 'other', '2025-04-01 12:00Z', jsonb_build_object('pg_billing_customer_id', :'late')));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('cus_second');
SELECT pg_temp.send('evt_second_3', 'customer.subscription.updated', '2025-04-08 12:00Z', pg_temp.subscription('sub_second', 'cus_second', 'active', '2025-04-01 12:00Z', 700));
SELECT pg_temp.send('evt_second_4', 'customer.subscription.created', '2025-04-09 12:00Z', pg_temp.subscription('sub_second_b', 'cus_second', 'active', '2025-04-09 12:00Z', 300));
SELECT applied, failed FROM billing.process_events();
SELECT subscriptions FROM pg_temp.told('user-late');
SELECT currency, mrr, customers, subscriptions FROM billing.mrr_at();
SELECT * FROM billing.verify_rollups();
-- Deleted there, only what it paid for ends.
SELECT pg_temp.send('evt_second_5', 'customer.deleted', '2025-04-20 12:00Z', pg_temp.customer('cus_second', 'other', '2025-04-01 12:00Z') || '{"deleted": true}');
SELECT applied, failed FROM billing.process_events();
SELECT status FROM pg_temp.told('user-late');
SELECT currency, mrr, customers, subscriptions FROM billing.mrr_at();
SELECT * FROM billing.verify_rollups();

-- Archived is who has no Stripe customer left, whichever of them came first; another one brings them back, but not who was archived here.
SELECT id AS many FROM billing.create_customer('many@example.com', 'Many', 'user-many') \gset
SELECT pg_temp.send('evt_many_' || n, 'customer.created', at, pg_temp.named('cus_many_' || n, 'many', at, '{"external_id": "user-many"}')) FROM (VALUES (1, '2025-04-21 12:00Z'::timestamptz), (2, '2025-04-21 13:00Z')) AS v (n, at);
SELECT applied, failed FROM billing.process_events();
SELECT pg_temp.send('evt_many_gone_1', 'customer.deleted', '2025-04-22 12:00Z', pg_temp.customer('cus_many_1', 'many', '2025-04-21 12:00Z') || '{"deleted": true}');
SELECT applied, failed FROM billing.process_events();
SELECT stripe_customer_id, status FROM billing.customers WHERE id = :'many';
SELECT pg_temp.send('evt_many_gone_2', 'customer.deleted', '2025-04-23 12:00Z', pg_temp.customer('cus_many_2', 'many', '2025-04-21 13:00Z') || '{"deleted": true}');
SELECT applied, failed FROM billing.process_events();
SELECT status, archived_at FROM billing.customers WHERE id = :'many';
SELECT pg_temp.send('evt_many_3', 'customer.created', '2025-04-24 12:00Z', pg_temp.named('cus_many_3', 'many', '2025-04-24 12:00Z', '{"external_id": "user-many"}'));
SELECT applied, failed FROM billing.process_events();
SELECT status, archived_at FROM billing.customers WHERE id = :'many';
SELECT status FROM billing.archive_customer(:'many');
SELECT pg_temp.send('evt_many_4', 'customer.created', '2025-04-24 13:00Z', pg_temp.named('cus_many_4', 'many', '2025-04-24 13:00Z', '{"external_id": "user-many"}'));
SELECT applied, failed FROM billing.process_events();
SELECT status FROM billing.customers WHERE id = :'many';

-- Two that name each other, told of in one batch: the first becomes the second, and that one stays itself.
SELECT pg_temp.send('evt_pair_1', 'customer.created', '2025-04-25 12:00Z', pg_temp.customer('cus_this', 'this', '2025-04-25 12:00Z'));
SELECT pg_temp.send('evt_pair_2', 'customer.created', '2025-04-25 12:00Z', pg_temp.customer('cus_that', 'that', '2025-04-25 12:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_this') AS this, billing.find_customer('cus_that') AS that \gset
SELECT pg_temp.send('evt_pair_3', 'customer.updated', '2025-04-26 12:00Z', pg_temp.named('cus_this', 'this', '2025-04-25 12:00Z', jsonb_build_object('pg_billing_customer_id', :'that')));
SELECT pg_temp.send('evt_pair_4', 'customer.updated', '2025-04-26 12:00Z', pg_temp.named('cus_that', 'that', '2025-04-25 12:00Z', jsonb_build_object('pg_billing_customer_id', :'this')));
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_this') = :'that' AS this_is_that, billing.find_customer('cus_that') = :'that' AS that_is_that, d ->> 'status' AS status, d ->> 'merged_into' AS merged_into FROM billing.get_customer('cus_that') AS d;

-- An e-mail address names nobody, nor does a reference of another organization or of no one.
SELECT pg_temp.send('evt_mail', 'customer.created', '2025-05-01 12:00Z', pg_temp.customer('cus_mail', 'late', '2025-05-01 12:00Z'));
SELECT pg_temp.send('evt_none', 'customer.created', '2025-05-01 12:00Z', pg_temp.named('cus_none', 'none', '2025-05-01 12:00Z', '{"pg_billing_customer_id": "not a uuid", "external_id": "nobody"}'));
SELECT billing.create_organization('Other') AS other \gset
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_mail') <> :'late' AS another;
SELECT * FROM pg_temp.told('cus_none');
SELECT billing.use_organization(:'other', true);
SELECT pg_temp.send('evt_1', 'customer.created', '2025-05-01 12:00Z', pg_temp.named('cus_foreign', 'foreign', '2025-05-01 12:00Z', jsonb_build_object('pg_billing_customer_id', :'late', 'external_id', 'user-late')));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.told('cus_foreign');
SELECT billing.use_organization(:'organization', true);

-- An external id that Stripe's metadata gave is taken; ensure_customer() finds who has it, and from then on it is given here.
SELECT * FROM billing.create_customer('new@example.com', external_id => 'nobody');
SELECT stripe_customer_id, stripe_status FROM billing.ensure_customer('nobody', name => 'Somebody');
SELECT name, external_id FROM billing.update_customer(billing.find_customer('cus_none'), '{"external_id": "somebody"}');
SELECT billing.find_customer('nobody');
SELECT payload - 'metadata' AS payload, (payload -> 'metadata') - 'pg_billing_customer_id' AS metadata, operation FROM billing_internal.outbox WHERE object_id = billing.find_customer('somebody');
