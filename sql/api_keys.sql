-- API keys: made, used, rotated, revoked; and what each scope opens.
SET client_min_messages = warning;
SELECT billing.install() IS NOT NULL AS installed;
SELECT billing.create_organization('Keys One') AS one \gset
SELECT billing.create_organization('Keys Two') AS two \gset
SELECT set_config('billing.organization_id', :'one', false) = :'one' AS chosen;

-- The key is pgb_ and 57 characters, the prefix its first 12; what is stored is its SHA-256.
SELECT id AS key_id, key, prefix FROM billing.create_api_key('reports') \gset
SELECT :'key' ~ '^pgb_[0-9A-Za-z]{57}$' AS form, left(:'key', 12) = :'prefix' AS prefix;
SELECT name, prefix = :'prefix' AS prefix, scopes, expires_at, revoked_at, replaced_by, last_used_at FROM billing.list_api_keys();
SELECT digest = sha256(convert_to(:'key', 'UTF8')) AS digest FROM billing_internal.api_keys WHERE id = :'key_id';
SELECT count(*) AS rows_with_the_key FROM billing_internal.api_keys AS k WHERE k::text LIKE '%' || right(:'key', 40) || '%';
-- Scopes are said once and in order.
SELECT id AS all_id FROM billing.create_api_key('all', '{admin,usage,write,read,read}', 'infinity'::timestamptz);
SELECT id AS all_id, key AS all_key FROM billing.create_api_key('all', '{admin,usage,write,read,read}', now() + interval '30 days') \gset
SELECT name, scopes, expires_at - created_at AS lives FROM billing.list_api_keys() ORDER BY name;
-- Arguments.
SELECT * FROM billing.create_api_key('');
SELECT * FROM billing.create_api_key(NULL);
SELECT * FROM billing.create_api_key('x', '{}');
SELECT * FROM billing.create_api_key('x', '{root}');
SELECT * FROM billing.create_api_key('x', '{read,NULL}');
SELECT * FROM billing.create_api_key('x', NULL);
SELECT * FROM billing.create_api_key('x', '{read}', now());

-- A request with it.
SELECT set_config('request.headers', json_build_object('x-api-key', :'key')::text, false) IS NOT NULL AS told;
BEGIN;
SELECT billing.pre_request();
SELECT current_user, billing.current_organization() = :'one' AS one;
SELECT name, role FROM billing.my_organizations();
SELECT count(*) FROM billing.customers;
SAVEPOINT before;
SELECT * FROM billing.list_api_keys();
ROLLBACK TO before;
SELECT * FROM billing.track_usage('nobody', 'calls');
ROLLBACK TO before;
SELECT billing.create_organization('Theirs');
ROLLBACK;
-- Also as a bearer token, in either case; not twice.
SELECT set_config('request.headers', json_build_object('authorization', 'bEARER ' || :'key')::text, false) IS NOT NULL AS told;
BEGIN;
SELECT billing.pre_request();
SELECT billing.current_organization() = :'one' AS one;
COMMIT;
SELECT set_config('request.headers', json_build_object('authorization', 'Bearer ' || :'key', 'x-api-key', :'key')::text, false) IS NOT NULL AS told;
SELECT billing.pre_request();

-- Rotation: the same scopes, an overlap, and a life as long as the old one's.
BEGIN;
SELECT id AS new_id, key AS new_key FROM billing.rotate_api_key(:'all_id', '1 hour') \gset
SELECT name, scopes, expires_at - now() AS lives, replaced_by = :'new_id' AS replaced FROM billing.list_api_keys() WHERE name = 'all' ORDER BY id;
COMMIT;
SELECT count(*) FROM billing.rotate_api_key(:'all_id');
SELECT count(*) FROM billing.rotate_api_key(:'new_id', '-1 second');
SELECT count(*) FROM billing.rotate_api_key(:'new_id', '91 days');
SELECT count(*) FROM billing.rotate_api_key(:'new_id', NULL);
SELECT count(*) FROM billing.rotate_api_key('00000000-0000-7000-8000-000000000000');
-- A key that never expires is followed by one that never does; without an overlap the old one ends now.
SELECT id AS next_id, key AS next_key FROM billing.rotate_api_key(:'key_id', '0') \gset
SELECT id = :'next_id' AS new, expires_at IS NULL AS for_ever, expires_at <= now() AS ended FROM billing.list_api_keys() WHERE name = 'reports' ORDER BY id;
SELECT set_config('request.headers', json_build_object('x-api-key', :'key')::text, false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.headers', json_build_object('x-api-key', :'next_key')::text, false) IS NOT NULL AS told;
SELECT billing.pre_request();

-- Revocation, again, and of what is not there.
SELECT billing.revoke_api_key(:'next_id');
SELECT billing.revoke_api_key(:'next_id');
SELECT billing.pre_request();
SELECT count(*) FROM billing.rotate_api_key(:'next_id');
SELECT billing.revoke_api_key('00000000-0000-7000-8000-000000000000');
-- The other organization has none of them.
SELECT set_config('billing.organization_id', :'two', false) = :'two' AS chosen;
SELECT count(*) FROM billing.list_api_keys();
SELECT billing.revoke_api_key(:'new_id');
SELECT count(*) FROM billing.rotate_api_key(:'new_id');

-- What is noted of use: once a minute, of known keys, past those that somebody holds.
SELECT set_config('billing.organization_id', :'one', false) = :'one' AS chosen;
SELECT billing.record_key_use(ARRAY[:'one', :'two', :'one']::uuid[], ARRAY[:'all_id', :'all_id', '00000000-0000-7000-8000-000000000000']::uuid[]) AS noted;
SELECT last_used_at BETWEEN created_at AND now() AS noted FROM billing.list_api_keys() WHERE id = :'all_id';
SELECT billing.record_key_use(NULL, NULL);
