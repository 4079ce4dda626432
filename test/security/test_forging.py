"""A hostile tenant with a valid key and any SQL at all stays in its organization."""

from __future__ import annotations

import json

import psycopg2
import pytest

from session import Session

OURS, THEIRS = "ours@one.example", "theirs@two.example"


@pytest.fixture
def dsn(cluster, database):
    return cluster.url(database, "billing_authenticator")


@pytest.fixture
def session(dsn):
    made = Session(dsn)
    yield made
    made.close()


@pytest.fixture
def ours(one):
    one.customer("cus_1", OURS)
    return one


@pytest.fixture
def theirs(two):
    two.customer("cus_1", THEIRS)
    return two


@pytest.fixture
def key(ours, theirs):
    """Everything that an API key can be allowed."""
    return ours.with_key("read", "write", "usage", "admin")


def forgeries(tenant) -> list[str]:
    """Texts that billing.trusted would take for the organization."""
    return [str(tenant.id), f"{tenant.id} k O {tenant.id}", f"{tenant.id} u O mallory"]


def test_the_trusted_setting_cannot_be_set_by_any_command(session, key, theirs):
    for text in forgeries(theirs):
        for command in (f"SET billing.trusted = '{text}'", f"SET LOCAL billing.trusted = '{text}'",
                        f"SET SESSION billing.trusted = '{text}'",
                        f"SELECT set_config('billing.trusted', '{text}', true)",
                        f"SELECT set_config('billing.trusted', '{text}', false)",
                        f"UPDATE pg_settings SET setting = '{text}' WHERE name = 'billing.trusted'",
                        "RESET billing.trusted", "SET billing.trusted TO DEFAULT",
                        "SET LOCAL billing.trusted FROM CURRENT",
                        f"DO $$BEGIN PERFORM set_config('billing.trusted', '{text}', true); END$$",
                        f"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql"
                        f" SET billing.trusted = '{text}' AS 'SELECT 1'"):
            with session.request(key):
                session.attempt(command)
                assert session.emails() == [OURS], command
            with session.request(key):
                assert session.emails() == [OURS], command


# A millisecond of these ends the session: no way out, and no way to go on. The second is of PostgreSQL 17.
END_THE_SESSION = ("idle_in_transaction_session_timeout", "transaction_timeout")


def test_no_setting_at_all_leads_out(session, key, theirs):
    with session.request(key):
        names = [name for (name,) in session.run(
            "SELECT name FROM pg_settings WHERE name <> ALL (%s)", list(END_THE_SESSION))]
    assert len(names) > 300
    names += ["role", "session_authorization", "billing.trusted", "request.headers", "request.jwt.claims"]
    seen = []
    values = [str(theirs.id), "billing_service", "postgres", "none", "on", "off", "0", "1", "billing_internal"]
    with session.request(key):
        for name in names:
            for value in values:
                session.run("SAVEPOINT one_setting")
                if not isinstance(session.attempt("SELECT set_config(%s, %s, true)", name, value), str):
                    found = session.emails()
                    # Refused (a right, row security off, no organization, a limit), or ours alone.
                    assert found == [OURS] or isinstance(found, str), (name, value, found)
                    seen.append(found)
                session.run("ROLLBACK TO one_setting")
    assert seen.count([OURS]) > 300


def test_the_organization_setting_of_back_ends_means_nothing(session, key, theirs):
    for scope in ("SESSION", "LOCAL"):
        with session.request(key):
            session.run(f"SET {scope} billing.organization_id = '{theirs.id}'")
            assert session.emails() == [OURS]
    session.run("BEGIN")
    session.run("SET LOCAL ROLE billing_api")
    assert session.emails() == "PT400"
    session.run("ROLLBACK")


def test_no_role_that_can_be_taken_sees_more(session, key, admin):
    with admin.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        roles = [name for (name,) in cursor.fetchall()]
    taken = set()
    with session.request(key):
        for role in [*roles, "none"]:
            for command in (f"SET LOCAL ROLE {role}", f"SET SESSION AUTHORIZATION {role}"):
                session.run("SAVEPOINT one_role")
                if not isinstance(session.attempt(command), str):
                    taken.add(role)
                    assert session.emails() in ([OURS], "42501"), command
                session.run("ROLLBACK TO one_role")
    assert taken == {"billing_api", "billing_anon", "billing_authenticator", "none"}


