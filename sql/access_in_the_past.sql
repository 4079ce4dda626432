-- Why was access denied then? By plans, costs and periods as they were, whatever changed since.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
CREATE FUNCTION pg_temp.applied() RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT applied || ' applied, ' || failed || ' failed' FROM billing.process_events());
END $$;
-- The instants that the questions are about, and what was answered then.
CREATE TEMP TABLE moments (label text, at timestamptz, key text, allowed boolean, reason text, quota bigint, used bigint, remaining bigint, source text, value jsonb);
CREATE FUNCTION pg_temp.remember(name text, feature text) RETURNS TABLE (allowed boolean, reason text, quota bigint, used bigint, remaining bigint)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO moments SELECT name, now(), feature, e.allowed, e.reason, e.quota, e.used, e.remaining, e.source, e.value FROM billing.explain_access('cus_1', feature) AS e;
    RETURN QUERY SELECT m.allowed, m.reason, m.quota, m.used, m.remaining FROM moments AS m WHERE m.label = name AND m.key = feature;
END $$;
\set ECHO all
SELECT billing.create_organization('Past') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('api', 'metered'), ('chat', 'metered'), ('credits', 'metered'), ('region', 'static')) AS f (key, kind);
SELECT pg_temp.send('evt_1', 'customer.subscription.created', '2025-01-31 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-31 10:00Z', 1000));
SELECT pg_temp.applied();
SELECT billing.find_customer('cus_1') AS one \gset
SELECT * FROM pg_temp.remember('before the feature came', 'api');

