-- Settings: what may be set, and that ledger, rollups, access and buckets follow at once, there and back.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.day_of_moves() RETURNS TABLE (day date, new numeric, back numeric, less numeric, churned numeric)
LANGUAGE sql AS $$
    SELECT period_start, new_mrr, reactivation_mrr, contraction_mrr, churned_mrr FROM billing.mrr_movements('2025-01-01', '2025-03-31', 'day')
    WHERE new_mrr + reactivation_mrr + expansion_mrr + contraction_mrr + churned_mrr > 0
$$;
\set ECHO all
SELECT billing.create_organization('Settings') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT * FROM billing.get_analytics();

-- What may not be set is named, each with what may; nothing of such a call counts.
SELECT billing.set_analytics(NULL);
SELECT billing.set_analytics('[]');
SELECT billing.set_analytics('{"limits": "max", "discount": "all"}');
SELECT billing.set_analytics('{"metered": "none"}');
SELECT billing.set_analytics('{"limits": "largest", "churn_at": 5, "netting": "event"}');
SELECT billing.set_analytics('{"discounts": ""}');
SELECT billing.set_analytics('{"access_grace": "soon"}');
SELECT billing.set_analytics('{"access_grace": "1 month"}');
SELECT billing.set_analytics('{"access_grace": "-1 second"}');
SELECT billing.set_analytics('{"access_grace": "3651 days"}');
SELECT billing.set_analytics('{"access_grace": 7}');
SELECT count(*) FILTER (WHERE value IS DISTINCT FROM default_value) AS changed FROM billing.get_analytics();
-- No change is no change; one names what it changes.
SELECT billing.set_analytics('{}');
SELECT billing.set_analytics('{"limits": "max", "past_due_grace": "36:00:00"}');
SELECT billing.set_analytics('{"past_due_grace": null}') ->> 'limits' AS stays;
SELECT billing.set_analytics('{"limits": null}') ->> 'limits' AS default_again;
-- Each organization has its own.
SELECT billing.create_organization('Another') AS another \gset
BEGIN;
SELECT billing.use_organization(:'another');
SELECT billing.set_analytics('{"week_starts": "sunday"}') ->> 'week_starts' AS theirs;
COMMIT;
SELECT value FROM billing.get_analytics() WHERE setting = 'week_starts';

