-- Money that came in and went out, each at its own date, and who brought most.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Revenue', 'America/New_York') AS organization \gset
SELECT billing.use_organization(:'organization', true);

SELECT pg_temp.send('evt_c1', 'customer.created', '2025-05-01 12:00Z', pg_temp.customer('cus_1', 'ada', '2025-05-01 12:00Z'));
SELECT pg_temp.send('evt_c2', 'customer.created', '2025-05-02 12:00Z', pg_temp.customer('cus_2', 'bob', '2025-05-02 12:00Z'));
SELECT pg_temp.send('evt_s1', 'customer.subscription.created', '2025-05-30 12:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-05-30 12:00Z', 8000));
-- 12000 on May 30; and a total of 12000 with 2000 of tax, 4800 of it from the balance: 7200 * 10000 / 12000 = 6000, on May 31 in New York.
SELECT pg_temp.send('evt_i1', 'invoice.paid', '2025-05-30 12:00Z', pg_temp.invoice('in_1', 'cus_1', 'paid', '2025-05-30 12:00Z', 12000, 12000, 12000));
SELECT pg_temp.send('evt_i2', 'invoice.paid', '2025-06-01 03:00Z', pg_temp.invoice('in_2', 'cus_1', 'paid', '2025-06-01 03:00Z', 12000, 10000, 7200));
-- Not paid, or nothing to pay: no revenue.
SELECT pg_temp.send('evt_i3', 'invoice.finalized', '2025-06-02 12:00Z', pg_temp.invoice('in_3', 'cus_1', 'open', '2025-06-02 12:00Z', 9900, 9900, 9900));
SELECT pg_temp.send('evt_i0', 'invoice.paid', '2025-06-02 12:00Z', pg_temp.invoice('in_0', 'cus_3', 'paid', '2025-06-02 12:00Z', 0, 0, 0));
-- eur 9000 on Jun 10, of which 5000 are withdrawn on Jun 12 and come back on Jul 2.
SELECT pg_temp.send('evt_i4', 'invoice.paid', '2025-06-10 12:00Z', pg_temp.invoice('in_4', 'cus_2', 'paid', '2025-06-10 12:00Z', 9000, 9000, 9000, 'eur'));
SELECT pg_temp.send('evt_p4', 'invoice_payment.paid', '2025-06-10 12:00Z', '{"id": "inpay_4", "object": "invoice_payment", "amount_paid": 9000, "currency": "eur", "invoice": "in_4", "payment": {"type": "payment_intent", "payment_intent": "pi_4"}, "status": "paid"}');
SELECT pg_temp.send('evt_d1', 'charge.dispute.funds_withdrawn', '2025-06-12 12:00Z', jsonb_build_object('id', 'du_1', 'object', 'dispute', 'amount', 5000, 'charge', 'ch_4', 'created', pg_temp.seconds('2025-06-11 12:00Z'), 'currency', 'eur', 'payment_intent', 'pi_4', 'status', 'needs_response'));
SELECT pg_temp.send('evt_d2', 'charge.dispute.funds_reinstated', '2025-07-02 12:00Z', jsonb_build_object('id', 'du_1', 'object', 'dispute', 'amount', 5000, 'charge', 'ch_4', 'created', pg_temp.seconds('2025-06-11 12:00Z'), 'currency', 'eur', 'payment_intent', 'pi_4', 'status', 'won'));
-- 5000 on Jun 20, and a credit note of 1000 paid out of band on Jun 25.
SELECT pg_temp.send('evt_i5', 'invoice.paid', '2025-06-20 12:00Z', pg_temp.invoice('in_5', 'cus_2', 'paid', '2025-06-20 12:00Z', 5000, 5000, 5000));
SELECT pg_temp.send('evt_n1', 'credit_note.created', '2025-06-25 12:00Z', jsonb_build_object('id', 'cn_1', 'object', 'credit_note', 'amount', 1000, 'created', pg_temp.seconds('2025-06-25 12:00Z'), 'currency', 'usd', 'customer', 'cus_2', 'customer_balance_transaction', NULL, 'invoice', 'in_5', 'out_of_band_amount', 1000, 'post_payment_amount', 1000, 'pre_payment_amount', 0, 'refunds', '[]'::jsonb, 'status', 'issued', 'total', 1000, 'total_excluding_tax', 1000, 'type', 'post_payment'));
-- Two who paid the same.
SELECT pg_temp.send('evt_i6', 'invoice.paid', '2025-06-21 12:00Z', pg_temp.invoice('in_6', 'cus_6', 'paid', '2025-06-21 12:00Z', 700, 700, 700, 'jpy'));
SELECT pg_temp.send('evt_i7', 'invoice.paid', '2025-06-21 12:00Z', pg_temp.invoice('in_7', 'cus_7', 'paid', '2025-06-21 12:00Z', 700, 700, 700, 'jpy'));
-- Refunds, before anything says which invoice they belong to: 3000 on Jun 2, 1200 on Jun 3, and one that fails.
SELECT pg_temp.send('evt_r1', 'refund.created', '2025-06-02 12:00Z', jsonb_build_object('id', 're_1', 'object', 'refund', 'amount', 3000, 'charge', 'ch_1', 'created', pg_temp.seconds('2025-06-02 12:00Z'), 'currency', 'usd', 'payment_intent', 'pi_1', 'status', 'succeeded'));
SELECT pg_temp.send('evt_r2', 'refund.created', '2025-06-03 12:00Z', jsonb_build_object('id', 're_2', 'object', 'refund', 'amount', 1200, 'charge', 'ch_2', 'created', pg_temp.seconds('2025-06-03 12:00Z'), 'currency', 'usd', 'payment_intent', 'pi_2', 'status', 'succeeded'));
SELECT pg_temp.send('evt_r3', 'refund.created', '2025-06-04 12:00Z', jsonb_build_object('id', 're_3', 'object', 'refund', 'amount', 100, 'charge', 'ch_2', 'created', pg_temp.seconds('2025-06-04 12:00Z'), 'currency', 'usd', 'payment_intent', 'pi_2', 'status', 'pending'));
SELECT pg_temp.send('evt_r4', 'refund.failed', '2025-06-05 12:00Z', jsonb_build_object('id', 're_3', 'object', 'refund', 'amount', 100, 'charge', 'ch_2', 'created', pg_temp.seconds('2025-06-04 12:00Z'), 'currency', 'usd', 'payment_intent', 'pi_2', 'status', 'failed'));
SELECT * FROM billing.process_events();

