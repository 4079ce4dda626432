"""Movements and counts: the examples of sections 1, 5 and 6, through events and SQL."""

from datetime import date
from decimal import Decimal

import pytest
from model import stories
from model.story import Story
from organization import Organization

ALL = ("2025-01-01", "2025-09-30")
YEARLY = Decimal("16666.6666666666666667")


def rate(organization, day):
    return organization.run("SELECT * FROM billing.churn_rate(%s, %s, 'month')", day, day)[0]


def test_r0_a_late_snapshot_splits_the_movement(organization):
    story = Story()
    stories.r0(story)
    made = organization()
    made.feed(story.bodies()[:-1])
    known = made.moved(*ALL)
    made.feed(story.bodies()[-1:])
    assert known == {"2025-01-01": {"new": 5000}, "2025-03-01": {"expansion": 3000}}
    assert made.moved(*ALL) == {
        "2025-01-01": {"new": 5000},
        "2025-02-01": {"expansion": 1000},
        "2025-03-01": {"expansion": 2000},
    }


def test_r0_what_was_known_before_is_kept(organization):
    story = Story()
    stories.r0(story)
    made = organization()
    made.feed(story.bodies()[:-1])
    between = made.value("SELECT clock_timestamp()")
    made.feed(story.bodies()[-1:])
    then = made.run(
        "SELECT expansion_mrr::int FROM billing.mrr_movements('2025-02-01', '2025-03-31',"
        " known_at => %s)",
        between,
    )
    assert [row["expansion_mrr"] for row in then] == [0, 3000]
    replaced = made.run(
        """SELECT old_mrr::int, new_mrr::int, superseded_at > recorded_at AS later
             FROM billing_internal.mrr_changes_history WHERE organization_id = %s""",
        made.id,
    )
    assert replaced == [{"old_mrr": 5000, "new_mrr": 8000, "later": True}]


def test_s5_a_gap_across_two_months(tell):
    assert tell(stories.s5).moved(*ALL) == {"2025-08-01": {"reactivation": 5000}}


def test_v1_the_movements_of_one_customer(tell):
    moved = tell(stories.v1).moved(*ALL)
    assert abs(moved.pop("2025-01-01")["new"] - YEARLY) < Decimal("1e-9")
    assert abs(moved.pop("2025-04-01")["churned"] - YEARLY) < Decimal("1e-9")
    assert moved == {
        "2025-02-01": {"expansion": 6000},
        "2025-03-01": {"contraction": 6000},
        "2025-05-01": {"reactivation": 15000},
    }


def test_v2_fewer_seats_contract(tell):
    assert tell(stories.v2).moved(*ALL)["2025-02-01"] == {"contraction": 2000}


def test_v3_an_upgrade_is_dated_at_its_day_and_prorations_do_not_count(tell):
    organization = tell(stories.v3)
    assert organization.moved(*ALL, "day")["2025-06-16"] == {"expansion": 3000}
    assert organization.moved(*ALL)["2025-06-01"] == {"expansion": 3000}


def test_v5_who_comes_and_goes_within_a_month_is_netted(tell):
    organization = tell(stories.v5)
    assert organization.moved(*ALL) == {}
    assert organization.moved(*ALL, "day") == {
        "2025-06-03": {"new": 5000},
        "2025-06-20": {"churned": 5000},
    }


def test_v6_every_kind_at_once(tell):
    organization = tell(stories.v6)
    row = organization.report("mrr_movements", "2025-06-01", "2025-06-30")[0]
    expected = {
        "opening_mrr": 100000,
        "new_mrr": 20000,
        "expansion_mrr": 8000,
        "reactivation_mrr": 2000,
        "contraction_mrr": 5000,
        "churned_mrr": 10000,
        "fx_mrr": 0,
        "closing_mrr": 115000,
    }
    assert {name: row[name] for name in expected} == expected
    closing = organization.report("mrr", "2025-06-01", "2025-06-30")[0]
    assert (closing["mrr"], closing["arr"]) == (115000, 1380000)
    june = organization.at("2025-06-30T23:59:59Z")["usd"]
    assert (june["customers"], june["trial_mrr"]) == (23, 20000)