@pytest.mark.parametrize("command", ["RESET ROLE", "RESET ALL", "RESET SESSION AUTHORIZATION",
                                     "DISCARD PLANS", "DISCARD TEMP", "RESET search_path"])
def test_a_reset_gives_nothing(session, key, command):
    with session.request(key):
        session.attempt(command)
        found = session.emails()
        assert found == [OURS] or isinstance(found, str)
        assert session.attempt("SELECT count(*) FROM billing.my_organizations()") in ([(1,)], [(0,)], "42501")
    assert session.emails() == "42501"


def test_outside_of_a_request_there_is_nothing(session, key):
    with session.request(key):
        assert session.value("SELECT current_user") == "billing_api"
    assert session.value("SELECT current_user") == "billing_authenticator"
    assert session.emails() == "42501"
    assert session.attempt("SELECT billing.current_organization()") == "42501"


def test_discarding_everything_forgets_the_request(session, key):
    with session.request(key):
        pass
    session.run("DISCARD ALL")
    assert session.emails() == "42501"


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])
def test_a_prepared_plan_follows_the_organization(session, key, theirs, mode):
    other = theirs.with_key("read")
    session.run(f"SET plan_cache_mode = {mode}")
    with session.request(key):
        session.run("PREPARE everything AS SELECT email FROM billing.customers")
        session.run("PREPARE reports (date) AS SELECT count(*) FROM billing.mrr($1)")
    for _ in range(8):
        for headers, email in ((key, OURS), (other, THEIRS)):
            with session.request(headers):
                assert session.run("EXECUTE everything") == [(email,)]
                session.run("EXECUTE reports ('2025-01-01')")
    assert session.attempt("EXECUTE everything") == "42501"


def test_a_rollback_before_pre_request_leaves_nobody(session, key):
    session.run("BEGIN")
    session.show(key)
    session.run("SAVEPOINT before")
    session.run("SELECT billing.pre_request()")
    assert session.emails() == [OURS]
    session.run("ROLLBACK TO before")
    assert session.value("SELECT current_user") == "billing_anon"
    assert session.emails() == "42501"
    session.run("ROLLBACK")
    assert session.emails() == "42501"


def test_a_request_is_decided_once_in_a_transaction(session, key, theirs):
    other = theirs.with_key("read")
    with session.request(key):
        session.show(other)
        session.run("SET LOCAL ROLE billing_api")
        assert session.attempt("SELECT billing.pre_request()") == "PT403"
        assert session.emails() == [OURS]
    session.run("BEGIN")
    session.show(key)
    session.run("SAVEPOINT before")
    session.run("SELECT billing.pre_request()")
    session.run("ROLLBACK TO before")
    session.show(other)
    assert session.attempt("SELECT billing.pre_request()") == "PT403"
    assert session.emails() == "42501"
    session.run("ROLLBACK")
    with session.request(other):
        assert session.emails() == [THEIRS]


def test_a_savepoint_after_pre_request_keeps_it(session, key):
    with session.request(key):
        session.run("SAVEPOINT after")
        assert session.attempt("SELECT 1/0") == "22012"
        session.run("ROLLBACK TO after")
        assert session.emails() == [OURS]
        session.run("RELEASE after")
        assert session.emails() == [OURS]


def test_claims_count_on_the_authenticators_connection_alone(cluster, database, admin, key, theirs):
    theirs.member("victim", "owner")
    with admin.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS tenant_login")
        cursor.execute("CREATE ROLE tenant_login LOGIN IN ROLE billing_api")
    hostile = Session(cluster.url(database, "tenant_login"))
    hostile.run("BEGIN")
    hostile.run("SELECT set_config('request.headers', %s, true), set_config('request.jwt.claims', %s, true)",
                json.dumps({"x-organization-id": str(theirs.id)}), json.dumps({"sub": "victim"}))
    assert hostile.attempt("SELECT billing.pre_request()") == "PT401"
    assert hostile.emails() == "PT400"
    hostile.run("ROLLBACK")
    # A key speaks for itself, whoever shows it.
    hostile.run("BEGIN")
    hostile.run("SELECT set_config('request.headers', %s, true)",
                json.dumps({"x-api-key": key["X-Api-Key"]}))
    hostile.run("SELECT billing.pre_request()")
    assert hostile.emails() == [OURS]
    hostile.run("ROLLBACK")
    hostile.close()