-- The plan is made, used up, raised, lowered, taken away and given again.
SELECT billing.attach_feature(:'plan', 'api', 10, 'never');
SELECT billing.attach_feature(:'plan', 'region', value => '"eu"');
SELECT granted FROM billing.track_usage('cus_1', 'api', 10);
SELECT * FROM pg_temp.remember('used up', 'api');
SELECT * FROM pg_temp.remember('in Europe', 'region');
SELECT billing.attach_feature(:'plan', 'api', 20, 'never');
SELECT billing.attach_feature(:'plan', 'region', value => '"us"');
SELECT granted FROM billing.track_usage('cus_1', 'api', 5);
SELECT * FROM pg_temp.remember('raised', 'api');
SELECT billing.detach_feature(:'plan', 'api');
SELECT * FROM pg_temp.remember('taken away', 'api');
SELECT billing.attach_feature(:'plan', 'api', NULL, 'never');
SELECT * FROM pg_temp.remember('unlimited', 'api');
-- Given by hand until it expires, or until it is blocked.
SELECT billing.grant_feature(:'one', 'api', 3, NULL) AS short \gset
SELECT * FROM pg_temp.remember('by hand', 'api');
SELECT billing.block_feature(:'one', 'api') AS block \gset
SELECT * FROM pg_temp.remember('blocked', 'api');
SELECT billing.revoke_grant(:'block');
-- As if it had been given until now.
UPDATE billing_internal.overrides SET expires_at = now() WHERE id = :'short';
SELECT billing.detach_feature(:'plan', 'api');
SELECT * FROM pg_temp.remember('expired', 'api');
-- Credits at another cost, and at none.
SELECT billing.grant_feature(:'one', 'credits', 100) IS NOT NULL AS given;
SELECT * FROM pg_temp.remember('without credits', 'chat');
SELECT billing.set_credit_cost('credits', 'chat', 10);
SELECT * FROM pg_temp.remember('for 10 credits', 'chat');
SELECT billing.set_credit_cost('credits', 'chat', 2.5);
SELECT * FROM pg_temp.remember('for 2.5 credits', 'chat');
SELECT billing.set_credit_cost('credits', 'chat', NULL);
SELECT * FROM pg_temp.remember('without a cost', 'chat');
-- And a default.
SELECT billing.attach_feature(NULL, 'chat', 7, 'never');
SELECT pg_temp.send('evt_2', 'customer.subscription.deleted', '2025-02-01 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'canceled', '2025-01-31 10:00Z', 1000) || '{"ended_at": 1738404000}');

-- Each is answered as it was then.
SELECT m.label, e.allowed, e.reason, e.quota, e.used, e.remaining, e.source = ANY (ARRAY[:'block', :'short']::text[]) AS by_hand, CASE WHEN e.source LIKE 'evt%' THEN e.source END AS event, e.value
FROM moments AS m CROSS JOIN LATERAL billing.explain_access('cus_1', m.key, m.at) AS e ORDER BY m.at, m.key;
SELECT m.label FROM moments AS m CROSS JOIN LATERAL billing.explain_access('cus_1', m.key, m.at) AS e
WHERE (m.allowed, m.reason, m.quota, m.used, m.remaining, m.source, m.value) IS DISTINCT FROM (e.allowed, e.reason, e.quota, e.used, e.remaining, e.source, e.value);
SELECT bool_and(e.source = :'block') AS block FROM moments AS m CROSS JOIN LATERAL billing.explain_access('cus_1', m.key, m.at) AS e WHERE m.label = 'blocked';
SELECT bool_and(e.source = :'short') AS short FROM moments AS m CROSS JOIN LATERAL billing.explain_access('cus_1', m.key, m.at) AS e WHERE m.label IN ('by hand', 'expired');

-- A billing period is the one that Stripe had told by then.
SELECT billing.create_feature('seats', 'Seats', 'metered') IS NOT NULL AS created;
SELECT billing.create_product('Pack', '{}', 'prod_2') AS pack \gset
CREATE FUNCTION pg_temp.pack(period_start timestamptz, period_end timestamptz) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_set(jsonb_set(jsonb_set(pg_temp.subscription('sub_2', 'cus_1', 'active', '2025-09-18 10:00Z', 2000), '{items,data,0,price,product}', '"prod_2"'), '{items,data,0,current_period_start}', to_jsonb(pg_temp.seconds(period_start))), '{items,data,0,current_period_end}', to_jsonb(pg_temp.seconds(period_end)))
$$;
SELECT billing.attach_feature(:'pack', 'seats', 50, 'billing_period');
-- As if feature and plan had been there before the subscription.
UPDATE billing_internal.features SET created_at = '2025-08-01Z' WHERE organization_id = :'organization' AND key = 'seats';
UPDATE billing_internal.product_features SET updated_at = '2025-09-01Z' WHERE organization_id = :'organization' AND product_id = :'pack';
SELECT pg_temp.send('evt_3', 'customer.subscription.created', '2025-09-18 10:00Z', pg_temp.pack('2025-09-18 10:00Z', '2025-10-18 10:00Z'));
SELECT pg_temp.send('evt_4', 'customer.subscription.updated', '2025-10-18 10:00Z', pg_temp.pack('2025-10-18 10:00Z', '2025-11-18 10:00Z'));
SELECT pg_temp.applied();
SELECT q.at, e.allowed, e.quota, e.resets_at, e.source
FROM (VALUES ('2025-08-31Z'), ('2025-09-18 09:59:59Z'), ('2025-09-18 10:00Z'), ('2025-10-18 09:59:59Z'), ('2025-10-18 10:00Z')) AS q (at) CROSS JOIN LATERAL billing.explain_access('cus_1', 'seats', q.at::timestamptz) AS e;

-- Two customers of one plan, ten tasks each, and what pays beyond: 5 tasks cost 1.5 credits, so 2 are taken and half a one is paid already.
CREATE TABLE pg_temp.told (label text, who text, at timestamptz, allowed boolean, reason text, quota bigint, used bigint, remaining bigint, source text);
CREATE FUNCTION pg_temp.tell(name text, customer text) RETURNS TABLE (allowed boolean, reason text, quota bigint, used bigint, remaining bigint, event text)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO told SELECT name, customer, now(), e.allowed, e.reason, e.quota, e.used, e.remaining, e.source FROM billing.explain_access(customer, 'tasks') AS e;
    RETURN QUERY SELECT t.allowed, t.reason, t.quota, t.used, t.remaining, t.source FROM told AS t WHERE t.label = name AND t.who = customer;
END $$;
SELECT billing.create_feature('tasks', 'Tasks', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(:'pack', 'tasks', 10, 'never');
SELECT pg_temp.send('evt_5', 'customer.subscription.created', '2025-10-18 10:00Z', jsonb_set(pg_temp.subscription('sub_3', 'cus_2', 'active', '2025-10-18 10:00Z', 2000), '{items,data,0,price,product}', '"prod_2"'));
SELECT pg_temp.applied();
SELECT billing.find_customer('cus_2') AS two \gset
SELECT granted FROM billing.track_usage('cus_1', 'tasks', 4);
SELECT granted FROM billing.track_usage('cus_2', 'tasks', 6);
SELECT * FROM pg_temp.tell('each its own', 'cus_1');
SELECT * FROM pg_temp.tell('each its own', 'cus_2');
SELECT billing.grant_feature(:'two', 'credits', 10) IS NOT NULL AS given;
SELECT billing.set_credit_cost('credits', 'tasks', 0.3);
SELECT reason, granted FROM billing.track_usage('cus_2', 'tasks', 5);
SELECT * FROM pg_temp.tell('paid by credits', 'cus_1');
SELECT * FROM pg_temp.tell('paid by credits', 'cus_2');
-- They become one, by both names: twenty tasks, ten used; the 100 credits of one, 8 of the other and the half pay for 361.
SELECT count(*) FROM billing.merge_customers(:'one', :'two');
SELECT * FROM pg_temp.tell('merged', 'cus_2');
SELECT granted FROM billing.track_usage('cus_2', 'tasks', 3);
SELECT * FROM pg_temp.tell('used since', 'cus_1');
SELECT billing.detach_feature(:'pack', 'tasks');
SELECT billing.set_credit_cost('credits', 'tasks', NULL);
SELECT * FROM pg_temp.tell('taken away', 'cus_1');
-- Each is answered as it was then, also by its uuid.
SELECT t.label, t.who, e.allowed, e.reason, e.quota, e.used, e.remaining, e.source FROM told AS t CROSS JOIN LATERAL billing.explain_access(t.who, 'tasks', t.at) AS e ORDER BY t.at, t.who;
SELECT t.label FROM told AS t CROSS JOIN LATERAL billing.explain_access(t.who, 'tasks', t.at) AS e
WHERE (t.allowed, t.reason, t.quota, t.used, t.remaining, t.source) IS DISTINCT FROM (e.allowed, e.reason, e.quota, e.used, e.remaining, e.source);
SELECT t.label, e.allowed, e.reason, e.used FROM told AS t CROSS JOIN LATERAL billing.explain_access(:'two', 'tasks', t.at) AS e WHERE t.label IN ('paid by credits', 'used since') AND t.who = 'cus_1' ORDER BY t.at;
-- There was no such feature yet.
SELECT reason FROM billing.explain_access('cus_2', 'tasks', '2025-10-18 09:59:59Z');
SELECT * FROM billing.verify_usage();