def test_c1_customer_churn_from_the_start_of_the_month(tell):
    row = rate(tell(stories.c1), "2025-06-15")
    assert (row["customers_at_start"], row["customers_churned"]) == (100, 10)
    assert row["customer_churn_rate"] == 10
    # Of the 100 subscriptions before June, 11 ended in it; the twelfth had begun in June.
    assert (row["subscriptions_at_start"], row["subscriptions_canceled"]) == (100, 11)
    assert row["subscription_churn_rate"] == 11


def test_a_rate_over_nobody_is_null(tell):
    row = rate(tell(stories.c1), "2025-05-15")
    assert (row["customers_at_start"], row["customer_churn_rate"]) == (0, None)
    assert row["subscription_churn_rate"] is None


def test_counts_of_section_6(tell):
    organization = tell(stories.counts)
    rows = organization.run(
        "SELECT * FROM billing.subscription_growth('2025-06-01', '2025-07-31', 'month')"
    )
    found = [(r["started"], r["canceled"], r["net_growth"], r["active_at_end"]) for r in rows]
    assert found == [(1, 0, 1, 1), (2, 1, 1, 2)]
    assert organization.value("SELECT billing.active_subscriptions('2025-07-15Z')") == 3


def test_a_switch_of_currency_is_no_churn(tell):
    organization = tell(stories.currency_switch)
    assert organization.moved(*ALL)["2025-06-01"] == {"contraction": 5000}
    assert organization.moved(*ALL, currency="eur")["2025-06-01"] == {"expansion": 4600}
    row = rate(organization, "2025-06-15")
    assert (row["customers_at_start"], row["customers_churned"]) == (1, 0)


def test_a_bucket_edge_splits_a_gap_of_one_second(tell):
    moved = tell(stories.edge_gap).moved(*ALL)
    assert moved["2025-06-01"] == {"churned": 5000}
    assert moved["2025-07-01"] == {"reactivation": 5000}


def test_a_gap_inside_one_month_nets_out(tell):
    def gap(story):
        price = story.price(5000)
        story.end(story.subscribe("2025-05-10", price), "2025-06-05")
        story.subscribe("2025-06-20", price)

    organization = tell(gap)
    assert organization.moved(*ALL) == {"2025-05-01": {"new": 5000}}
    assert organization.moved(*ALL, "day")["2025-06-20"] == {"reactivation": 5000}


def test_the_second_subscription_expands_and_losing_one_of_two_contracts(tell):
    def two(story):
        price = story.price(5000)
        first = story.subscribe("2025-01-10", price)
        second = story.subscribe("2025-02-10", price)
        story.end(first, "2025-03-10")
        story.end(second, "2025-04-10")

    assert tell(two).moved(*ALL) == {
        "2025-01-01": {"new": 5000},
        "2025-02-01": {"expansion": 5000},
        "2025-03-01": {"contraction": 5000},
        "2025-04-01": {"churned": 5000},
    }


def test_the_last_snapshot_of_a_second_counts(tell):
    organization = tell(stories.one_second)
    assert organization.moved(*ALL) == {"2025-06-01": {"new": 8000}}
    rows = organization.value(
        "SELECT count(*) FROM billing_internal.mrr_changes WHERE organization_id = %s",
        organization.id,
    )
    assert rows == 1


def test_an_evening_in_utc_is_the_month_before_in_new_york(tell):
    def evening(story):
        story.subscribe("2025-04-01T03:30:00", story.price(5000))

    assert list(tell(evening).moved(*ALL)) == ["2025-04-01"]
    assert list(tell(evening, time_zone="America/New_York").moved(*ALL)) == ["2025-03-01"]


@pytest.mark.parametrize("granularity", ["day", "week", "month", "quarter", "year"])
def test_opening_and_movements_are_closing(tell, granularity):
    organization: Organization = tell(stories.v6)
    assert organization.unbalanced(date(2025, 1, 1), date(2025, 12, 31), granularity) == []
    assert organization.run("SELECT * FROM billing.verify_rollups()") == []
