-- The organization of a transaction: who may choose it, and that nothing a caller sets reaches it.
SET client_min_messages = warning;
SELECT billing.install() IS NOT NULL AS installed;
SELECT billing.schema_version() = billing.library_schema_version() AS current;

SELECT billing.create_organization('First', 'Europe/Paris', 'EUR') AS first \gset
SELECT billing.create_organization('Second') AS second \gset

-- Nothing was chosen.

SELECT billing.current_organization();
-- For the transaction, through a savepoint that is rolled back, and no longer.
BEGIN;
SAVEPOINT before;
SELECT billing.use_organization(:'second');
SELECT billing.current_organization() = :'second' AS second;
ROLLBACK TO before;
SELECT billing.use_organization(:'first');
SAVEPOINT after;
SELECT billing.current_organization() = :'first' AS first;
ROLLBACK TO after;
SELECT billing.current_organization() = :'first' AS still_first;
COMMIT;
SELECT billing.current_organization();
-- For the session, in a read-only transaction, and after DISCARD ALL nothing.
SELECT billing.use_organization(:'first', true);
BEGIN READ ONLY;
SELECT billing.current_organization() = :'first' AS first;
COMMIT;
DISCARD ALL;
SELECT billing.current_organization();
-- An unknown organization.
\set unknown '00000000-0000-7000-8000-000000000000'
SELECT billing.use_organization(:'unknown');

-- The trusted setting is no caller's: not by SET, set_config, or a function.
SET billing.trusted = 'x';
SET billing.trusted = '';
RESET billing.trusted;
SELECT set_config('billing.trusted', '00000000-0000-7000-8000-000000000000x', false);
CREATE ROLE regress_tenant;
SET ROLE regress_tenant;
SELECT set_config('billing.trusted', '00000000-0000-7000-8000-000000000000', false);
CREATE FUNCTION pg_temp.forge() RETURNS text LANGUAGE sql SET billing.trusted = '00000000-0000-7000-8000-000000000000' AS 'SELECT 1::text';
-- billing.organization_id counts for trusted back ends alone.
SET billing.organization_id = 'x';
SET billing.organization_id = '00000000-0000-7000-8000-000000000000';
SELECT billing.current_organization();
RESET ROLE;
GRANT billing_api TO regress_tenant;
SET ROLE regress_tenant;
SELECT billing.current_organization();
RESET ROLE;
GRANT billing_service TO regress_tenant;
SET ROLE regress_tenant;
SELECT billing.current_organization();
RESET ROLE;
RESET billing.organization_id;

-- Arguments.
SELECT billing.create_organization('');
SELECT billing.create_organization('Zone', 'Mars/Olympus');
SELECT billing.create_organization('Zone', 'FOO5');
SELECT billing.create_organization('Currency', 'UTC', 'euro');
SELECT billing.create_organization(NULL);
SELECT billing.create_organization('Account', stripe_account_id => 'acct_orgs') IS NOT NULL AS created;
SELECT billing.create_organization('Account', stripe_account_id => 'acct_orgs');
SELECT billing.create_organization('Account', stripe_account_id => repeat('a', 256));
SELECT billing.create_organization('None yet', stripe_account_id => '') <> billing.create_organization('None yet', stripe_account_id => '') AS both_made;

-- A patch names what it changes.
BEGIN;
SELECT billing.use_organization(:'first');
SELECT billing.update_organization('{"name": "Premier", "time_zone": "UTC"}') - 'id' AS updated;
SELECT billing.update_organization('{"livemode": true}') ->> 'livemode' AS livemode;
COMMIT;
SELECT set_config('billing.organization_id', :'first', false) = :'first' AS chosen;
SELECT billing.update_organization('{"nickname": "x"}');
SELECT billing.update_organization('{"name": null}');
SELECT billing.update_organization('{"currency": 5}');
SELECT billing.update_organization('{"stripe_account_id": "acct_orgs"}');
SELECT billing.update_organization('[]');

-- The tables are nobody's: not even to name them.
SET ROLE regress_tenant;
SELECT count(*) FROM billing_internal.organizations;
RESET ROLE;
DROP ROLE regress_tenant;
