"""What the owner of the database makes of our tables and indexes is refused where it cannot be read.

The library reads columns and looks up keys as it knows them; to take other bytes for these would
end the server.
"""

from __future__ import annotations

import psycopg2
import pytest
from organization import Organization

CHECK = "SELECT billing.check_access('ada', 'api')"
TRACK = "SELECT allowed FROM billing.track_usage('ada', 'api')"
LIST = "SELECT * FROM billing.entitlements('ada')"
ALTER = "ALTER TABLE billing_internal.access ALTER COLUMN "
DIGEST = "hashtextextended(feature_key, uuid_hash_extended(customer_id, uuid_hash_extended(organization_id, {})))"


@pytest.fixture(scope="module")
def organization(cluster, database):
    made = Organization(cluster.connect(database))
    made.run("SELECT billing.create_customer('ada@example.com', external_id => 'ada')")
    made.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
    made.run("SELECT billing.attach_feature(NULL, 'api', 100, 'never')")
    assert made.value(TRACK) is True
    yield made
    made.connection.close()


@pytest.fixture
def altered(organization):
    """Alters in a transaction that is undone; gives how a statement fails then, or its value."""

    def run(changes: list[str], statement: str):
        organization.run("BEGIN")
        try:
            for change in changes:
                organization.run(change)
            return organization.value(statement)
        except psycopg2.Error as error:
            return error
        finally:
            organization.run("ROLLBACK")

    yield run
    assert organization.value(CHECK) is True


def remade(definition: str) -> list[str]:
    return ["DROP INDEX billing_internal.access_probe", "CREATE INDEX access_probe ON " + definition]


@pytest.mark.parametrize("statement", [CHECK, TRACK])
@pytest.mark.parametrize("definition", [
    "billing_internal.access USING hash (feature_key)",
    "billing_internal.access USING hash (customer_id)",
    "billing_internal.access USING hash (used)",
    f"billing_internal.access USING hash (({DIGEST.format(1)}))",
    f"billing_internal.access USING hash (({DIGEST.format(0)})) WHERE used > 0",
    "billing_internal.access (feature_key)",
    "billing_internal.access (organization_id, feature_key, customer_id)",
    "billing_internal.access USING brin (feature_key)",
    "billing_internal.usage_slots (organization_id, customer_id, feature_key)",
])
def test_another_index_under_the_name_of_ours_is_refused(altered, definition, statement):
    error = altered(remade(definition), statement)
    assert isinstance(error, psycopg2.errors.UndefinedTable), error
    assert error.diag.message_primary == "billing_internal.access has no valid index access_probe"
    assert error.diag.message_hint


def test_a_table_under_the_name_of_an_index_is_refused(altered):
    error = altered(["DROP INDEX billing_internal.access_probe",
                     "CREATE TABLE billing_internal.access_probe (number bigint)"], CHECK)
    assert isinstance(error, psycopg2.errors.UndefinedTable), error


@pytest.mark.parametrize("definition", [
    f"billing_internal.access USING hash (({DIGEST.format(0)})) WITH (fillfactor = 10)",
    "billing_internal.access (organization_id, customer_id, feature_key)",
])
def test_an_index_that_leads_to_the_same_rows_serves(altered, definition):
    assert altered(remade(definition), CHECK) is True
    assert altered(remade(definition), TRACK) is True


@pytest.mark.parametrize("change, statement", [
    ("kind TYPE integer USING 1", CHECK),
    ("kind TYPE integer USING 1", LIST),
    ("overage TYPE bigint USING 1", CHECK),
    ("overage TYPE bigint USING 1", LIST),
    ("used TYPE numeric", CHECK),
    ("used TYPE numeric", TRACK),
    ("used TYPE numeric", LIST),
    ("source TYPE integer USING 1", TRACK),
    ("source TYPE integer USING 1", LIST),
    ("overrides TYPE boolean USING true", LIST),
])
def test_a_column_of_another_type_is_refused(altered, change, statement):
    error = altered([ALTER + change], statement)
    assert isinstance(error, psycopg2.Error) and error.pgcode in ("42804", "PT503"), error
    assert error.diag.message_hint.endswith("to what a new installation has.")


