"""What only looks on at our tables sees each write once, and nothing else is different."""

from __future__ import annotations

import pytest
from organization import Organization
from owner_code import trigger
from quota_company import Company, lend

TABLES = """SELECT relname FROM pg_class WHERE relnamespace = 'billing_internal'::regnamespace
             AND relkind = 'r' AND relname <> 'schema_migrations'"""
NOTE = "INSERT INTO public.audit VALUES (TG_TABLE_NAME, TG_OP); RETURN NULL;"
COUNTS = "SELECT name, event, count(*) FROM public.audit GROUP BY 1, 2"


def audit(run) -> None:
    """An AFTER trigger that notes each row, a BEFORE trigger that lets it pass, a column of its own."""
    run("CREATE TABLE public.audit (name text, event text)")
    run("GRANT INSERT ON public.audit TO billing_owner")
    for table in [row["relname"] for row in run(TABLES)]:
        run(f"ALTER TABLE billing_internal.{table} ADD COLUMN seen_by text")
        for one in [*trigger(table, "INSERT OR UPDATE OR DELETE", NOTE, "AFTER"),
                    *trigger(table, "INSERT OR UPDATE",
                             "NEW.seen_by := current_user; RETURN NEW;")]:
            run(one)


@pytest.fixture(scope="module")
def watched(cluster, database):
    connection = cluster.connect(database)
    made = Organization(connection)
    audit(made.run)
    yield made
    connection.close()


@pytest.fixture
def ada(watched):
    watched.run("SELECT billing.create_customer('ada@example.com', external_id => 'ada')")
    watched.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
    watched.run("SELECT billing.attach_feature(NULL, 'api', 100, 'never')")
    watched.run("TRUNCATE public.audit")
    return watched


def seen(organization) -> dict[tuple[str, str], int]:
    return {(row["name"], row["event"]): row["count"] for row in organization.run(COUNTS)}


def test_an_audit_counts_what_is_answered(ada):
    def track(rest: str) -> dict:
        ada.run("TRUNCATE public.audit")
        row = ada.run(f"SELECT allowed, granted, used FROM billing.track_usage('ada', 'api'{rest})")[0]
        return tuple(row.values())

    recorded = {("usage_records", "INSERT"): 1, ("access", "UPDATE"): 1}
    assert track("") == (True, 1, 1)
    assert seen(ada) == {("usage_records", "INSERT"): 1, ("access", "INSERT"): 1, ("access", "UPDATE"): 1}
    assert track("") == (True, 1, 2)
    assert seen(ada) == recorded
    assert track(", 3, 'key'") == (True, 3, 5)
    assert seen(ada) == recorded
    assert track(", 3, 'key'") == (True, 3, 5)
    assert seen(ada) == {}
    assert track(", 96") == (False, 0, 5)
    assert seen(ada) == {}
    assert track(", 96, 'denied'") == (False, 0, 5)
    assert seen(ada) == {("usage_records", "INSERT"): 1}
    assert track(", -2") == (True, -2, 3)
    assert seen(ada) == recorded
    assert track(", 97") == (True, 97, 100)
    assert seen(ada) == {**recorded, ("usage_alerts", "INSERT"): 2}  # of 80 and of 100 percent
    assert ada.run("SELECT * FROM billing.verify_usage()") == []
    assert ada.value("SELECT count(*) FROM billing_internal.usage_records WHERE seen_by IS NULL") == 0


@pytest.fixture
def alone(quota_server):
    """A factory of companies in databases of their own."""
    made: list[Company] = []

    def make(**more) -> Company:
        made.append(Company(quota_server, quota_server.new_database(), **more))
        return made[-1]

    yield make
    for one in made:
        one.organization.connection.close()


def test_many_at_once_consume_exactly_what_an_audit_counts(alone):
    one = alone(quota=100, sessions=20)
    audit(one.organization.run)
    one.crowd.run(200)
    assert one.crowd.allowed == one.used == one.logged == 100
    assert seen(one.organization)["usage_records", "INSERT"] == 100
    one.sound()


def test_what_was_lent_before_there_was_an_audit_is_counted_on(alone):
    one = alone(quota=10**6, sessions=16)
    lend(one)
    assert one.run("SELECT sum(lent) > 0 FROM billing_internal.usage_slots")
    audit(one.organization.run)
    one.crowd.run(300)
    assert one.crowd.allowed == 300
    assert one.used == one.logged == 302
    assert seen(one.organization)["usage_records", "INSERT"] == 300
    one.sound()
