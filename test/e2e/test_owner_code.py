"""A trigger or a rule of the database's owner on a table of ours takes no row away unnoticed.

What was answered is stored, or nothing is and the call says which table did not keep it. What only
looks on is served as if it were not there.
"""

from __future__ import annotations

import psycopg2
import pytest
from model.story import Story
from organization import Organization
from owner_code import Undone, changing, missed, nothing_instead, swallowing, trigger
from quota_company import lend

ADA = "billing.find_customer('ada')"
BOB = "billing.find_customer('bob')"
TRACK = "SELECT allowed FROM billing.track_usage('ada', 'api')"
WITH_KEY = "SELECT allowed FROM billing.track_usage('ada', 'api', 1, 'k1')"
MUCH = "SELECT allowed FROM billing.track_usage('ada', 'api', 85)"
GIVE_BACK = "SELECT allowed FROM billing.track_usage('ada', 'api', -1)"
DENIED_WITH_KEY = "SELECT allowed FROM billing.track_usage('ada', 'api', 1000, 'k2')"
FIRST_OF_BOB = "SELECT allowed FROM billing.track_usage('bob', 'api')"
FROM_GRANT = "SELECT allowed FROM billing.track_usage('eve', 'api')"
BY_CREDITS = "SELECT allowed FROM billing.track_usage('ada', 'mail')"
MANY = """SELECT allowed FROM billing.track_usage_many('[{"customer": "ada", "feature_key": "api"}]')"""
RESERVE = f"SELECT billing.reserve_usage({ADA}, 'api', 2)"
SETTLE = "SELECT allowed FROM billing.settle_usage((SELECT id FROM billing_internal.reservations), 2)"
GRANT = f"SELECT billing.grant_feature({ADA}, 'api', 10)"
TOP_UP = f"SELECT billing.top_up({ADA}, 'api', 10)"
BLOCK = f"SELECT billing.block_feature({ADA}, 'api')"
UNBLOCK = """SELECT billing.revoke_grant(id) FROM billing_internal.overrides
              WHERE what = 'block'"""
REVOKE = "SELECT billing.revoke_grant((SELECT id FROM billing_internal.overrides))"
ATTACH = "SELECT billing.attach_feature(NULL, 'mail', 5, 'never')"
ATTACH_AGAIN = "SELECT billing.attach_feature(NULL, 'api', 200, 'never')"
DETACH = "SELECT billing.detach_feature(NULL, 'api')"
COST = "SELECT billing.set_credit_cost('api', 'mail', 2)"
COST_AGAIN = "SELECT billing.set_credit_cost('api', 'text', 3)"
NEW_FEATURE = "SELECT billing.create_feature('more', 'More', 'metered')"
THRESHOLDS = "SELECT billing.set_usage_thresholds('{50}')"
TAKE_ALERTS = "SELECT alert_id FROM billing.take_usage_alerts(10)"
MERGE = f"SELECT billing.merge_customers({ADA}, {BOB})"

# Table and event, the call that writes so, and what comes before it in the same transaction.
WRITES = [
    ("access", "UPDATE", TRACK, []),
    ("access", "UPDATE", WITH_KEY, []),
    ("access", "UPDATE", GIVE_BACK, []),
    ("access", "UPDATE", MANY, []),
    ("access", "UPDATE", RESERVE, []),
    ("access", "UPDATE", SETTLE, [RESERVE]),
    ("access", "INSERT", FIRST_OF_BOB, []),
    ("access", "DELETE", MERGE, [FIRST_OF_BOB]),
    ("usage_records", "INSERT", TRACK, []),
    ("usage_records", "INSERT", WITH_KEY, []),
    ("usage_records", "INSERT", DENIED_WITH_KEY, []),
    ("usage_records", "INSERT", GIVE_BACK, []),
    ("usage_records", "INSERT", MANY, []),
    ("usage_records", "INSERT", BY_CREDITS, [COST]),
    ("usage_records", "UPDATE", MERGE, [FIRST_OF_BOB]),
    ("usage_burns", "INSERT", FROM_GRANT, []),
    ("overrides", "UPDATE", FROM_GRANT, []),
    ("overrides", "INSERT", GRANT, []),
    ("overrides", "INSERT", TOP_UP, []),
    ("overrides", "INSERT", BLOCK, []),
    ("overrides", "UPDATE", REVOKE, []),
    ("reservations", "INSERT", RESERVE, []),
    ("reservations", "UPDATE", SETTLE, [RESERVE]),
    ("usage_alerts", "INSERT", MUCH, []),
    ("usage_alerts", "UPDATE", TAKE_ALERTS, [MUCH]),
    ("product_features", "INSERT", ATTACH, []),
    ("product_features", "UPDATE", ATTACH_AGAIN, []),
    ("product_features", "DELETE", DETACH, []),
    ("product_features_past", "INSERT", ATTACH_AGAIN, []),
    ("product_features_past", "INSERT", DETACH, []),
    ("features", "UPDATE", COST, []),
    ("credit_costs_past", "INSERT", COST_AGAIN, []),
    ("features", "INSERT", NEW_FEATURE, []),
    ("organizations", "UPDATE", THRESHOLDS, []),
]


