"""However many consume at once: never more than the quota, and exactly what was answered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg2
from crowd import PATIENCE
from quota_company import Buyer, lend


def test_two_hundred_at_once_against_a_hundred_allow_exactly_a_hundred(company):
    one = company()
    one.crowd.run(200)
    assert one.crowd.allowed == one.used == one.logged == 100
    one.sound()


def test_what_rolls_back_leaves_its_units_to_others(company):
    one = company()
    consume = one.crowd.consume

    def roll_back_each_other(cursor, number: int) -> tuple:
        if number % 2:
            return consume(cursor, number)
        cursor.execute("BEGIN")
        _, used = consume(cursor, number)
        cursor.execute("ROLLBACK")
        return False, used

    one.crowd.consume = roll_back_each_other
    one.crowd.run(400)
    assert one.crowd.allowed == one.used == one.logged == 100
    one.sound()


def test_of_two_that_depend_on_each_other_one_is_ended_with_a_hint(company):
    one = company(quota=10000)
    lend(one)
    buyers = Buyer(one), Buyer(one)
    for buyer in buyers:
        buyer.cursor.execute("BEGIN")
        assert buyer.take(1)
    with ThreadPoolExecutor(2) as pool:
        # 9996 are left, or 9997 if the other rolls back.
        results = [pool.submit(buyer.take, 9997) for buyer in buyers]
        errors = [result.exception(PATIENCE) for result in results]
    ended = [error for error in errors if error]
    assert len(ended) == 1 and ended[0].pgcode == "40P01"
    assert ended[0].diag.message_hint.startswith("Nothing of this transaction has happened: do it")
    assert "blocked by process" in ended[0].diag.message_detail
    for buyer, error in zip(buyers, errors):
        buyer.cursor.execute("ROLLBACK" if error else "COMMIT")
    assert [result.result() for result in results if not result.exception()] == [True]
    assert one.used == one.logged == 10000
    one.sound()


def test_whoever_takes_much_with_a_unit_in_hand_counts_exactly_or_not_at_all(company):
    one = company(quota=3000, sessions=12)
    lend(one)
    consumed, ended = [2], []

    def twice(cursor, number: int) -> tuple:
        """A unit from a slot; then sometimes more than slots have, and sometimes far too much."""
        more = (2, 60, 400, 2900)[number % 4]
        cursor.execute("BEGIN")
        try:
            taken = 0
            for quantity in (1, more):
                cursor.execute("SELECT granted, used FROM billing.track_usage('cus_1', 'api', %s)",
                               (quantity,))
                granted, used = cursor.fetchone()
                taken += granted
            cursor.execute("ROLLBACK" if number % 5 == 0 else "COMMIT")
        except psycopg2.errors.DeadlockDetected:
            cursor.execute("ROLLBACK")
            ended.append(number)
            return False, None
        if number % 5:
            consumed.append(taken)
        return taken > 1, used

    one.crowd.consume = twice
    one.crowd.run(240)
    assert one.used == one.logged == sum(consumed) <= 3000
    one.sound()


def test_one_key_from_many_sessions_consumes_once(company):
    one = company()

    def again(cursor, number: int) -> tuple:
        cursor.execute("SELECT allowed, used FROM billing.track_usage('cus_1', 'api', 7, 'key')")
        return cursor.fetchone()

    one.crowd.consume = again
    one.crowd.run(200)
    assert {(a.allowed, a.used) for a in one.crowd.attempts} == {(True, 7)}
    assert one.used == one.logged == 7
    one.sound()


def test_what_is_held_is_nobody_elses(company):
    one = company()

    def hold_and_settle(cursor, number: int) -> tuple:
        cursor.execute(
            "SELECT billing.reserve_usage(billing.find_customer('cus_1'), 'api', 2)")
        hold = cursor.fetchone()[0]
        if hold is None:
            return False, None
        cursor.execute("SELECT allowed, used FROM billing.settle_usage(%s, 2)", (hold,))
        return cursor.fetchone()

    one.crowd.consume = hold_and_settle
    one.crowd.run(200)
    assert one.crowd.allowed == 50
    assert one.used == one.logged == 100
    one.sound()


def test_features_that_burn_one_credit_share_it_exactly(company):
    one = company()  # 100 of `api`, which is the credit
    for feature in ("mail", "chat"):
        one.run("SELECT billing.create_feature(%s, %s, 'metered')", feature, feature)
        one.run("SELECT billing.set_credit_cost('api', %s, 1.5)", feature)

    def burn(cursor, number: int) -> tuple:
        cursor.execute("SELECT allowed, used FROM billing.track_usage('cus_1', %s, 2)",
                       (("mail", "chat")[number % 2],))
        return cursor.fetchone()

    one.crowd.consume = burn
    one.crowd.run(200)
    assert one.crowd.allowed == 33  # 3 credits each
    assert one.used == 99
    one.sound()


def test_a_hot_customer_far_from_its_limit_is_counted_exactly(company):
    one = company(quota=10**6, sessions=16, quantity=7)
    one.crowd.run(3000)
    assert one.crowd.allowed == 3000
    assert one.used == one.logged == 21000
    one.sound()


def test_a_hot_customer_stops_at_its_limit_whatever_it_takes_at_once(company):
    one = company(quota=10_000, sessions=16, quantity=7)
    one.crowd.run(1600)
    assert one.crowd.allowed == 1428  # 1428 * 7 = 9996
    assert one.used == one.logged == 9996
    one.sound()
