-- Stripe Entitlements: the newest summary tells what a customer has, beside features attached by hand.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
-- The summary of a customer, as of an instant.
CREATE FUNCTION pg_temp.summary(event_id text, customer text, at timestamptz, keys text[], has_more boolean = false) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.send(event_id, 'entitlements.active_entitlement_summary.updated', at, jsonb_build_object(
        'object', 'entitlements.active_entitlement_summary',
        'customer', customer,
        'livemode', false,
        'entitlements', jsonb_build_object(
            'object', 'list',
            'has_more', has_more,
            'url', '/v1/customer/' || customer || '/entitlements',
            'data', COALESCE((SELECT jsonb_agg(jsonb_build_object('id', 'ent_' || key, 'object', 'entitlements.active_entitlement', 'feature', 'feat_' || key, 'livemode', false, 'lookup_key', key)) FROM unnest(keys) AS key), '[]')
        )
    ))
$$;
CREATE FUNCTION pg_temp.applied() RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT applied || ' applied, ' || failed || ' failed' FROM billing.process_events());
END $$;
-- Every feature of a customer, and whether the checks agree.
CREATE FUNCTION pg_temp.has(customer text) RETURNS TABLE (key text, allowed boolean, checked boolean, reason text, source text)
LANGUAGE sql AS $$
    SELECT feature_key, allowed, billing.check_access(customer, feature_key), reason, source FROM billing.entitlements(customer)
$$;
\set ECHO all
SELECT billing.create_organization('Entitled') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- A summary makes the features it names, and the customer, who may arrive later.
SELECT pg_temp.summary('evt_1', 'cus_1', '2026-01-01 10:00Z', '{sso,audit-log}');
SELECT pg_temp.applied();
SELECT key, name, kind FROM billing.list_features();
SELECT * FROM pg_temp.has('cus_1');
SELECT pg_temp.send('evt_c', 'customer.created', '2026-01-01 09:00Z', pg_temp.customer('cus_1', 'one', '2026-01-01 09:00Z'));
SELECT pg_temp.applied();
SELECT email, (SELECT count(*) FROM billing.customers AS c WHERE c.organization_id = :'organization') FROM billing.get_customer('cus_1') AS g, jsonb_to_record(g) AS r (email text);

-- The next one replaces the set; an older one that comes late, or the same again, changes nothing.
SELECT pg_temp.summary('evt_3', 'cus_1', '2026-01-03 10:00Z', '{sso,sla}');
SELECT pg_temp.applied();
SELECT pg_temp.summary('evt_2', 'cus_1', '2026-01-02 10:00Z', '{audit-log,export}');
SELECT pg_temp.summary('evt_3', 'cus_1', '2026-01-03 10:00Z', '{sso,sla}');
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');
-- As if the features were older.
UPDATE billing_internal.features SET created_at = '2025-01-01Z' WHERE organization_id = :'organization';
SELECT f.key, e.allowed, e.reason, e.source FROM (VALUES ('audit-log', '2026-01-01 09:59:59Z'), ('audit-log', '2026-01-01 10:00Z'), ('audit-log', '2026-01-03 09:59:59Z'), ('audit-log', '2026-01-03 10:00Z'), ('sla', '2026-01-02 12:00Z')) AS f (key, at) CROSS JOIN LATERAL billing.explain_access('cus_1', f.key, f.at::timestamptz) AS e;

-- Only ten fit: what a cut one names is added to what is known, until a whole one comes.
SELECT pg_temp.summary('evt_4', 'cus_1', '2026-01-04 10:00Z', '{export}', true);
SELECT pg_temp.applied();
SELECT key, allowed, source FROM pg_temp.has('cus_1') WHERE allowed;
SELECT pg_temp.summary('evt_5', 'cus_1', '2026-01-05 10:00Z', '{export}');
SELECT pg_temp.applied();
SELECT key, allowed, source FROM pg_temp.has('cus_1') WHERE allowed;
SELECT pg_temp.summary('evt_6', 'cus_1', '2026-01-06 10:00Z', '{}');
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_1');

