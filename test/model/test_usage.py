"""The model of section 8 against examples worked out by hand: what consumes and gives back."""

import copy
from datetime import timedelta

import pytest

from .entitlement_worlds import Metered, answer, at, left_of, planned, subscribe, track, world
from .usage import Refused


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


# -- giving back


def test_giving_back_undoes_the_burn_order_and_stops_at_what_was_used():
    made = world()
    made.grant("ada", "api", "A", 10, priority=1)
    made.grant("ada", "api", "B", 10, priority=2)
    track(made, 15)
    assert track(made, -7) == (True, "returned", -7, 8)
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
    assert track(made, 33) == (True, "credits", 33, 0)
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
    assert track(made, 3) == (True, "credits", 3, 8)
    assert credits_used(made) == 6
    assert left_of(made)["own"] == 2
    assert track(made, 2)[1] == "override"


def test_where_credits_do_not_suffice_the_features_own_policy_decides():
    made = credited(1, credits=5, overage="cap")
    assert track(made, 7)[:3] == (False, "quota_exceeded", 0)
    made.attach("pro", "api", quota=2, overage="cap")
    assert answer(made, "allowed", "reason", quantity=7) == (False, "quota_exceeded")
    assert track(made, 7)[:3] == (True, "capped", 2)
    assert credits_used(made) == 0
    assert track(made, 5)[:3] == (True, "credits", 5)
    made.attach("pro", "api", quota=2, overage="allow")
    assert track(made, 1) == (True, "overage", 1, 3)


def test_a_credit_that_may_be_overrun_pays_for_all():
    made = credited(2, credits=5, overage="allow")
    assert track(made, 10)[:3] == (True, "credits", 10)
    assert made.explain("ada", "credit")["overage"] == 15


def test_credits_get_back_no_more_than_they_paid_in_their_running_period():
    made = credited(2)
    made.attach("pro", "credit", quota=100, reset="month")
    track(made, 10)
    assert track(made, -4)[:3] == (True, "returned", -4)
    assert credits_used(made) == 12
    made.go(at("2025-02-01"))
    assert track(made, -1)[:3] == (False, "nothing_used", 0)
    track(made, 1)
    assert track(made, -5)[:3] == (True, "capped", -1)
    assert credits_used(made) == 0


def test_a_block_on_either_side():
    made = credited(1)
    made.block("ada", "api", "B")
    assert answer(made, "reason") == ("blocked",)
    made.revoke("ada", "B")
    made.block("ada", "credit", "C")
    assert answer(made, "allowed", "reason") == (False, "no_grant")
