"""The model of section 8 against examples worked out by hand: who holds what, and resets."""

import copy

import pytest

from .entitlement_worlds import answer, at, left_of, planned, subscribe, track, world
from .periods import boundary, period


# -- E1: burn order


def test_e1_lower_priority_number_first_then_earlier_expiry():
    made = world(when="2025-07-01")
    made.grant("ada", "api", "A", 100, at("2025-07-31"), priority=1)
    made.grant("ada", "api", "B", 50, at("2025-07-15"), priority=1)
    made.grant("ada", "api", "C", 200, priority=2)
    assert track(made, 120) == (True, "override", 120, 120)
    assert left_of(made) == {"A": 30, "B": 0, "C": 200}
    assert answer(made, "quota", "remaining") == (350, 230)


def test_ties_of_priority_and_expiry_go_to_the_older_and_then_to_the_lower_id():
    made = world()
    made.grant("ada", "api", "young", 10, id="2")
    made.grant("ada", "api", "younger", 10, id="1")
    made.go(at("2025-01-02"))
    made.grant("ada", "api", "youngest", 10, id="0")
    track(made, 15)
    assert left_of(made) == {"young": 5, "younger": 0, "youngest": 10}


def test_never_expiring_comes_after_any_expiry_whatever_its_age():
    made = world()
    made.grant("ada", "api", "forever", 10)
    made.go(at("2025-01-02"))
    made.grant("ada", "api", "soon", 10, at("2030-01-01"))
    track(made, 5)
    assert left_of(made) == {"forever": 10, "soon": 5}


def test_the_plan_burns_at_priority_100_by_the_end_of_its_period():
    made = planned(quota=100)  # the period ends on Feb 1
    made.top_up("ada", "api", "before", quota=10, priority=99)
    made.top_up("ada", "api", "first", quota=10, expires=at("2025-01-31"))
    made.top_up("ada", "api", "last", quota=10, expires=at("2025-02-02"))
    track(made, 25)
    assert left_of(made) == {"before": 0, "first": 0, "last": 10}
    assert answer(made, "quota", "used", "remaining") == (130, 25, 105)
    track(made, 100)
    assert left_of(made) == {"before": 0, "first": 0, "last": 5}


def test_unlimited_beside_limited_takes_everything():
    made = world()
    made.grant("ada", "api", "limited", 10, priority=1)
    made.grant("ada", "api", "unlimited", None, priority=2)
    assert track(made, 25) == (True, "override", 25, 25)
    assert left_of(made)["limited"] == 10
    assert answer(made, "quota", "remaining", "overage") == (None, None, 0)


# -- E2: rollover


def test_e2_what_is_left_rolls_over_up_to_its_maximum():
    made = world()
    made.grant("ada", "api", "G", 1000, rollover=400, reset="month")
    track(made, 400)
    made.go(at("2025-02-01"))
    assert answer(made, "quota", "used", "remaining") == (1400, 0, 1400)


def test_less_than_the_maximum_rolls_over_whole_and_nothing_without_one():
    made = world()
    made.grant("ada", "api", "G", 1000, rollover=400, reset="month")
    track(made, 900)
    made.go(at("2025-02-01"))
    assert answer(made, "remaining") == (1100,)
    track(made, 1100)
    made.go(at("2025-03-01"))
    assert answer(made, "remaining") == (1000,)
    bare = world()
    bare.grant("ada", "api", "G", 10, reset="month")
    bare.go(at("2025-02-01"))
    assert answer(bare, "remaining") == (10,)


def test_each_unused_period_rolls_over_again_but_never_beyond_the_maximum():
    made = world()
    made.grant("ada", "api", "G", 10, rollover=25, reset="day")
    made.go(at("2025-01-02"))
    assert answer(made, "remaining") == (20,)
    step = copy.deepcopy(made)
    made.go(at("2025-01-03"))
    step.go(at("2025-01-09"))
    assert answer(made, "remaining") == (30,)
    assert answer(step, "remaining") == (35,)


# -- E3: anchors


def test_e3_an_anchor_on_the_31st_never_drifts():
    days = [boundary(at("2025-01-31"), "month", k).date().isoformat() for k in range(1, 13)]
    assert days == [
        "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31",
        "2025-08-31", "2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31",
    ]
    assert boundary(at("2024-01-31"), "month", 1) == at("2024-02-29")
    assert boundary(at("2023-12-30"), "month", 2) == at("2024-02-29")
    assert boundary(at("1999-12-31"), "month", 2) == at("2000-02-29")
    assert boundary(at("2099-12-31"), "month", 2) == at("2100-02-28")


def test_a_leap_day_comes_back_in_leap_years():
    anchor = at("2024-02-29T07:00")
    days = [boundary(anchor, "year", k).isoformat()[:13] for k in range(1, 5)]
    assert days == ["2025-02-28T07", "2026-02-28T07", "2027-02-28T07", "2028-02-29T07"]


