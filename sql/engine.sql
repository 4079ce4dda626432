-- What the engine must survive: odd payloads, knowledge that comes in another order, and time.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Engine') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- Two items under one id, two without: 4 times 1000.
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-01Z', jsonb_set(s.object, '{items,data}', jsonb_build_array(i.item, i.item, i.item - 'id', i.item - 'id')))
FROM (SELECT pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-01Z', 1000) AS object) AS s, LATERAL (SELECT s.object #> '{items,data,0}' AS item) AS i;
SELECT * FROM billing.process_events();
SELECT mrr FROM billing.mrr_at('2025-01-02Z');
SELECT stripe_item_id FROM billing_internal.subscription_items WHERE organization_id = :'organization' ORDER BY 1;

-- A late snapshot of a price says less than the one that decided; it applies all the same.
SELECT pg_temp.send('evt_2', 'price.created', '2025-01-02Z', pg_temp.price(700, 'month', 'usd') || '{"id": "price_late", "product": "prod_late"}');
SELECT * FROM billing.process_events();
SELECT pg_temp.send('evt_3', 'price.updated', '2025-01-01Z', pg_temp.price(700, 'month', 'usd') - 'product' || '{"id": "price_late"}');
SELECT * FROM billing.process_events();
SELECT p.stripe_product_id FROM billing_internal.prices AS r JOIN billing_internal.products AS p ON p.id = r.product_id WHERE r.organization_id = :'organization' AND r.stripe_price_id = 'price_late';

-- Two coupons of 50% on 2000 end in the same moment; an event of one of the customers folds its own
-- row, and the same call folds the other's, each once: 4000 + 2 * 1000, then 4000 + 2 * 2000.
SELECT date_trunc('second', clock_timestamp()) + interval '2 seconds' AS due \gset
SELECT pg_temp.send('evt_' || id, 'customer.subscription.created', '2025-02-01Z', pg_temp.subscription(id, 'cus_' || id, 'active', '2025-02-01Z', 2000, more => jsonb_build_object('discounts', jsonb_build_array(jsonb_build_object(
    'id', 'di_' || id, 'object', 'discount', 'customer', 'cus_' || id, 'start', pg_temp.seconds('2025-02-01Z'), 'end', pg_temp.seconds(:'due'),
    'coupon', jsonb_build_object('id', 'half', 'object', 'coupon', 'percent_off', 50, 'duration', 'repeating', 'duration_in_months', 24)
)))))
FROM (VALUES ('sub_a'), ('sub_b')) AS s (id);
SELECT * FROM billing.process_events();
SELECT mrr FROM billing.mrr_at('2025-02-02Z');
DO $$ BEGIN WHILE clock_timestamp() < (SELECT max(effective_at) FROM billing_internal.mrr_changes WHERE reason = 'discount_ended' AND organization_id = billing.current_organization()) LOOP PERFORM pg_sleep(0.02); END LOOP; END $$;
SELECT pg_temp.send('evt_4', 'customer.subscription.updated', '2025-02-03Z', (SELECT convert_from(body, 'UTF8')::jsonb #> '{data,object}' FROM billing_internal.events WHERE organization_id = :'organization' AND event_id = 'evt_sub_a'));
SELECT pg_temp.send('evt_5', 'customer.subscription.updated', '2025-02-03Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-01Z', 4000));
SELECT * FROM billing.process_events();
SELECT mrr FROM billing.mrr(currency => 'usd') ORDER BY period_start DESC LIMIT 1;
SELECT mrr FROM billing.mrr_at(now());
SELECT * FROM billing.verify_rollups();

-- A lost entry comes back with its share of every rollup, at once.
SELECT pg_temp.send('evt_6', 'invoice.paid', '2025-03-01Z', pg_temp.invoice('in_1', 'cus_1', 'paid', '2025-03-01Z', 5000, 5000, 5000));
SELECT * FROM billing.process_events();
DELETE FROM billing_internal.revenue_entries WHERE organization_id = :'organization';
SELECT DISTINCT part FROM billing.verify_rollups() ORDER BY part;
SELECT billing.rebuild_analytics();
SELECT * FROM billing.verify_rollups();
SELECT net_revenue FROM billing.revenue_trend('2025-03-01', '2025-03-01');
