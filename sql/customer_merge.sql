-- Two customers become one: every report is that of a customer who was one from the start.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
-- One company's life, told of two Stripe customers or of the same one twice.
CREATE FUNCTION pg_temp.tell(a text, b text) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-10 12:00Z', pg_temp.customer(a, 'ada', '2025-01-10 12:00Z'));
    SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-01-10 12:00Z', pg_temp.subscription('sub_a', a, 'active', '2025-01-10 12:00Z', 5000));
    SELECT pg_temp.send('evt_3', 'invoice.paid', '2025-01-10 12:00Z', pg_temp.invoice('in_a', a, 'paid', '2025-01-10 12:00Z', 5000, 5000, 5000));
    SELECT pg_temp.send('evt_4', 'customer.subscription.created', '2025-02-05 12:00Z', pg_temp.subscription('sub_b', b, 'active', '2025-02-05 12:00Z', 3000));
    SELECT pg_temp.send('evt_5', 'invoice.paid', '2025-02-05 12:00Z', pg_temp.invoice('in_b', b, 'paid', '2025-02-05 12:00Z', 3000, 3000, 3000, 'usd', '{"charge": "ch_b"}'));
    SELECT pg_temp.send('evt_6', 'refund.created', '2025-02-20 12:00Z', jsonb_build_object('id', 're_b', 'object', 'refund', 'amount', 1000, 'charge', 'ch_b', 'created', pg_temp.seconds('2025-02-20 12:00Z'), 'currency', 'usd', 'status', 'succeeded'));
    SELECT pg_temp.send('evt_7', 'customer.subscription.deleted', '2025-03-15 12:00Z', pg_temp.subscription('sub_a', a, 'canceled', '2025-01-10 12:00Z', 5000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-03-15 12:00Z'), 'canceled_at', pg_temp.seconds('2025-03-15 12:00Z'))));
$$;
CREATE FUNCTION pg_temp.reports() RETURNS TABLE (report text, line text)
LANGUAGE sql AS $$
    SELECT 'movements ' || g, r::text FROM unnest('{day,week,month,quarter,year}'::text[]) AS g, LATERAL billing.mrr_movements('2025-01-01', '2025-06-30', g) AS r
    UNION ALL SELECT 'churn ' || g, r::text FROM unnest('{day,week,month,quarter,year}'::text[]) AS g, LATERAL billing.churn_rate('2025-01-01', '2025-06-30', g) AS r
    UNION ALL SELECT 'revenue ' || g, r::text FROM unnest('{day,week,month,quarter,year}'::text[]) AS g, LATERAL billing.revenue_trend('2025-01-01', '2025-06-30', g) AS r
    UNION ALL SELECT 'growth', r::text FROM billing.subscription_growth('2025-01-01', '2025-06-30') AS r
    UNION ALL SELECT 'now', r::text FROM billing.mrr_at() AS r
    UNION ALL SELECT 'top', (t.currency, t.lifetime_revenue, t.mrr, t.subscriptions)::text FROM billing.top_customers() AS t
$$;
\set ECHO all
SELECT billing.create_organization('Twin') AS twin \gset
SELECT billing.create_organization('Merged') AS merged \gset
SELECT billing.use_organization(:'twin', true);
SELECT pg_temp.tell('cus_a', 'cus_a');
SELECT applied, failed FROM billing.process_events();
SELECT billing.use_organization(:'merged', true);
SELECT billing.create_product('Pro', stripe_product_id => 'prod_1') AS product \gset
SELECT billing.create_feature('calls', 'Calls', 'metered') IS NOT NULL AS made;
SELECT billing.attach_feature(:'product', 'calls', 100);
SELECT pg_temp.tell('cus_a', 'cus_b');
SELECT applied, failed FROM billing.process_events();
SELECT billing.find_customer('cus_a') AS keep, billing.find_customer('cus_b') AS drop \gset
SELECT external_id FROM billing.update_customer(:'drop', '{"external_id": "user-b"}');
SELECT allowed, used FROM billing.track_usage('cus_b', 'calls', 30);
-- Two customers: one new in each month, and a churn.
SELECT period_start, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31');
SELECT stripe_customer_id FROM billing.list_customers('paying');
SELECT stripe_customer_id FROM billing.list_customers('churned');

-- What cannot be merged.
SELECT * FROM billing.merge_customers(:'keep', :'keep');
SELECT * FROM billing.merge_customers(:'keep', '00000000-0000-7000-8000-000000000000');
SELECT * FROM billing.merge_customers('00000000-0000-7000-8000-000000000000', :'drop');
SELECT * FROM billing.merge_customers(NULL, :'drop');

SELECT clock_timestamp() AS before \gset
SELECT id = :'keep' AS kept, stripe_customer_id, external_id, status FROM billing.merge_customers(:'keep', :'drop');
-- One customer: an expansion and a contraction.
SELECT period_start, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31');
SELECT stripe_customer_id, total_count FROM billing.list_customers('paying');
SELECT count(*) FROM billing.list_customers('churned');
SELECT * FROM billing.verify_rollups();
SELECT count(*) AS lines FROM pg_temp.reports() \gset merged_
CREATE TEMP TABLE merged_reports AS SELECT * FROM pg_temp.reports();
SELECT billing.use_organization(:'twin', true);
SELECT :merged_lines > 200 AS many;
(SELECT * FROM merged_reports EXCEPT SELECT * FROM pg_temp.reports()) UNION ALL (SELECT * FROM pg_temp.reports() EXCEPT SELECT * FROM merged_reports);
SELECT billing.use_organization(:'merged', true);
-- What was known before is what was known: two customers.
SELECT period_start, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31', known_at => :'before');
-- Deriving everything anew changes nothing.
SELECT billing.rebuild_analytics();
(SELECT * FROM merged_reports EXCEPT SELECT * FROM pg_temp.reports()) UNION ALL (SELECT * FROM pg_temp.reports() EXCEPT SELECT * FROM merged_reports);

-- Both names are hers now, and so is what either has used.
SELECT billing.find_customer('cus_a') = :'keep' AS a, billing.find_customer('cus_b') = :'keep' AS b, billing.find_customer('user-b') = :'keep' AS by_external_id;
SELECT count(*) FROM jsonb_array_elements(billing.get_customer('cus_b') -> 'subscriptions');
SELECT d ->> 'status' AS status, d ->> 'archived_at' IS NOT NULL AS archived, d ->> 'merged_into' = :'keep' AS leads_to_keep FROM billing.get_customer(:'drop') AS d;
SELECT id = :'keep' AS kept, total_count FROM billing.list_customers('all');
SELECT count(*) FROM billing.list_customers('archived');
SELECT id = :'keep' AS kept FROM billing.customers WHERE organization_id = :'merged';
SELECT allowed, used FROM billing.track_usage('cus_a', 'calls', 20);
SELECT billing.check_access(:'drop', 'calls'), billing.check_access(:'drop'::text, 'calls') AS by_text;
-- Again: nothing more to do.
SELECT id = :'keep' AS kept FROM billing.merge_customers(:'keep', :'drop');
SELECT * FROM billing.merge_customers(:'drop', :'keep');
SELECT * FROM billing.update_customer(:'drop', '{"name": "x"}');

-- Later events of the one that went belong to the one that stayed.
SELECT pg_temp.send('evt_8', 'customer.subscription.updated', '2025-04-05 12:00Z', pg_temp.subscription('sub_b', 'cus_b', 'past_due', '2025-02-05 12:00Z', 4000));
SELECT pg_temp.send('evt_9', 'invoice.paid', '2025-04-05 12:00Z', pg_temp.invoice('in_c', 'cus_b', 'paid', '2025-04-05 12:00Z', 4000, 4000, 4000));
SELECT pg_temp.send('evt_10', 'customer.updated', '2025-04-05 12:00Z', pg_temp.customer('cus_b', 'bob', '2025-02-05 12:00Z'));
SELECT applied, failed FROM billing.process_events();
SELECT period_start, expansion_mrr, closing_mrr FROM billing.mrr_movements('2025-04-01', '2025-04-30');
SELECT email, lifetime_revenue, mrr, subscriptions FROM billing.top_customers();
SELECT email FROM billing.list_customers('past_due');
SELECT * FROM billing.verify_rollups();

-- An external id that came by a claim names who it became, and so does whoever comes with it later.
SELECT pg_temp.send('evt_11', 'customer.created', '2025-04-06 12:00Z', pg_temp.customer('cus_c', 'cleo', '2025-04-06 12:00Z') || '{"metadata": {"external_id": "user-c"}}');
SELECT pg_temp.send('evt_12', 'customer.created', '2025-04-07 12:00Z', pg_temp.customer('cus_d', 'dora', '2025-04-07 12:00Z') || '{"metadata": {"external_id": "user-d"}}');
SELECT applied, failed FROM billing.process_events();
SELECT external_id FROM billing.merge_customers(billing.find_customer('cus_c'), billing.find_customer('cus_d'));
SELECT pg_temp.send('evt_13', 'customer.created', '2025-04-08 12:00Z', pg_temp.customer('cus_e', 'eve', '2025-04-08 12:00Z') || '{"metadata": {"external_id": "user-d"}}');
SELECT applied, failed FROM billing.process_events();
SELECT reference, billing.get_customer(reference) ->> 'stripe_customer_id' AS stripe_id FROM unnest('{user-c,user-d,cus_d,cus_e}'::text[]) AS reference;

-- A local customer takes over one of Stripe's, and with it the id there; the customer before moves along.
SELECT id AS own FROM billing.create_customer('own@example.com', 'Own') \gset
SELECT email, name, stripe_customer_id, external_id, currency, stripe_status FROM billing.merge_customers(:'own', :'keep');
SELECT billing.find_customer('cus_a') = :'own' AS a, billing.find_customer('cus_b') = :'own' AS b, billing.find_customer('user-b') = :'own' AS by_external_id;
SELECT operation, status, payload - 'metadata' AS payload FROM billing_internal.outbox WHERE object_id IN (:'own', :'keep', :'drop');
SELECT * FROM billing.verify_rollups();
SELECT email, lifetime_revenue, mrr, subscriptions FROM billing.top_customers();
SELECT * FROM billing.merge_customers(:'keep', :'own');
-- Two local ones: nothing is left to be made of the one that went.
SELECT id AS spare FROM billing.create_customer('spare@example.com', external_id => 'spare') \gset
SELECT email, external_id FROM billing.merge_customers(:'own', :'spare');
SELECT count(*) FROM billing_internal.outbox WHERE object_id = :'spare';
SELECT billing.find_customer('spare') = :'own' AS named;
SELECT status FROM billing.archive_customer(:'own');
SELECT id AS after_all FROM billing.create_customer('after@example.com') \gset
SELECT * FROM billing.merge_customers(:'own', :'after_all');
-- Another organization has no part in it.
SELECT billing.use_organization(:'twin', true);
SELECT * FROM billing.merge_customers(billing.find_customer('cus_a'), :'after_all');