def test_a_period_holds_its_start_and_not_its_end():
    anchor = at("2025-01-31T10:00")
    assert period(anchor, "month", at("2025-02-28T09:59")) == (anchor, at("2025-02-28T10:00"))
    assert period(anchor, "month", at("2025-02-28T10:00"))[1] == at("2025-03-31T10:00")
    assert period(anchor, "month", at("2024-12-31T10:00")) == (at("2024-12-31T10:00"), anchor)
    assert period(anchor, "week", at("2025-02-07T10:00"))[0] == at("2025-02-07T10:00")
    assert period(anchor, "day", at("2025-01-30T11:00"))[0] == at("2025-01-30T10:00")
    assert period(anchor, "year", at("2025-01-01"))[0] == at("2024-01-31T10:00")


def test_e8_a_monthly_quota_resets_by_month_whatever_the_plan_bills():
    made = planned(quota=100)
    track(made, 60)
    for month in range(2, 13):
        made.go(at(f"2025-{month:02}-01"))
        assert answer(made, "used", "remaining") == (0, 100)
        track(made, 60)


def test_a_billing_period_ends_when_an_event_says_so():
    made = planned(quota=100, reset="billing_period")
    track(made, 60)
    made.go(at("2025-01-31"))
    assert answer(made, "used", "resets_at") == (60, at("2025-02-01"))
    made.go(at("2025-02-01"))
    subscribe(made, anchor="2025-01-01", periods=("2025-02-01", "2025-03-01"))
    assert answer(made, "used", "resets_at") == (0, at("2025-03-01"))


# -- E4: overage


@pytest.mark.parametrize("overage, first, second", [
    ("reject", (False, "quota_exceeded", 0, 99, 0), (False, "quota_exceeded", 0, 99, 0)),
    ("cap", (True, "capped", 1, 100, 0), (False, "quota_exceeded", 0, 100, 0)),
    ("allow", (True, "overage", 2, 101, 1), (True, "overage", 2, 103, 3)),
])
def test_e4_the_last_unit_by_kind_of_overage(overage, first, second):
    made = planned(quota=100, overage=overage)
    track(made, 99)
    names = ("allowed", "reason", "granted", "used", "overage")
    assert track(made, 2, *names) == first
    assert track(made, 2, *names) == second
    assert answer(made, "allowed") == (overage == "allow" or overage == "reject",)


def test_overage_is_booked_on_the_last_balance_and_grants_follow_the_plans_policy():
    made = planned(quota=10, overage="allow")  # hidden by the grants, its policy is not
    made.grant("ada", "api", "A", 10, priority=1)
    made.grant("ada", "api", "B", 10, priority=2)
    assert track(made, 25, "reason", "granted", "used", "overage") == ("overage", 25, 25, 5)
    used = {r.name: r.balance.used for r in made.customers["ada"].overrides}
    assert used == {"A": 10, "B": 15}


def test_the_most_generous_policy_of_several_plans_counts():
    made = planned(quota=10)
    made.attach("team", "api", quota=10, overage="cap")
    subscribe(made, "other", [("team", 1)])
    assert track(made, 30) == (True, "capped", 20, 20)


# -- E9 and the resolve order


def test_e9_editing_one_feature_leaves_the_others_alone():
    made = planned(quota=100)
    made.features["mail"] = "metered"
    made.attach("pro", "mail", quota=20)
    track(made, 60)
    made.track("ada", "mail", 5)
    made.attach("pro", "api", quota=500)
    assert answer(made, "used", "remaining") == (60, 440)
    assert made.explain("ada", "mail")["remaining"] == 15


def test_an_override_hides_the_plan_and_its_counter_waits():
    made = planned(quota=100)
    track(made, 60)
    made.grant("ada", "api", "G", 10, at("2025-01-10"))
    assert answer(made, "reason", "quota", "used") == ("override", 10, 0)
    track(made, 4)
    made.go(at("2025-01-10"))
    assert answer(made, "reason", "quota", "used") == ("plan", 100, 60)


def test_a_subscriptions_grant_hides_its_own_plan_only():
    made = planned(quota=100)
    made.attach("team", "api", quota=30)
    made.go(at("2025-01-02"))
    subscribe(made, "other", [("team", 1)])
    made.grant("ada", "api", "G", 500, subscription="sub")
    assert answer(made, "reason", "quota") == ("override", 530)
    subscribe(made, "sub", status="unpaid", anchor="2025-01-01")
    assert answer(made, "reason", "quota") == ("plan", 30)
    subscribe(made, "sub", anchor="2025-01-01")
    assert answer(made, "reason", "quota") == ("override", 530)