-- Beside features attached by hand: both give, and each takes only its own. A block takes both.
SELECT billing.create_product('Plan', '{}', 'prod_1') AS plan \gset
SELECT billing.create_feature('api', 'API calls', 'metered') IS NOT NULL AS created;
SELECT billing.attach_feature(:'plan', 'sso');
SELECT billing.attach_feature(:'plan', 'api', 100, 'never');
SELECT pg_temp.send('evt_s', 'customer.subscription.created', '2026-01-07 10:00Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2026-01-07 10:00Z', 1000));
SELECT pg_temp.summary('evt_7', 'cus_1', '2026-01-07 10:00Z', '{sla,sso}');
SELECT pg_temp.applied();
SELECT used FROM billing.track_usage('cus_1', 'api', 40);
SELECT key, allowed, checked, source FROM pg_temp.has('cus_1') WHERE allowed;
SELECT billing.detach_feature(:'plan', 'sso');
SELECT key, allowed, checked, source FROM pg_temp.has('cus_1') WHERE allowed;
SELECT billing.attach_feature(:'plan', 'sso');
SELECT pg_temp.summary('evt_8', 'cus_1', '2026-01-08 10:00Z', '{}');
SELECT pg_temp.applied();
SELECT key, allowed, checked, source FROM pg_temp.has('cus_1') WHERE allowed;
SELECT quota, used FROM billing.get_usage('cus_1', 'api');
SELECT pg_temp.summary('evt_9', 'cus_1', '2026-01-09 10:00Z', '{sla,sso}');
SELECT pg_temp.applied();
SELECT billing.block_feature(billing.find_customer('cus_1'), 'sla') AS block \gset
SELECT key, allowed, checked, reason FROM pg_temp.has('cus_1') WHERE key IN ('sla', 'sso');
SELECT billing.revoke_grant(:'block');

-- A key that counts, or that no feature can have, gives nothing; the latter is an alarm.
SELECT pg_temp.summary('evt_10', 'cus_2', '2026-01-10 10:00Z', ARRAY['api', 'with space', 'sso']);
SELECT pg_temp.applied();
SELECT * FROM pg_temp.has('cus_2') WHERE key IN ('api', 'sso', 'with space');
SELECT kind, reference FROM billing_internal.event_alarms WHERE organization_id = :'organization';
SELECT alarms FROM billing.stats();
-- A deleted customer has nothing; another organization knows of nothing.
SELECT pg_temp.send('evt_d', 'customer.deleted', '2026-01-11 10:00Z', pg_temp.customer('cus_2', 'two', '2026-01-10 10:00Z') || '{"deleted": true}');
SELECT pg_temp.applied();
SELECT key, allowed, checked, reason FROM pg_temp.has('cus_2') WHERE key = 'sso';
-- Two Stripe customers of one of ours: it has what either has, and each one's newest summary replaces that one's alone.
SELECT id AS both FROM billing.create_customer('both@example.com', external_id => 'both') \gset
SELECT pg_temp.summary('evt_m1', 'cus_first', '2026-01-12 10:00Z', '{sso,sla}');
SELECT pg_temp.summary('evt_m2', 'cus_second', '2026-01-12 11:00Z', '{sla,audit-log}');
SELECT pg_temp.send('evt_m' || n, 'customer.created', '2026-01-12 12:00Z', pg_temp.customer(id, 'both', '2026-01-12 09:00Z') || '{"metadata": {"external_id": "both"}}') FROM (VALUES (3, 'cus_first'), (4, 'cus_second')) AS v (n, id);
SELECT pg_temp.applied();
SELECT billing.find_customer('cus_first') = :'both' AS first, billing.find_customer('cus_second') = :'both' AS second;
SELECT key, allowed, checked, source FROM pg_temp.has('both') WHERE allowed;
SELECT pg_temp.summary('evt_m5', 'cus_first', '2026-01-13 10:00Z', '{sso}');
SELECT pg_temp.applied();
SELECT key, allowed, checked, source FROM pg_temp.has('both') WHERE allowed;
-- As of then, also of the one that is deleted later; an older summary that comes late changes nothing.
SELECT pg_temp.summary('evt_m6', 'cus_second', '2026-01-12 10:30Z', '{sso,seats}');
SELECT pg_temp.send('evt_m7', 'customer.deleted', '2026-01-14 10:00Z', pg_temp.customer('cus_second', 'both', '2026-01-12 09:00Z') || '{"deleted": true}');
SELECT pg_temp.applied();
SELECT key, allowed, checked, source FROM pg_temp.has('both') WHERE allowed;
SELECT key, allowed, source FROM (VALUES ('sso'), ('sla'), ('audit-log')) AS f (key) CROSS JOIN LATERAL billing.explain_access('both', key, '2026-01-13 12:00Z');

-- A summary without its list parks itself.
SELECT pg_temp.send('evt_bad', 'entitlements.active_entitlement_summary.updated', '2026-01-12 10:00Z', '{"object": "entitlements.active_entitlement_summary", "customer": "cus_1"}');
SELECT pg_temp.applied();
SELECT event_id, code, detail FROM billing.failed_events();
SELECT billing.create_organization('Other') AS other \gset
SELECT billing.use_organization(:'other', true);
SELECT count(*) FROM billing.list_features();
