"""Stories of the past, their answers worked out by hand: why was access denied then, and by which event?

A plan gives 10 a month, from the 10th on.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from entitlement_player import Player
from entitlement_stage import clocked_server
from model.shapes import VERSIONS
from organization import Organization

ASKED = ("allowed", "reason", "used", "remaining", "resets_at", "source")
TICK = timedelta(microseconds=1)

server = pytest.fixture(scope="module")(clocked_server)


def on(text: str) -> datetime:
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=timezone.utc)


class Story(Player):
    def __init__(self, cluster, connection, reset: str):
        super().__init__(cluster, Organization(connection), 0)
        self.version, self.events = VERSIONS[-1], 0
        self.at("01-10")
        self.feature("api", "metered")
        self.products["prod_pro"] = self.organization.value("SELECT billing.create_product('Pro', '{}', 'prod_pro')")
        self.attach("prod_pro", "api", 10, reset)
        self.customer("cus_ada")  # evt_00000001
        self.bill("active", "01-10", "01-10", "02-10")  # evt_00000002

    def at(self, day: str) -> Story:
        self.cluster.move(on(day))
        return self

    def bill(self, status: str, anchor: str, start: str, end: str) -> None:
        self.subscription("cus_ada", "sub_1", status, [("prod_pro", 1)], on(anchor), on(start), on(end))

    def use(self, quantity: int) -> None:
        assert self.track("cus_ada", "api", quantity, None)["granted"] == quantity

    def then(self, when: datetime, customer: str = "cus_ada") -> tuple:
        row = self.must("explain_access", customer, "api", when)
        return tuple(row[name] for name in ASKED)


@pytest.fixture
def story(server):
    connections = []
    database = server.new_database()

    def tell(reset: str = "month") -> Story:
        server.move(on("01-01"))
        connections.append(server.connect(database))
        return Story(server, connections[-1], reset)

    yield tell
    for connection in connections:
        connection.close()


PLAN = "evt_00000002"


def test_a_period_that_ended_unused_stays_ended_when_the_plan_resets_otherwise(story):
    told = story()
    told.at("01-20").use(4)
    told.at("03-01").attach("prod_pro", "api", 10, "year")
    told.at("03-05").use(2)
    told.at("03-20")
    assert told.then(on("01-09")) == (False, "unknown_customer", None, 0, None, None)
    assert told.then(on("01-15")) == (True, "plan", 0, 10, on("02-10"), PLAN)
    assert told.then(on("01-20") - TICK) == (True, "plan", 0, 10, on("02-10"), PLAN)
    assert told.then(on("01-20")) == (True, "plan", 4, 6, on("02-10"), PLAN)
    assert told.then(on("02-10") - TICK) == (True, "plan", 4, 6, on("02-10"), PLAN)
    assert told.then(on("02-10")) == (True, "plan", 0, 10, on("03-10"), PLAN)
    # The year began on Jan 10 and holds Jan 20, but what was used then had been reset.
    a_year = on("01-10").replace(year=2025)
    assert told.then(on("03-01")) == (True, "plan", 0, 10, a_year, PLAN)
    assert told.then(on("03-05")) == (True, "plan", 2, 8, a_year, PLAN)


def test_a_pool_goes_on_while_a_grant_hides_it(story):
    told = story()
    told.at("01-20").use(9)
    told.at("01-25").grant("cus_ada", "api", "short", quota=3, expires=on("02-01"))
    told.at("01-26").use(2)
    told.at("02-05").grant("cus_ada", "api", "long", quota=5, expires=on("02-15"))
    told.at("03-01")
    short, long = (str(told.ids[name]) for name in ("short", "long"))
    assert told.then(on("01-24")) == (True, "plan", 9, 1, on("02-10"), PLAN)
    assert told.then(on("01-25")) == (True, "override", 0, 3, None, short)
    assert told.then(on("01-26")) == (True, "override", 2, 1, None, short)
    assert told.then(on("02-01")) == (True, "plan", 9, 1, on("02-10"), PLAN)
    assert told.then(on("02-12")) == (True, "override", 0, 5, None, long)
    # Its period ended on Feb 10, unseen.
    assert told.then(on("02-15")) == (True, "plan", 0, 10, on("03-10"), PLAN)


def test_stripe_moves_the_anchor(story):
    told = story("billing_period")
    told.at("01-20").use(10)
    told.at("01-25").bill("active", "01-25", "01-25", "02-25")
    told.at("01-26").use(1)
    told.at("02-25").bill("active", "01-25", "02-25", "03-25")
    told.at("03-01")
    assert told.then(on("01-24")) == (False, "quota_exceeded", 10, 0, on("02-10"), PLAN)
    assert told.then(on("01-25")) == (True, "plan", 0, 10, on("02-25"), PLAN)
    assert told.then(on("02-25") - TICK) == (True, "plan", 1, 9, on("02-25"), PLAN)
    assert told.then(on("02-25")) == (True, "plan", 0, 10, on("03-25"), PLAN)


def test_what_was_used_stays_until_its_period_ends_when_the_subscription_does(story):
    told = story("billing_period")
    told.at("01-20").use(4)
    told.at("02-01").bill("canceled", "01-10", "01-10", "02-10")  # evt_00000003
    told.at("02-20").block("cus_ada", "api", "block")
    told.at("03-01")
    assert told.then(on("02-01") - TICK) == (True, "plan", 4, 6, on("02-10"), PLAN)
    assert told.then(on("02-01")) == (False, "expired", 4, 0, on("02-10"), "evt_00000003")
    assert told.then(on("02-10")) == (False, "expired", 0, 0, None, "evt_00000003")
    assert told.then(on("02-20")) == (False, "blocked", 0, 0, None, str(told.ids["block"]))


def test_a_hold_counts_while_it_is_held(story):
    told = story()
    told.at("01-20").reserve("cus_ada", "api", "hold", 7, timedelta(days=2))
    told.at("01-21").settle_hold("cus_ada", "hold", 0)
    told.reserve("cus_ada", "api", "other", 6, timedelta(days=2))
    told.at("02-01")
    assert told.then(on("01-20") - TICK)[3] == 10
    assert told.then(on("01-20"))[3] == 3
    assert told.then(on("01-21"))[3] == 4
    assert told.then(on("01-23") - TICK)[3] == 4
    assert told.then(on("01-23"))[3] == 10


def test_each_is_itself_until_they_become_one(story):
    """And by the names of that time: the id at Stripe goes over to the other one."""
    told = story()
    told.attach(None, "api", 3, "month")
    told.at("01-20").use(4)
    told.at("01-30").must("create_customer", "ada@example.com", "Ada", "user-1")
    told.at("02-02").must("track_usage", "user-1", "api", 2)
    told.at("02-05").must("merge_customers", told.id_of("user-1"), told.id_of("cus_ada"))
    told.at("02-06").must("track_usage", "user-1", "api", 1)
    told.at("03-01")
    assert told.then(on("01-25")) == (True, "plan", 4, 6, on("02-10"), PLAN)
    assert told.then(on("01-25"), "user-1") == (False, "unknown_customer", None, 0, None, None)
    # A month of the default begins when the customer was made.
    made = on("01-30"), on("02-29")
    assert told.then(made[0], "user-1") == (True, "default", 0, 3, made[1], None)
    assert told.then(on("02-03"), "user-1") == (True, "default", 2, 1, made[1], None)
    assert told.then(on("02-03")) == (True, "plan", 4, 6, on("02-10"), PLAN)
    # Six used by the two of them, in the plan's period.
    for name in ("cus_ada", "user-1"):
        assert told.then(on("02-05"), name) == (True, "plan", 6, 4, on("02-10"), PLAN)
        assert told.then(on("02-06"), name) == (True, "plan", 7, 3, on("02-10"), PLAN)
        assert told.then(on("02-10"), name) == (True, "plan", 0, 10, on("03-10"), PLAN)


def with_bob(told: Story, reset: str) -> Story:
    """Another customer, whose plan is of an earlier day, since 01-11."""
    told.at("01-11").products["prod_team"] = told.must("create_product", "Team", "{}", "prod_team")
    told.attach("prod_team", "api", 10, reset)
    told.customer("cus_bob")
    told.subscription("cus_bob", "sub_2", "active", [("prod_team", 1)], on("01-05"), on("01-05"), on("02-05"))
    return told


def test_what_one_held_rules_nothing_that_the_other_one_had_counted(story):
    told = with_bob(story("never"), "day")
    told.at("01-20").use(4)
    told.at("01-25").detach("prod_team", "api")
    told.at("02-01").merge("cus_ada", "cus_bob")
    told.at("02-10")
    assert told.then(on("01-26")) == (True, "plan", 4, 6, None, PLAN)
    for name in ("cus_ada", "cus_bob"):
        assert told.then(on("02-05"), name) == (True, "plan", 4, 6, None, PLAN)


def test_what_one_counted_long_ago_does_not_come_back_by_a_merge(story):
    told = with_bob(story("never"), "month")
    told.at("01-20").use(4)
    assert told.at("01-22").track("cus_bob", "api", 3, None)["granted"] == 3
    told.at("02-20").detach("prod_team", "api")  # bob's month is over
    told.at("03-01").merge("cus_ada", "cus_bob")
    told.at("03-02").use(1)
    told.at("03-10")
    assert told.then(on("03-01")) == (True, "plan", 4, 6, None, PLAN)
    assert told.then(on("03-02")) == (True, "plan", 5, 5, None, PLAN)
    assert told.organization.run("SELECT * FROM billing.verify_usage()") == []


def test_a_name_means_whom_it_meant_also_where_another_one_is_shown_since(story):
    told = with_bob(story("never"), "never")
    told.at("01-20").use(4)
    told.at("02-01").merge("cus_ada", "cus_bob")
    told.at("02-05").archive("cus_ada")  # from now on it shows cus_bob
    told.at("02-06").customer("cus_cleo")
    told.at("02-10").merge("cus_cleo", "cus_ada")
    told.at("02-20")
    for name in ("cus_ada", "cus_bob"):
        assert told.then(on("02-03"), name)[:4] == (True, "plan", 4, 16)
        assert told.then(on("02-07"), name)[:4] == (True, "plan", 4, 6)
    assert told.then(on("01-25")) == (True, "plan", 4, 6, None, PLAN)
    assert told.then(on("01-25"), "cus_bob") == (True, "plan", 0, 10, None, "evt_00000004")
    assert told.then(on("02-05"), "cus_cleo")[1] == "unknown_customer"


def test_limits_add_up_as_the_setting_said_then(story):
    told = story()
    told.subscription("cus_ada", "sub_2", "active", [("prod_pro", 1)], on("01-10"), on("01-10"), on("02-10"))
    told.at("01-20").use(12)  # of 10 and 10
    told.at("02-01").set_limits("max")
    told.set_limits("sum")
    told.set_limits("max")
    told.at("02-03").set_limits("sum")
    told.at("02-05")
    assert told.then(on("01-20"))[:4] == (True, "plan", 12, 8)
    assert told.then(on("02-01") - TICK)[:4] == (True, "plan", 12, 8)
    assert told.then(on("02-01"))[:4] == (False, "quota_exceeded", 12, 0)
    assert told.then(on("02-03") - TICK)[:4] == (False, "quota_exceeded", 12, 0)
    assert told.then(on("02-03"))[:4] == (True, "plan", 12, 8)