def test_claims_forged_inside_a_request_are_not_looked_at(session, key, theirs):
    theirs.member("victim", "owner")
    with session.request(key):
        session.run("SELECT set_config('request.jwt.claims', %s, true), set_config('request.headers', %s, true)",
                    json.dumps({"sub": "victim"}), json.dumps({"x-organization-id": str(theirs.id)}))
        assert session.attempt("SELECT billing.pre_request()") == "PT403"
        assert session.emails() == [OURS]
        assert session.run("SELECT id FROM billing.my_organizations()") == [
            (session.value("SELECT billing.current_organization()"),)]


def test_a_connection_serves_tenants_in_turn(session, key, theirs):
    other = theirs.with_key("read")
    for _ in range(5):
        with session.request(key):
            assert session.emails() == [OURS]
        session.run("BEGIN")
        session.show({"x-api-key": "pgb_wrong"})
        assert session.attempt("SELECT billing.pre_request()") == "PT401"
        session.run("ROLLBACK")
        with session.request(other):
            assert session.emails() == [THEIRS]
        with session.request({}):
            assert session.emails() == "42501"


SHADOWS = """
    CREATE FUNCTION {s}.current_organization() RETURNS uuid LANGUAGE sql AS $$SELECT '{id}'::uuid$$;
    CREATE FUNCTION {s}.pre_request() RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION {s}.now() RETURNS timestamptz LANGUAGE sql AS $$SELECT 'epoch'::timestamptz$$;
    CREATE FUNCTION {s}.yes(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION {s}.yes(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR {s}.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = {s}.yes);
    CREATE OPERATOR {s}.= (LEFTARG = text, RIGHTARG = text, FUNCTION = {s}.yes);
    CREATE FUNCTION {s}.unnest(uuid[]) RETURNS SETOF uuid LANGUAGE sql AS $$SELECT '{id}'::uuid$$;
"""


def reports(session) -> list:
    """What the functions answer, for comparison."""
    return [session.run(f"SELECT * FROM billing.{call}") for call in (
        "my_organizations()", "mrr('2025-01-01', '2025-03-01')", "entitlements('cus_1')",
        "list_features()", "top_customers()", "list_api_keys()", "find_customer('cus_1')",
        "check_access('cus_1', 'calls')")]


def test_a_schema_with_our_names_changes_nothing(dsn, admin, key, theirs):
    with admin.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS evil CASCADE")
        cursor.execute("CREATE SCHEMA evil")
        cursor.execute("GRANT ALL ON SCHEMA evil TO billing_api")
    session = Session(dsn)
    with session.request(key):
        expected = reports(session)
    fresh = Session(dsn)  # whose plans are made under the planted path
    with fresh.request(key):
        fresh.run(SHADOWS.format(s="evil", id=theirs.id))
        for path in ("evil, billing", "evil, pg_catalog, billing", "evil"):
            fresh.run(f"SET LOCAL search_path = {path}")
            assert fresh.emails() == [OURS]
            assert reports(fresh) == expected
    with session.request(key):
        session.run("SET LOCAL search_path = evil, pg_catalog")
        assert session.emails() == [OURS]
        assert reports(session) == expected
    session.close()
    fresh.close()


def test_temporary_objects_shadow_nothing(dsn, key, theirs):
    session = Session(dsn)
    with session.request(key):
        expected = reports(session)
    fresh = Session(dsn)
    with fresh.request(key):
        fresh.run("SET LOCAL search_path = pg_temp, billing")
        for table in ("organizations", "customers", "members", "api_keys", "access", "lanes",
                      "schema_migrations", "features", "subscriptions"):
            fresh.run(f"CREATE TEMP TABLE {table} (organization_id uuid, id uuid, email text, name text, number int)")
            fresh.run(f"INSERT INTO pg_temp.{table} VALUES ('{theirs.id}', '{theirs.id}', 'x', 'x', 99)")
        fresh.run(SHADOWS.format(s="pg_temp", id=theirs.id))
        fresh.run("SET LOCAL search_path = pg_temp, billing_internal, pg_catalog")
        assert fresh.run("SELECT email FROM billing.customers") == [(OURS,)]
        assert reports(fresh) == expected
    with fresh.request(key):
        assert reports(fresh) == expected
    session.close()
    fresh.close()