@pytest.mark.parametrize("change", [
    "ALTER TABLE billing_internal.access RENAME COLUMN kind TO sort",
    "ALTER TABLE billing_internal.access DROP COLUMN overage",
])
def test_a_column_that_is_gone_is_missed(altered, change):
    error = altered([change], CHECK)
    assert isinstance(error, psycopg2.errors.DatatypeMismatch), error


@pytest.mark.parametrize("column, statement", [
    ("kind", CHECK), ("overage", CHECK), ("source", TRACK), ("epoch", TRACK)])
def test_a_null_where_none_may_be_is_refused(altered, column, statement):
    error = altered([ALTER + column + " DROP NOT NULL",
                     f"UPDATE billing_internal.access SET {column} = NULL"], statement)
    assert isinstance(error, psycopg2.errors.DatatypeMismatch), error


def test_credits_without_a_cost_are_refused(altered):
    error = altered(["UPDATE billing_internal.access SET credit_key = 'api', used = quota"], CHECK)
    assert isinstance(error, psycopg2.Error) and error.pgcode == "PT503", error


# What is kept of the columns' places is of the table as it is now; with more than 32 columns, and
# of rows older than a column, the server is asked.
ADDED = [f"ALTER TABLE billing_internal.access ADD COLUMN own_{n} text DEFAULT 'x'" for n in range(8)]
QUOTA_LAST = ["ALTER TABLE billing_internal.access DROP COLUMN quota",
              "ALTER TABLE billing_internal.access ADD COLUMN quota bigint DEFAULT 7"]


@pytest.mark.parametrize("changes", [ADDED, QUOTA_LAST, ADDED + QUOTA_LAST])
@pytest.mark.parametrize("quantity, allowed", [(6, True), (7, False)])  # one of 7 is used
def test_a_column_is_read_wherever_it_is(altered, changes, quantity, allowed):
    smaller = [] if changes[-1] == QUOTA_LAST[-1] else ["UPDATE billing_internal.access SET quota = 7"]
    statement = f"SELECT billing.check_access('ada', 'api', {quantity})"
    assert altered(changes + smaller, statement) is allowed
    rewritten = ["UPDATE billing_internal.access SET stands_from = stands_from"]
    assert altered(changes + smaller + rewritten, statement) is allowed


def test_a_consumption_changes_its_counter_wherever_it_is(altered):
    moved = ["ALTER TABLE billing_internal.access ADD COLUMN spent bigint",
             "UPDATE billing_internal.access SET spent = used",
             "ALTER TABLE billing_internal.access DROP COLUMN used",
             "ALTER TABLE billing_internal.access RENAME COLUMN spent TO used",
             ALTER + "used SET NOT NULL"]
    assert altered(moved, "SELECT used FROM billing.track_usage('ada', 'api', 4)") == 5
    once = ["SELECT billing.track_usage('ada', 'api', 4)"]
    assert altered(moved + once, "SELECT used FROM billing_internal.access WHERE feature_key = 'api'") == 5


@pytest.mark.parametrize("changes", [
    ["ALTER TABLE billing_internal.usage_records ADD COLUMN own text DEFAULT 'x'"],
    ["ALTER TABLE billing_internal.usage_records ADD COLUMN own text NOT NULL DEFAULT 'x'"],
    ["CREATE DOMAIN public.own AS text DEFAULT 'x'",
     "ALTER TABLE billing_internal.usage_records ADD COLUMN own public.own"],
])
def test_a_record_has_the_default_of_an_added_column(altered, changes):
    count = "SELECT count(*) FROM billing_internal.usage_records WHERE own = 'x'"
    assert altered([*changes, TRACK], count) == 2  # that of the fixture, and this one


def test_a_record_is_refused_where_an_added_column_forbids_it(altered):
    changes = ["ALTER TABLE billing_internal.usage_records ADD COLUMN own text DEFAULT 'x' NOT NULL",
               "ALTER TABLE billing_internal.usage_records ALTER COLUMN own DROP DEFAULT"]
    error = altered(changes, TRACK)
    assert isinstance(error, psycopg2.errors.NotNullViolation), error
