-- One door in: what is stored, what is refused, what parks, and that the queue moves on.
\set ECHO none
\getenv srcdir PG_ABS_SRCDIR
\set events :srcdir '/test/sql/stripe_events.sql'
\i :events
\set ECHO all
SELECT billing.create_organization('Inbox') AS organization \gset
SELECT billing.use_organization(:'organization', true);

-- Stored once; the same id again is a duplicate, whatever else it says.
SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-01Z', pg_temp.customer('cus_1', 'ann', '2025-01-01Z'));
SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-01Z', pg_temp.customer('cus_1', 'ann', '2025-01-01Z'));
SELECT count(*) AS alarms FROM billing_internal.event_alarms WHERE organization_id = :'organization';
SELECT pg_temp.send('evt_1', 'customer.created', '2025-01-01Z', pg_temp.customer('cus_1', 'eve', '2025-01-01Z'));
SELECT kind, reference FROM billing_internal.event_alarms WHERE organization_id = :'organization';
-- The body is kept byte for byte: white space, order of keys, escapes that jsonb refuses.
SELECT billing.ingest_event('{ "id":"evt_2",  "object":"event","type":"some.thing", "created":1735689600,"data":{"object":{"object":"thing","id":"x\u0000\ud800"}}}');
SELECT convert_from(body, 'UTF8') AS body FROM billing_internal.events WHERE organization_id = :'organization' AND event_id = 'evt_2';

-- What is no event is refused, and says why.
SELECT billing.ingest_event('[]');
SELECT billing.ingest_event('{"object":"event","type":"x","created":1,"data":{"object":{}}}');
SELECT billing.ingest_event('{"id":"evt 3","type":"x","created":1,"data":{"object":{}}}');
SELECT billing.ingest_event('{"id":"evt_3","type":"x","created":"soon","data":{"object":{}}}');
SELECT billing.ingest_event('{"id":"evt_3","type":"x","created":1}');
SELECT billing.ingest_event(NULL);

-- A bad event parks itself alone: no customer id, a quantity that no amount can hold.
SELECT pg_temp.send('evt_4', 'customer.subscription.created', '2025-01-02Z', pg_temp.subscription('sub_1', 'cus_1', 'active', '2025-01-02Z', 1000) - 'customer');
SELECT pg_temp.send('evt_5', 'customer.subscription.created', '2025-01-02Z', pg_temp.subscription('sub_2', 'cus_1', 'active', '2025-01-02Z', 9000000000000000000, quantity => 2000000000));
SELECT pg_temp.send('evt_6', 'customer.subscription.created', '2025-01-02Z', pg_temp.subscription('sub_3', 'cus_1', 'active', '2025-01-02Z', 1000));
SELECT * FROM billing.process_events();
SELECT event_id, type, attempts, code, reason, discarded_at FROM billing.failed_events() ORDER BY event_id;
SELECT mrr FROM billing.mrr_at('2025-01-03Z');
SELECT received, applied, pending, failed, discarded, alarms, livemode FROM billing.stats();
-- Again, and given up.
SELECT billing.retry_event('evt_4');
SELECT * FROM billing.process_events();
SELECT billing.discard_event('evt_5', '');
SELECT billing.discard_event('evt_5', 'a test of limits');
SELECT event_id, attempts, discarded_at IS NOT NULL AS discarded, discard_reason FROM billing.failed_events() ORDER BY event_id;
SELECT billing.retry_event('evt_6');
-- An event of the other mode is parked, never applied.
SELECT billing.ingest_event('{"id":"evt_7","object":"event","type":"customer.created","created":1735689600,"livemode":true,"data":{"object":{"object":"customer","id":"cus_9","created":1735689600}}}');
SELECT * FROM billing.process_events();
SELECT code, reason FROM billing.failed_events() WHERE event_id = 'evt_7';
SELECT count(*) AS customers FROM billing_internal.customers WHERE organization_id = :'organization' AND stripe_customer_id = 'cus_9';

-- Many at once, for the worker: by path, by account, by the only organization, and what is none.
SELECT billing.create_organization('Account', stripe_account_id => 'acct_inbox') AS account \gset
SELECT position, status, organization_id = :'organization' AS mine, organization_id = :'account' AS of_account, event_id, detail
FROM billing.ingest_events(
    ARRAY[:'organization', NULL, NULL, NULL, '00000000-0000-7000-8000-000000000000', :'organization', :'organization']::uuid[],
    ARRAY[
        '{"id":"evt_a","type":"x","created":1,"data":{"object":{}}}',
        '{"id":"evt_b","type":"x","created":1,"account":"acct_inbox","data":{"object":{}}}',
        '{"id":"evt_c","type":"x","created":1,"account":"acct_nobody","data":{"object":{}}}',
        '{"id":"evt_d","type":"x","created":1,"data":{"object":{}}}',
        '{"id":"evt_e","type":"x","created":1,"data":{"object":{}}}',
        'not json',
        '{"id":"evt_a","type":"x","created":1,"data":{"object":{}}}'
    ]::bytea[],
    :'account'
);
SELECT account, event_id FROM billing_internal.unrouted_events WHERE account = 'acct_nobody';
SELECT * FROM billing.ingest_events(ARRAY[]::uuid[], ARRAY[]::bytea[]);
SELECT * FROM billing.ingest_events(ARRAY[NULL]::uuid[], ARRAY[]::bytea[]);
SELECT * FROM billing.ingest_events(ARRAY[NULL]::uuid[], ARRAY[NULL]::bytea[]);
SELECT * FROM billing.process_events(0);
