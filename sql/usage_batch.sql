-- Many usages in one call: each is decided as track_usage() decides it, in their order.
SELECT billing.create_organization('Batch') AS organization \gset
SELECT billing.use_organization(:'organization', true);
SELECT count(billing.create_feature(key, key, kind)) FROM (VALUES ('calls', 'metered'), ('seats', 'metered'), ('images', 'metered'), ('tokens', 'metered'), ('rare', 'metered'), ('endless', 'metered'), ('flag', 'boolean')) AS f (key, kind);
SELECT count(*) FROM (VALUES ('calls', 10, 'reject'), ('seats', 2, 'allow'), ('tokens', 9, 'reject'), ('endless', NULL, 'reject'), ('flag', NULL, 'reject')) AS f (key, quota, overage) CROSS JOIN LATERAL billing.attach_feature(NULL, key, quota, 'never', overage);
SELECT billing.set_credit_cost('tokens', 'images', 2);
SELECT id AS ada FROM billing.create_customer('ada@example.com', external_id => 'ada') \gset
SELECT id AS bob FROM billing.create_customer('bob@example.com', external_id => 'bob') \gset

-- Ada has 10 calls: 4 of them, not 7 more, but 6. Bob gives back what he used and no more. A denial is an answer, and stops nobody.
SELECT * FROM billing.track_usage_many('[
    {"customer": "ada", "feature_key": "calls", "quantity": 4},
    {"customer": "bob", "feature_key": "calls"},
    {"customer": "ada", "feature_key": "calls", "quantity": 7},
    {"customer": "ada", "feature_key": "calls", "quantity": 6},
    {"customer": "nobody", "feature_key": "calls"},
    {"customer": "ada", "feature_key": "nothing"},
    {"customer": "ada", "feature_key": "rare"},
    {"customer": "ada", "feature_key": "seats", "quantity": 3},
    {"customer": "bob", "feature_key": "calls", "quantity": -5}
]');
-- By our id it is the same customer.
SELECT item, allowed, reason, used FROM billing.track_usage_many(jsonb_build_array(jsonb_build_object('customer', :'ada', 'feature_key', 'seats'), jsonb_build_object('customer', 'ada', 'feature_key', 'seats')));

-- Of 9 tokens two images take 4, three are taken as they are, and two are left: for one image, not for two.
SELECT item, feature_key, allowed, reason, granted, remaining FROM billing.track_usage_many('[
    {"customer": "ada", "feature_key": "images", "quantity": 2},
    {"customer": "ada", "feature_key": "tokens", "quantity": 3},
    {"customer": "ada", "feature_key": "images", "quantity": 2},
    {"customer": "ada", "feature_key": "images", "quantity": 1}
]');
SELECT used, remaining FROM billing.get_usage('ada', 'tokens');

-- A key gives the same answer again, in the same call and in the next; a denial without any grant keeps its key too.
\set keyed '[{"customer": "bob", "feature_key": "calls", "quantity": 2, "idempotency_key": "k2"}, {"customer": "bob", "feature_key": "rare", "idempotency_key": "k9"}, {"customer": "bob", "feature_key": "calls", "quantity": 3, "idempotency_key": null}, {"customer": "bob", "feature_key": "calls", "quantity": 2, "idempotency_key": "k2"}, {"customer": "bob", "feature_key": "rare", "idempotency_key": "k1"}]'
SELECT item, feature_key, allowed, reason, used FROM billing.track_usage_many(:'keyed');
SELECT item, feature_key, allowed, reason, used FROM billing.track_usage_many(:'keyed');
SELECT allowed, used FROM billing.track_usage('bob', 'calls', 2, 'k2');
SELECT feature_key, idempotency_key, granted FROM billing.usage_records WHERE organization_id = :'organization' AND idempotency_key IS NOT NULL ORDER BY feature_key, idempotency_key;
-- With another quantity it is an error, and nothing of the call was consumed.
SELECT * FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "calls"}, {"customer": "bob", "feature_key": "calls", "quantity": 1, "idempotency_key": "k2"}]');
SELECT used FROM billing.get_usage('bob', 'calls');

-- What rolls back was not consumed.
BEGIN;
SELECT item, used FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "calls"}, {"customer": "ada", "feature_key": "seats"}]');
ROLLBACK;
SELECT b.used AS bob, a.used AS ada FROM billing.get_usage('bob', 'calls') AS b, billing.get_usage('ada', 'seats') AS a;

-- Every fault of the shape is named, at once, and nothing is consumed.
SELECT * FROM billing.track_usage_many(NULL);
SELECT * FROM billing.track_usage_many('{"customer": "ada", "feature_key": "calls"}');
SELECT * FROM billing.track_usage_many('[]');
SELECT count(*) FROM billing.track_usage_many((SELECT jsonb_agg('{"customer": "ada", "feature_key": "nothing"}'::jsonb) FROM generate_series(1, 1000)));
SELECT count(*) FROM billing.track_usage_many((SELECT jsonb_agg('{"customer": "ada", "feature_key": "nothing"}'::jsonb) FROM generate_series(1, 1001)));
SELECT * FROM billing.track_usage_many(('[' || repeat('[', 2000) || repeat(']', 2000) || ']')::jsonb);
SELECT * FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "calls"}, {"customer": "bob", "feature_key": "calls", "quantity": 0}]');
SELECT * FROM billing.track_usage_many('[
    7,
    {},
    {"customer": null, "feature_key": 5, "amount": 1},
    {"customer": "bob", "feature_key": "calls", "quantity": 1.5, "idempotency_key": ""},
    {"customer": "bob", "feature_key": "calls", "quantity": "2", "idempotency_key": 8},
    {"customer": "bob", "feature_key": "calls", "quantity": null},
    {"customer": "bob", "feature_key": "calls", "quantity": 9223372036854775808},
    {"customer": "bob", "feature_key": "calls", "quantity": -9223372036854775808}
]');
SELECT * FROM billing.track_usage_many(jsonb_build_array(jsonb_build_object('customer', 'bob', 'feature_key', 'calls', 'idempotency_key', repeat('k', 256))));
-- So is what the tables do not allow.
SELECT * FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "calls"}, {"customer": "ada", "feature_key": "flag"}]');
SELECT * FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "endless", "quantity": 9223372036854775807}, {"customer": "bob", "feature_key": "endless"}]');
SELECT calls.used AS calls, endless.used AS endless FROM billing.get_usage('bob', 'calls') AS calls, billing.get_usage('bob', 'endless') AS endless;

-- The role of a request may consume.
SET ROLE billing_api;
SELECT item, customer, allowed FROM billing.track_usage_many('[{"customer": "bob", "feature_key": "endless"}]');
RESET ROLE;
-- The log adds up to the counters.
SELECT * FROM billing.verify_usage();