-- Unlinked they count whole: June refunds 3000 + 1200, net 5000 - 4200 - 1000 = -200.
SELECT period_start, gross_revenue, refunds, credit_notes, net_revenue FROM billing.revenue_trend('2025-06-01', '2025-06-30', currency => 'usd');
-- And nobody's: cus_1 has brought 18000, cus_2 4000.
SELECT name, lifetime_revenue FROM billing.top_customers(currency => 'usd');

-- Once linked, the second is freed of tax: 1200 * 10000 / 12000 = 1000, so June is -200 + 200 = 0.
SELECT pg_temp.send('evt_p1', 'invoice_payment.paid', '2025-05-30 12:00Z', '{"id": "inpay_1", "object": "invoice_payment", "amount_paid": 12000, "currency": "usd", "invoice": "in_1", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}, "status": "paid"}');
SELECT pg_temp.send('evt_p2', 'invoice_payment.paid', '2025-06-01 03:00Z', '{"id": "inpay_2", "object": "invoice_payment", "amount_paid": 7200, "currency": "usd", "invoice": "in_2", "payment": {"type": "payment_intent", "payment_intent": "pi_2"}, "status": "paid"}');
SELECT * FROM billing.process_events();
SELECT * FROM billing.revenue_trend('2025-05-01', '2025-07-31');
-- Two days of May, a week, the year.
SELECT period_start, gross_revenue, invoices_paid FROM billing.revenue_trend('2025-05-30', '2025-06-01', 'day', 'USD');
SELECT period_start, gross_revenue, refunds, net_revenue FROM billing.revenue_trend('2025-06-01', '2025-06-02', 'week', 'usd');
SELECT currency, gross_revenue, refunds, disputes, credit_notes, net_revenue, invoices_paid FROM billing.revenue_trend('2025-12-31', '2025-12-31', 'year');
SELECT count(*), count(*) FILTER (WHERE is_partial), sum(gross_revenue) FROM billing.revenue_trend(currency => 'gbp');

-- usd: cus_1 18000 - 3000 - 1000 = 14000; cus_2 5000 - 1000 = 4000. eur: cus_2 9000 - 5000 + 5000. cus_3 never paid. Equal ones by id.
SELECT name, email, currency, lifetime_revenue, mrr, subscriptions, customer_since FROM billing.top_customers();
SELECT name, lifetime_revenue FROM billing.top_customers(1, 'USD');
SELECT array_agg(customer_id ORDER BY customer_id) = array_agg(customer_id) AS by_id FROM billing.top_customers(currency => 'jpy');
SELECT count(*) FROM billing.top_customers(currency => 'gbp');
SELECT * FROM billing.top_customers(0);
SELECT * FROM billing.top_customers(10001);
SELECT * FROM billing.top_customers(10, 'us');
SELECT * FROM billing.revenue_trend('2025-02-01', '2025-01-01');