def test_a_held_cursor_keeps_what_its_own_request_saw(session, key, theirs):
    other = theirs.with_key("read")
    with session.request(key):
        session.run("DECLARE held CURSOR WITH HOLD FOR SELECT email FROM billing.customers")
        session.run("DECLARE short CURSOR FOR SELECT email FROM billing.customers")
    with session.request(other):
        assert session.run("FETCH ALL FROM held") == [(OURS,)]
        assert session.attempt("FETCH ALL FROM short") == "34000"
        assert session.emails() == [THEIRS]


def test_a_cursor_opened_before_the_request_gets_nothing(session, key):
    session.run("BEGIN")
    session.show(key)
    assert session.attempt("DECLARE early CURSOR FOR SELECT email FROM billing.customers") == "42501"
    session.run("ROLLBACK")


def test_pre_request_cannot_run_as_somebody_else(session, key, admin):
    with admin.cursor() as cursor:
        cursor.execute("""
            CREATE OR REPLACE FUNCTION public.borrow() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
            AS 'BEGIN PERFORM billing.pre_request(); END'""")
    session.run("BEGIN")
    session.show(key)
    assert session.attempt("SELECT public.borrow()") == "42501"
    assert session.emails() == "42501"
    session.run("ROLLBACK")


def preset(how: str, text: str, dsn: str, admin) -> Session:
    """A session in which the setting was given a value before the library was loaded."""
    if how == "options":
        return Session(dsn, options=f"-c billing.trusted={text.replace(' ', chr(92) + ' ')}")
    with admin.cursor() as cursor:
        if how == "role":
            own = Session(dsn)
            own.attempt(f"ALTER ROLE billing_authenticator SET billing.trusted = '{text}'")
            own.close()
        made = Session(dsn)
        cursor.execute("ALTER ROLE billing_authenticator RESET billing.trusted")
    if how == "set":
        made.attempt(f"SET billing.trusted = '{text}'")
    return made


@pytest.mark.parametrize("how", ["options", "role", "set"])
def test_a_value_from_before_the_library_was_loaded_is_dropped(dsn, admin, key, theirs, how):
    for text in forgeries(theirs):
        session = preset(how, text, dsn, admin)
        session.run("BEGIN")
        session.run("SET LOCAL ROLE billing_api")
        assert session.attempt("SELECT billing.current_organization()") == "PT400"
        assert session.emails() == "PT400"
        session.run("ROLLBACK")
        with session.request(key):
            assert session.emails() == [OURS]
        session.close()


def test_the_tables_have_no_name(session, key):
    with session.request(key):
        for table in ("api_keys", "members", "customers", "organizations", "events", "access"):
            for command in (f"SELECT * FROM billing_internal.{table}", f"DELETE FROM billing_internal.{table}",
                            f"SELECT 'billing_internal.{table}'::regclass",
                            f"COPY billing_internal.{table} TO STDOUT",
                            f"LOCK TABLE billing_internal.{table}"):
                assert session.attempt(command) == "42501", command


def test_nothing_of_a_key_is_readable(session, key, ours):
    digest = ours.value("SELECT encode(digest, 'hex') FROM billing_internal.api_keys WHERE prefix = %s",
                        key["X-Api-Key"][:12])
    with session.request(key):
        for call in ("list_api_keys()", "list_members()", "my_organizations()"):
            shown = repr(session.run(f"SELECT t::text FROM billing.{call} AS t"))
            assert key["X-Api-Key"][12:] not in shown and digest not in shown


def test_service_functions_are_closed_even_to_a_superusers_request(admin, key, theirs):
    """Grants do not bind a superuser; what its request may do is bound all the same."""
    with admin.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT set_config('request.headers', %s, true)",
                       (json.dumps({"x-api-key": key["X-Api-Key"]}),))
        cursor.execute("SELECT billing.pre_request()")
        cursor.execute("RESET ROLE")
        with pytest.raises(psycopg2.Error) as caught:
            cursor.execute("SELECT billing.use_organization(%s)", (str(theirs.id),))
        assert caught.value.pgcode == "PT403"
        cursor.execute("ROLLBACK")
