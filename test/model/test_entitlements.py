"""The model of section 8 against examples worked out by hand."""

import copy
from datetime import datetime, timedelta, timezone

import pytest

from .customer_state import Subscription
from .periods import boundary, period
from .usage import Metered, Refused


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def world(kind: str = "metered", when: str = "2025-01-01") -> Metered:
    """A customer without anything, and one feature."""
    made = Metered(at(when))
    made.features["api"] = kind
    made.customer("ada")
    return made


def subscribe(made: Metered, name="sub", items=(("pro", 1),), status="active", anchor=None,
              periods=("2025-01-01", "2025-02-01")) -> None:
    made.subscription("ada", Subscription(
        name, anchor and at(anchor) or made.now, at(periods[0]), at(periods[1]), status,
        list(items)))


def planned(**terms) -> Metered:
    made = world()
    made.attach("pro", "api", **terms)
    subscribe(made)
    return made


def answer(made: Metered, *names: str, quantity: int = 1) -> tuple:
    found = made.explain("ada", "api", quantity)
    return tuple(found[n] for n in names)


def track(made: Metered, quantity: int, *names: str, key=None) -> tuple:
    found = made.track("ada", "api", quantity, key)
    return tuple(found[n] for n in names or ("allowed", "reason", "granted", "used"))


def left_of(made: Metered) -> dict[str, int]:
    """Grant -> what is left of it."""
    return {r.name: r.balance.room for r in made.customers["ada"].overrides}


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


# -- E6, E7, E10


def test_e6_the_same_key_consumes_once():
    made = planned(quota=100)
    assert track(made, 7, key="k") == track(made, 7, key="k") == (True, "plan", 7, 7)
    track(made, 5)
    assert track(made, 7, key="k") == (True, "plan", 7, 7)
    assert answer(made, "used") == (12,)
    with pytest.raises(Refused, match="idempotency_conflict"):
        track(made, 8, key="k")


def test_a_denial_with_a_key_is_kept_too():
    made = planned(quota=5)
    assert track(made, 7, key="k")[0] is False
    made.top_up("ada", "api", "more", quota=100)
    assert track(made, 7, key="k")[0] is False
    assert track(made, 7)[0] is True


def test_e7_what_expires_at_t_is_usable_before_t_and_not_at_t():
    made = world()
    made.grant("ada", "api", "G", 10, at("2025-01-02"))
    made.go(at("2025-01-02") - timedelta(microseconds=1))
    assert track(made, 1)[0]
    made.go(at("2025-01-02"))
    assert track(made, 1) == (False, "expired", 0, 0)


def test_e10_a_world_that_is_put_back_consumed_nothing():
    made = planned(quota=100)
    kept = copy.deepcopy(made)
    track(made, 40)
    assert answer(kept, "used") == (0,)


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


# -- giving back


def test_giving_back_undoes_the_burn_order_and_stops_at_what_was_used():
    made = world()
    made.grant("ada", "api", "A", 10, priority=1)
    made.grant("ada", "api", "B", 10, priority=2)
    track(made, 15)
    assert track(made, -7) == (True, "override", -7, 8)
    assert left_of(made) == {"A": 2, "B": 10}
    assert track(made, -20) == (True, "capped", -8, 0)
    assert track(made, -1) == (False, "nothing_used", 0, 0)


def test_without_access_the_kept_counter_gives_back():
    made = planned(quota=100)
    track(made, 10)
    subscribe(made, status="canceled")
    assert track(made, -4, "allowed", "granted", "used") == (True, -4, 6)


def test_a_quantity_of_zero_is_refused():
    with pytest.raises(Refused, match="validation_failed"):
        track(planned(quota=1), 0)


# -- holds


def test_a_hold_lowers_what_remains_and_not_what_is_used():
    made = planned(quota=10)
    assert made.reserve("ada", "api", "h", 6)
    assert answer(made, "used", "remaining") == (0, 4)
    assert not made.reserve("ada", "api", "i", 5)
    assert track(made, 5)[0] is False
    made.settle_hold("ada", "h", 2)
    assert answer(made, "used", "remaining") == (2, 8)
    assert made.settle_hold("ada", "h", 2)["granted"] == 2
    with pytest.raises(Refused, match="conflict"):
        made.settle_hold("ada", "h", 3)


def test_a_hold_ends_at_its_expiry_and_is_then_settled_like_any_usage():
    made = planned(quota=10)
    made.reserve("ada", "api", "h", 6, timedelta(hours=1))
    made.go(at("2025-01-01T00:59:59"))
    assert answer(made, "remaining") == (4,)
    made.go(at("2025-01-01T01:00"))
    assert answer(made, "remaining") == (10,)
    track(made, 8)
    assert made.settle_hold("ada", "h", 6)["allowed"] is False


def test_what_is_held_is_guaranteed_though_the_plan_shrinks():
    made = planned(quota=10)
    made.reserve("ada", "api", "h", 6)
    track(made, 3)
    made.attach("pro", "api", quota=5)
    found = made.settle_hold("ada", "h", 6)
    assert (found["allowed"], found["granted"], found["used"], found["overage"]) == (True, 6, 9, 4)


# -- credits


def credited(cost, credits=100, **terms) -> Metered:
    made = world()
    made.features["credit"] = "metered"
    made.set_cost("credit", "api", cost)
    made.attach("pro", "credit", quota=credits, reset="never", **terms)
    subscribe(made)
    return made


def credits_used(made: Metered) -> int:
    return made.explain("ada", "credit")["used"]


def test_who_holds_the_credit_holds_the_feature():
    made = credited(3)
    assert answer(made, "allowed", "reason", "remaining") == (True, "credits", 33)
    assert track(made, 33) == (True, "credits", 33, 33)
    assert credits_used(made) == 99
    assert track(made, 1)[:3] == (False, "quota_exceeded", 0)


def test_fractions_of_a_credit_are_paid_ahead_and_used_up():
    made = credited("0.3")
    track(made, 1)  # 0.3: one credit, 0.7 ahead
    assert credits_used(made) == 1
    track(made, 2)  # 0.6 of the 0.7
    assert credits_used(made) == 1
    assert answer(made, "remaining") == (330,)  # (99 + 0.1) / 0.3
    track(made, 1)  # 0.3 - 0.1: one more, 0.8 ahead
    assert credits_used(made) == 2
    track(made, -3)  # 0.8 + 0.9: one back, 0.7 ahead
    assert credits_used(made) == 1


def test_own_balances_are_taken_only_where_they_suffice_for_all():
    made = credited(2)
    made.grant("ada", "api", "own", 10)
    assert track(made, 8) == (True, "override", 8, 8)
    assert track(made, 3) == (True, "credits", 3, 11)
    assert credits_used(made) == 6
    assert left_of(made)["own"] == 2
    assert track(made, 2)[1] == "override"


def test_credits_reject_whole():
    made = credited(1, credits=5, overage="cap")
    made.attach("pro", "api", quota=2, overage="allow")
    assert track(made, 7)[:3] == (False, "quota_exceeded", 0)
    assert track(made, 5)[:3] == (True, "credits", 5)


def test_a_block_on_either_side():
    made = credited(1)
    made.block("ada", "api", "B")
    assert answer(made, "reason") == ("blocked",)
    made.revoke("ada", "B")
    made.block("ada", "credit", "C")
    assert answer(made, "allowed", "reason") == (False, "no_grant")
