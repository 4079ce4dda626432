"""The model of section 8 against examples worked out by hand: two customers who become one."""

from datetime import timedelta
from fractions import Fraction

import pytest

from .customer_state import Subscription
from .entitlement_worlds import Metered, answer, at, subscribe, track, world
from .entitlements import Refused


def two(**terms) -> Metered:
    """ada, and bob a day later."""
    made = world()
    if terms:
        made.attach("pro", "api", **terms)
    made.go(at("2025-01-02"))
    made.customer("bob")
    return made


def hold(made: Metered, customer: str, name: str, product: str = "pro") -> None:
    made.subscription(customer, Subscription(
        name, made.now, made.now, made.now + timedelta(days=31), "active", [(product, 1)]))


def used(made: Metered, customer: str = "ada") -> int:
    return made.explain(customer, "api")["used"]


def test_what_both_hold_and_have_used_adds_up_under_both_names():
    made = two(quota=100)
    hold(made, "ada", "one")
    hold(made, "bob", "two")
    made.track("ada", "api", 30)
    made.track("bob", "api", 20)
    made.merge("ada", "bob")
    for name in ("ada", "bob"):
        found = made.explain(name, "api")
        assert (found["quota"], found["used"], found["remaining"]) == (200, 50, 150)


def test_each_counter_stands_as_its_own_rule_left_it():
    made = two(quota=100, reset="day")
    made.attach("slow", "api", quota=100, reset="never")
    hold(made, "ada", "one")
    hold(made, "bob", "two", "slow")
    made.track("ada", "api", 30)
    made.track("bob", "api", 20)
    made.go(at("2025-01-03"))  # ada's day is over
    made.merge("ada", "bob")
    assert used(made) == 20


def test_together_it_resets_by_the_earliest_subscription():
    made = two(quota=100, reset="never")
    made.attach("fast", "api", quota=100, reset="day")
    hold(made, "bob", "first", "fast")
    made.go(at("2025-01-02T12:00"))
    hold(made, "ada", "second")
    made.track("ada", "api", 30)
    made.merge("ada", "bob")
    assert used(made) == 30
    made.go(at("2025-01-03"))
    assert used(made) == 0


def test_the_default_counts_since_the_one_who_stays_was_made():
    made = two()
    made.attach(None, "api", quota=10, reset="month")
    made.go(at("2025-01-20"))
    made.track("ada", "api", 4)
    made.merge("bob", "ada")
    assert answer(made, "used", "resets_at") == (4, at("2025-02-02"))


def test_what_nothing_gives_any_more_resets_as_that_did_which_counted():
    made = two()
    made.attach("pro", "api", quota=10, reset="day")
    hold(made, "bob", "two")
    made.track("bob", "api", 4)
    made.detach("pro", "api")
    made.merge("ada", "bob")
    assert used(made) == 4
    made.go(at("2025-01-03"))
    assert used(made) == 0


def test_grants_blocks_and_holds_go_along():
    made = two()
    made.grant("bob", "api", "G", 10)
    made.grant("ada", "api", "H", 5)
    assert made.reserve("bob", "api", "held", 4)
    made.merge("ada", "bob")
    assert answer(made, "quota", "remaining") == (15, 11)
    assert made.settle_hold("bob", "held", 3)["used"] == 3
    made.block("bob", "api", "B")
    assert answer(made, "reason") == ("blocked",)


def test_fractions_of_a_credit_add_up_to_a_whole_one():
    made = two()
    made.features["tokens"] = "metered"
    made.set_cost("tokens", "api", "0.3")
    for name in ("ada", "bob"):
        made.top_up(name, "tokens", f"T{name}", quota=10)
        made.track(name, "api", 1)  # a credit each, and 0.7 of it is left
    made.merge("ada", "bob")
    assert made.customers["ada"].prepaid["api"] == Fraction("1.4")
    assert track(made, 4) == (True, "credits", 4, 0)  # 1.2
    assert made.explain("ada", "tokens")["used"] == 2


def test_a_key_that_both_used_keeps_the_answer_of_the_one_who_stays():
    made = two()
    made.attach(None, "api", quota=10, reset="never")
    made.track("ada", "api", 1, "k")
    made.track("bob", "api", 2, "k")
    made.track("bob", "api", 3, "l")
    made.merge("ada", "bob")
    assert track(made, 1, "granted", "used", key="k") == (1, 1)
    assert track(made, 3, "granted", "used", key="l") == (3, 5)
    assert used(made) == 6
    with pytest.raises(Refused, match="idempotency_conflict"):
        made.track("bob", "api", 2, "k")


def test_a_deleted_one_of_several_takes_its_subscriptions_and_the_last_the_customer():
    made = two(quota=10)
    hold(made, "ada", "one")
    hold(made, "bob", "two")
    made.merge("ada", "bob")
    made.archive("bob")
    assert answer(made, "reason", "quota") == ("plan", 10)
    made.archive("ada")
    assert answer(made, "reason") == ("archived",)


def test_what_cannot_become_one():
    made = two()
    made.customer("eve")
    made.merge("ada", "bob")
    made.merge("ada", "bob")  # again: nothing more
    for keep, gone in (("bob", "ada"), ("eve", "bob"), ("bob", "eve")):
        with pytest.raises(Refused, match="conflict"):
            made.merge(keep, gone)
    made.archive("eve")
    with pytest.raises(Refused, match="conflict"):
        made.merge("eve", "ada")
    made.merge("ada", "eve")
    subscribe(made)
    assert made.customers["eve"].subscriptions