def test_a_customers_grant_hides_a_subscriptions():
    made = planned(quota=100)
    made.grant("ada", "api", "S", 500, subscription="sub")
    made.grant("ada", "api", "C", 7)
    assert answer(made, "quota") == (7,)


def test_a_block_beats_everything_until_it_is_lifted():
    made = planned(quota=100)
    track(made, 3)
    made.block("ada", "api", "B")
    made.grant("ada", "api", "G", 10)
    assert answer(made, "allowed", "reason") == (False, "blocked")
    assert track(made, 1)[:3] == (False, "blocked", 0)
    made.revoke("ada", "B")
    assert answer(made, "reason", "quota") == ("override", 10)


def test_the_default_is_for_those_whom_no_subscription_entitles():
    made = world()
    made.attach(None, "api", quota=5)
    assert answer(made, "reason", "quota") == ("default", 5)
    subscribe(made, items=[("other", 1)])
    assert answer(made, "allowed", "reason") == (False, "no_grant")
    subscribe(made, items=[("other", 1)], status="unpaid")
    assert answer(made, "reason") == ("default",)


def test_plan_and_default_share_one_counter():
    made = world()
    made.attach(None, "api", quota=5, reset="never")
    made.attach("pro", "api", quota=100)
    track(made, 5)
    subscribe(made)
    assert answer(made, "used", "remaining") == (5, 95)
    made.go(at("2025-02-01"))
    assert answer(made, "used") == (0,)


def test_top_ups_stack_onto_anything_and_stand_alone():
    made = world()
    made.top_up("ada", "api", "T", quota=10)
    assert answer(made, "reason", "quota") == ("top_up", 10)
    made.attach("pro", "api", quota=100)
    subscribe(made)
    assert answer(made, "reason", "quota") == ("plan", 110)
    made.grant("ada", "api", "G", 3)
    assert answer(made, "reason", "quota") == ("override", 13)


def test_several_subscriptions_add_up_seats_multiply_and_unlimited_wins():
    made = world()
    made.attach("pro", "api", quota=10, per_seat=True)
    made.attach("team", "api", quota=7)
    subscribe(made, items=[("pro", 3)])
    assert answer(made, "quota") == (30,)
    subscribe(made, "other", [("team", 9)])
    assert answer(made, "quota") == (37,)
    track(made, 30)
    subscribe(made, items=[("pro", 1)])
    assert answer(made, "quota", "used", "remaining", "overage") == (17, 30, 0, 13)
    made.attach("team", "api", quota=None)
    assert answer(made, "quota", "remaining") == (None, None)


def test_when_a_subscription_ends_its_grants_end_and_the_usage_stays():
    made = planned(quota=100)
    track(made, 60)
    subscribe(made, status="canceled")
    assert answer(made, "allowed", "reason", "quota", "used") == (False, "expired", 0, 60)
    made.go(at("2025-01-20"))
    subscribe(made, "new")
    assert answer(made, "used", "remaining", "resets_at") == (60, 40, at("2025-02-20"))


def test_flags_or_and_the_first_value_in_burn_order_shows():
    made = world("static")
    made.attach("pro", "api", value="silver")
    subscribe(made)
    assert answer(made, "allowed", "value", "quota") == (True, "silver", None)
    made.grant("ada", "api", "G", value="gold", priority=2)
    made.grant("ada", "api", "H", value="platinum", priority=1)
    assert answer(made, "reason", "value") == ("override", "platinum")
    flag = world("boolean")
    flag.summary("ada", {"api"})
    assert answer(flag, "allowed", "reason") == (True, "plan")
    flag.summary("ada", set())
    assert answer(flag, "allowed", "reason") == (False, "no_grant")


# -- the setting limits


def test_limits_max_takes_the_largest_subscription_and_adds_up_its_own_products():
    made = world()
    made.attach("pro", "api", quota=100)
    made.attach("pack", "api", quota=30)
    made.attach("basic", "api", quota=120)
    subscribe(made, "one", items=(("pro", 1), ("pack", 1)))
    subscribe(made, "two", items=(("basic", 1),))
    assert answer(made, "quota") == (250,)
    track(made, 60)
    made.set_limits("max")
    assert answer(made, "quota", "used", "remaining") == (130, 60, 70)
    made.top_up("ada", "api", "more", quota=5)
    assert answer(made, "remaining") == (75,)
    made.set_limits("sum")
    assert answer(made, "remaining") == (195,)


def test_unlimited_wins_whatever_the_limits():
    made = world()
    made.attach("pro", "api", quota=100)
    made.attach("free", "api", quota=None)
    subscribe(made, "one", items=(("pro", 1),))
    subscribe(made, "two", items=(("free", 1),))
    made.set_limits("max")
    assert answer(made, "remaining") == (None,)