-- S1 and S2 on days: 5000 from Jan 6, an end asked for on Jan 20 and taken back on Jan 25; past_due on Feb 3, unpaid on Feb 24.
SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-06', pg_temp.customer('cus_1', 'ada', '2025-01-06'));
SELECT pg_temp.send('evt_2', 'customer.subscription.created', '2025-01-06', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-06', 5000));
SELECT pg_temp.send('evt_3', 'customer.subscription.updated', '2025-01-20', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-06', 5000, more => jsonb_build_object('cancel_at', pg_temp.seconds('2025-03-06'))));
SELECT pg_temp.send('evt_4', 'customer.subscription.updated', '2025-01-25', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-06', 5000));
SELECT pg_temp.send('evt_5', 'customer.subscription.updated', '2025-02-03', pg_temp.subscription('sub_1', 'cus_1', 'past_due', '2025-01-06', 5000));
SELECT pg_temp.send('evt_6', 'customer.subscription.updated', '2025-02-24', pg_temp.subscription('sub_1', 'cus_1', 'unpaid', '2025-01-06', 5000));
SELECT applied, failed FROM billing.process_events();
SELECT * FROM pg_temp.day_of_moves();
SELECT billing.set_analytics('{"churn_at": "request"}') ->> 'churn_at' AS churn_at;
SELECT * FROM pg_temp.day_of_moves();
SELECT billing.set_analytics('{"churn_at": "end", "past_due_grace": "15 days"}') ->> 'past_due_grace' AS past_due_grace;
SELECT * FROM pg_temp.day_of_moves();
SELECT count(*) AS differences FROM billing.verify_rollups();
SELECT billing.set_analytics('{"past_due_grace": null}') ->> 'past_due_grace' AS past_due_grace;
SELECT * FROM pg_temp.day_of_moves();

-- Weeks: Monday Jan 6 belongs to the week of Sunday Jan 5.
SELECT period_start, new_mrr FROM billing.mrr_movements('2025-01-06', '2025-01-06', 'week');
SELECT billing.set_analytics('{"week_starts": "sunday"}') ->> 'week_starts' AS week_starts;
SELECT period_start, new_mrr FROM billing.mrr_movements('2025-01-06', '2025-01-06', 'week');
SELECT count(*) AS differences FROM billing.verify_rollups();

-- Access: a past_due subscription gives it until its grace is over.
SELECT billing.create_product('Pro', '{}', 'prod_1') AS pro \gset
SELECT billing.create_feature('api', 'API calls', 'metered') IS NOT NULL AS made;
SELECT billing.attach_feature(:'pro', 'api', 100, 'never');
SELECT pg_temp.send('evt_7', 'customer.created', '2025-01-06', pg_temp.customer('cus_2', 'bob', '2025-01-06'));
SELECT pg_temp.send('evt_8', 'customer.subscription.created', '2025-01-06', pg_temp.subscription('sub_2', 'cus_2', 'active', '2025-01-06', 3000));
SELECT pg_temp.send('evt_9', 'customer.subscription.updated', '2025-02-03', pg_temp.subscription('sub_2', 'cus_2', 'past_due', '2025-01-06', 3000));
SELECT applied, failed FROM billing.process_events();
SELECT allowed, reason, used, remaining FROM billing.track_usage('cus_2', 'api', 60);
SELECT billing.set_analytics('{"access_grace": "7 days"}') ->> 'access_grace' AS access_grace;
SELECT billing.check_access('cus_2', 'api'), (billing.explain_access('cus_2', 'api')).reason;
SELECT starts_at, ends_at FROM billing.feature_grants WHERE organization_id = :'organization' AND customer_id = billing.find_customer('cus_2');
SELECT round(mrr) AS mrr FROM billing.mrr_at();
SELECT billing.set_analytics('{"access_grace": null}') ->> 'access_grace' AS access_grace;
SELECT allowed, reason, used, remaining FROM billing.explain_access('cus_2', 'api');

-- Limits: three subscriptions with 100 each, one of them with two products of 100 and 50.
SELECT billing.create_product('Pack', '{}', 'prod_2') AS pack \gset
SELECT billing.attach_feature(:'pack', 'api', 50, 'never');
SELECT pg_temp.send('evt_10', 'customer.subscription.created', '2025-01-07', pg_temp.subscription('sub_3', 'cus_2', 'active', '2025-01-07', 3000));
SELECT pg_temp.send('evt_11', 'customer.subscription.created', '2025-01-08', pg_temp.subscription('sub_4', 'cus_2', 'active', '2025-01-08', 3000, more => jsonb_build_object('items', jsonb_build_object('object', 'list', 'data', jsonb_build_array(
    jsonb_build_object('id', 'si_a', 'object', 'subscription_item', 'quantity', 1, 'price', pg_temp.price(3000, 'month', 'usd')),
    jsonb_build_object('id', 'si_b', 'object', 'subscription_item', 'quantity', 1, 'price', pg_temp.price(700, 'month', 'usd') || '{"product": "prod_2"}')
)))));
SELECT applied, failed FROM billing.process_events();
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT billing.set_analytics('{"limits": "max"}') ->> 'limits' AS limits;
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT allowed, reason, granted, used, remaining FROM billing.track_usage('cus_2', 'api', 91);
SELECT allowed, reason, granted, used, remaining FROM billing.track_usage('cus_2', 'api', 90);
-- A later event, a balance made by hand, and unlimited.
SELECT pg_temp.send('evt_12', 'customer.subscription.deleted', '2025-04-01', pg_temp.subscription('sub_4', 'cus_2', 'canceled', '2025-01-08', 3000, more => jsonb_build_object('ended_at', pg_temp.seconds('2025-04-01'))));
SELECT applied, failed FROM billing.process_events();
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT billing.top_up(billing.find_customer('cus_2'), 'api', 10) IS NOT NULL AS topped_up;
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT billing.attach_feature(:'pro', 'api', NULL, 'never');
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT billing.attach_feature(:'pro', 'api', 100, 'never');
SELECT billing.set_analytics('{"limits": "sum"}') ->> 'limits' AS limits;
SELECT quota, used, remaining FROM billing.get_usage('cus_2', 'api');
SELECT count(*) AS differences FROM billing.verify_usage();

-- A change that is rolled back was none.
BEGIN;
SELECT billing.set_analytics('{"limits": "max"}') ->> 'limits' AS limits;
ROLLBACK;
SELECT quota FROM billing.get_usage('cus_2', 'api');