@pytest.fixture(scope="module")
def organization(cluster, database):
    """ada has used 1 of 100, bob nothing, and eve 1 of a grant of her own."""
    made = Organization(cluster.connect(database))
    for name in ("ada", "bob", "eve"):
        made.run("SELECT billing.create_customer(%s, external_id => %s)", f"{name}@example.com", name)
    for feature in ("api", "mail", "text"):
        made.run("SELECT billing.create_feature(%s, %s, 'metered')", feature, feature)
    made.run("SELECT billing.attach_feature(NULL, 'api', 100, 'never')")
    made.run(COST_AGAIN.replace("3", "2"))
    made.run("SELECT billing.grant_feature(billing.find_customer('eve'), 'api', 50)")
    assert made.value(TRACK) is made.value(FROM_GRANT) is True
    yield made
    assert made.run("SELECT * FROM billing.verify_usage()") == []
    made.connection.close()


@pytest.fixture
def undone(organization):
    yield Undone(organization)
    assert organization.value("SELECT used FROM billing.get_usage('ada', 'api')") == 1


@pytest.mark.parametrize("table, event, call, before", WRITES)
def test_a_trigger_that_takes_a_row_away_is_named(undone, table, event, call, before):
    assert missed(undone.outcome(swallowing(table, event), call, before)) == table


@pytest.mark.parametrize("table, event, call, before", WRITES)
def test_a_rule_that_does_nothing_instead_is_named(undone, table, event, call, before):
    assert missed(undone.outcome(nothing_instead(table, event), call, before)) == table


@pytest.mark.parametrize("table, event, call, before", WRITES)
def test_without_them_each_of_these_calls_is_served(undone, table, event, call, before):
    found = undone.outcome([], call, before)
    assert not isinstance(found, psycopg2.Error), found


@pytest.mark.parametrize("table, event, change, call, before", [
    ("access", "UPDATE", "NEW.used := OLD.used", TRACK, []),
    ("access", "UPDATE", "NEW.used := OLD.used", WITH_KEY, []),
    ("access", "UPDATE", "NEW.used := OLD.used", GIVE_BACK, []),
    ("access", "UPDATE", "NEW.held := 0", RESERVE, []),
    ("access", "UPDATE", "NEW.extra := NULL", FROM_GRANT, []),
    ("usage_records", "INSERT", "NEW.granted := 0", TRACK, []),
    ("usage_records", "INSERT", "NEW.customer_id := NEW.id", TRACK, []),
    ("usage_records", "INSERT", "NEW.idempotency_key := NULL", WITH_KEY, []),
    ("usage_records", "INSERT", "NEW.epoch := NEW.epoch - interval '1 s'", WITH_KEY, []),
    ("usage_burns", "INSERT", "NEW.quantity := 0", FROM_GRANT, []),
    ("overrides", "UPDATE", "NEW.used := OLD.used", FROM_GRANT, []),
    ("overrides", "INSERT", "NEW.quota := 1", GRANT, []),
    ("overrides", "UPDATE", "NEW.revoked_at := NULL", REVOKE, []),
    ("reservations", "INSERT", "NEW.held := 1", RESERVE, []),
    ("reservations", "UPDATE", "NEW.settled_at := NULL", SETTLE, [RESERVE]),
    ("usage_alerts", "UPDATE", "NEW.delivered_at := NULL", TAKE_ALERTS, [MUCH]),
    ("product_features", "INSERT", "NEW.quota := 1", ATTACH, []),
    ("features", "UPDATE", "NEW.credit_cost := 1", COST, []),
])
def test_a_trigger_that_changes_what_is_counted_is_named(undone, table, event, change, call, before):
    assert missed(undone.outcome(changing(table, event, change), call, before)) == table


