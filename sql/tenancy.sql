-- Members of organizations: roles, the last owner, and what a user may choose from.
SET client_min_messages = warning;
SELECT billing.install() IS NOT NULL AS installed;
SELECT billing.create_organization('Tenancy One') AS one \gset
SELECT billing.create_organization('Tenancy Two') AS two \gset
SELECT set_config('billing.organization_id', :'one', false) = :'one' AS chosen;

SELECT billing.add_member('ada', 'owner');
SELECT billing.add_member('bob');
SELECT billing.add_member('cyd', 'admin');
SELECT user_id, role FROM billing.list_members();
-- The same again changes nothing, another role does.
SELECT billing.add_member('bob', 'admin');
SELECT billing.add_member('bob', 'admin');
SELECT user_id, role FROM billing.list_members();
-- There is always an owner: the last one neither goes nor becomes less.
SELECT billing.remove_member('ada');
SELECT billing.add_member('ada', 'admin');
SELECT billing.add_member('bob', 'owner');
SELECT billing.remove_member('ada');
SELECT user_id, role FROM billing.list_members();
-- Arguments.
SELECT billing.add_member('dee', 'root');
SELECT billing.add_member('');
SELECT billing.add_member(repeat('x', 256));
SELECT billing.add_member(NULL);
SELECT billing.add_member('dee', NULL);
SELECT billing.remove_member('nobody');
-- Nothing of it is in the other organization.
SELECT set_config('billing.organization_id', :'two', false) = :'two' AS chosen;
SELECT count(*) FROM billing.list_members();
SELECT billing.remove_member('bob');
SELECT billing.add_member('bob');

-- A request of a user, as PostgREST makes it. The settings stay for the session, to be short.
SELECT set_config('request.jwt.claims', '{"sub": "bob"}', false) IS NOT NULL AS told;
SELECT set_config('request.headers', '{}', false) IS NOT NULL AS told;
BEGIN;
SELECT billing.pre_request();
SELECT current_user;
SELECT name, role FROM billing.my_organizations();
SELECT billing.current_organization();
ROLLBACK;
SELECT set_config('request.headers', json_build_object('x-organization-id', :'two')::text, false) IS NOT NULL AS told;
BEGIN;
SELECT billing.pre_request();
SELECT billing.current_organization() = :'two' AS two;
-- A member reads and writes, and has no say over members and keys.
SAVEPOINT before;
SELECT * FROM billing.list_members();
ROLLBACK TO before;
SELECT billing.add_member('bob', 'owner');
ROLLBACK;
-- An admin has, but not over owners; an owner over these too.
SELECT billing.add_member('bob', 'admin');
BEGIN;
SELECT billing.pre_request();
SELECT billing.add_member('eve');
SELECT user_id, role FROM billing.list_members();
SAVEPOINT before;
SELECT billing.add_member('eve', 'owner');
ROLLBACK TO before;
SELECT billing.add_member('bob', 'owner');
ROLLBACK;
SELECT billing.add_member('ada', 'owner');
BEGIN;
SELECT billing.pre_request();
SELECT billing.remove_member('ada');
ROLLBACK;
SELECT billing.add_member('bob', 'owner');
BEGIN;
SELECT billing.pre_request();
SELECT billing.remove_member('ada');
SELECT user_id, role FROM billing.list_members();
-- What a request may do is decided once in a transaction, whatever is rolled back.
SAVEPOINT before;
SELECT billing.pre_request();
ROLLBACK TO before;
SELECT billing.current_organization() = :'two' AS two;
ROLLBACK;

-- Nobody.
SELECT set_config('request.jwt.claims', '', false) = '' AS told;
BEGIN;
SELECT billing.pre_request();
SELECT current_user = session_user AS unchanged;
SELECT count(*) FROM billing.my_organizations();
SELECT billing.current_organization();
ROLLBACK;

-- What cannot be read is no credential.
SELECT set_config('request.headers', '{"x-api-key": ', false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.headers', '[]', false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.headers', '{"x-api-key": 5}', false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.headers', '{}', false) IS NOT NULL AS told;
SELECT set_config('request.jwt.claims', '{"sub": ["bob"]}', false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.jwt.claims', '{"sub": ""}', false) IS NOT NULL AS told;
SELECT billing.pre_request();
SELECT set_config('request.jwt.claims', json_build_object('sub', repeat('x', 256))::text, false) IS NOT NULL AS told;
SELECT billing.pre_request();

-- A back end sees every organization.
RESET billing.organization_id;
SELECT name, role FROM billing.my_organizations() WHERE name LIKE 'Tenancy %';