def test_what_a_trigger_makes_of_an_answer_is_what_counts(undone):
    more = changing("access", "INSERT OR UPDATE", "NEW.quota := 1000")
    remaining = TRACK.replace("allowed", "remaining")
    assert undone.outcome(more, remaining.replace("ada", "bob")) == 999
    anew = [*more, BLOCK, UNBLOCK]
    assert undone.outcome(anew, remaining.replace("'api'", "'api', 101")) == 898


@pytest.mark.parametrize("call", [TRACK, WITH_KEY])
def test_a_rule_that_does_something_also_is_refused_where_it_cannot_be_followed(undone, call):
    also = ["CREATE TABLE public.seen (customer uuid)",
            "GRANT INSERT ON public.seen TO billing_owner",
            """CREATE RULE also AS ON INSERT TO billing_internal.usage_records
                   DO ALSO INSERT INTO public.seen VALUES (NEW.customer_id)"""]
    assert missed(undone.outcome(also, call)) == "usage_records"


def test_an_error_of_a_trigger_stays_its_own(undone):
    raising = trigger("usage_records", "INSERT",
                      "RAISE EXCEPTION 'not now' USING ERRCODE = 'feature_not_supported';")
    error = undone.outcome(raising, TRACK)
    assert error.pgcode == "0A000" and error.diag.message_primary == "not now"


def test_whoever_catches_the_error_has_consumed_nothing(organization):
    run, value = organization.run, organization.value
    for one in swallowing("usage_records", "INSERT"):
        run(one)
    try:
        run("""DO $$ BEGIN
                   PERFORM billing.track_usage('ada', 'api', 5);
               EXCEPTION WHEN SQLSTATE 'PT500' THEN NULL;
               END $$""")
    finally:
        run("DROP FUNCTION public.usage_records_before_insert CASCADE")
    assert value("SELECT used FROM billing.get_usage('ada', 'api')") == 1


@pytest.fixture
def waiting(organization):
    """An organization whose events of one subscription wait."""
    made = Organization(organization.connection)
    product = made.value("SELECT billing.create_product('Plan', '{}', 'prod_1')")
    made.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
    made.run("SELECT billing.attach_feature(%s, 'api', 10)", product)
    story = Story()
    story.subscribe("2025-05-10", story.price(5000))
    made.waiting = len(made.ingest(story.bodies()))
    yield made
    organization.choose()


def test_events_wait_for_a_trigger_that_takes_their_rows_away(waiting):
    for one in swallowing("feature_grants", "INSERT"):
        waiting.run(one)
    with pytest.raises(psycopg2.Error) as caught:
        waiting.process()
    assert missed(caught.value) == "feature_grants"
    assert waiting.run("SELECT * FROM billing.failed_events()") == []
    waiting.run("DROP FUNCTION public.feature_grants_before_insert CASCADE")
    assert waiting.process() == (waiting.waiting, 0)
    assert waiting.allowed("cus_1", "api") is True


TAKE = "SELECT allowed FROM billing.track_usage('cus_1', 'api')"


@pytest.mark.parametrize("changes, call", [
    (swallowing("usage_slots", "UPDATE"), TAKE),
    (changing("usage_slots", "UPDATE", "NEW.used := OLD.used"), TAKE),
    (swallowing("usage_slots", "DELETE"), "SELECT billing.block_feature(billing.find_customer('cus_1'), 'api')"),
    (nothing_instead("usage_slots", "DELETE"), "SELECT billing.block_feature(billing.find_customer('cus_1'), 'api')"),
])
def test_a_pool_that_lends_misses_its_slots(company, changes, call):
    one = company(quota=10**6)
    lend(one)
    assert missed(Undone(one.organization).outcome(changes, call)) == "usage_slots"
    one.sound()


def test_a_pool_lends_nothing_that_is_not_stored(company):
    one = company(quota=10**6)
    for change in swallowing("usage_slots", "INSERT"):
        one.run(change)
    try:
        with pytest.raises(psycopg2.Error) as caught:
            lend(one)
        assert missed(caught.value) == "usage_slots"
    finally:
        one.run("DROP FUNCTION public.usage_slots_before_insert CASCADE")
    assert one.used == one.logged == 1
    one.sound()
