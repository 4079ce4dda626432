"""usage_history() and verify_usage() while months pass: the server's clock is moved."""

from datetime import datetime, timezone

import pytest
from clock import ClockedCluster
from model.story import Story
from organization import Organization

PLAN = "prod_1"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def clocked():
    made = ClockedCluster(at("2026-01-15 12:00"))
    yield made
    made.destroy()


@pytest.fixture
def subscribed(clocked) -> Organization:
    """Has 100 calls a month since the 10th of January 2026, in Los Angeles."""
    clocked.move(at("2026-01-15 12:00"))
    connection = clocked.connect(clocked.new_database())
    made = Organization(connection, "America/Los_Angeles")
    product = made.value("SELECT billing.create_product('Plan', '{}', %s)", PLAN)
    made.value("SELECT billing.create_feature('api', 'API calls', 'metered')")
    made.run("SELECT billing.attach_feature(%s, 'api', 100, 'month', 'allow')", product)
    story = Story("2025-03-31")
    story.subscribe("2026-01-10", story.item(story.price(5000, "month", product=PLAN), 1))
    made.feed(story.bodies())
    yield made
    connection.close()


def track(organization, quantity) -> int:
    return organization.value("SELECT granted FROM billing.track_usage('cus_1', 'api', %s)", quantity)


def history(organization, start=None, end=None) -> list[tuple]:
    """start, end, quota, used, overage, records"""
    rows = organization.run("SELECT * FROM billing.usage_history('cus_1', 'api', %s, %s)", start, end)
    return [
        (row["period_start"].date().isoformat(), row["period_end"].date().isoformat(), row["quota"],
         row["used"], row["overage"], row["records"])
        for row in rows
    ]


def test_each_period_keeps_the_quota_of_its_last_use(clocked, subscribed):
    product = subscribed.value("SELECT billing.find_product(%s)", PLAN)
    assert [track(subscribed, n) for n in (60, 50, -5)] == [60, 50, -5]
    clocked.move(at("2026-02-09 23:59"))
    assert track(subscribed, 1) == 1
    clocked.move(at("2026-03-20 00:00"))  # nothing from February 10th to March 10th
    subscribed.run("SELECT billing.attach_feature(%s, 'api', 500, 'month', 'allow')", product)
    assert track(subscribed, 7) == 7
    january = ("2026-01-10", "2026-02-10", 100, 106, 6, 4)
    march = ("2026-03-10", "2026-04-10", 500, 7, 0, 1)
    assert history(subscribed) == [january, march]
    clocked.move(at("2026-04-11 00:00"))
    assert history(subscribed) == [january, march, ("2026-04-10", "2026-05-10", 500, 0, 0, 0)]
    assert subscribed.run("SELECT * FROM billing.verify_usage()") == []


def test_dates_are_days_of_the_organization(clocked, subscribed):
    """The period ends on February 10th at 00:00 UTC, which is the 9th in Los Angeles."""
    track(subscribed, 1)
    clocked.move(at("2026-03-20 00:00"))
    january = history(subscribed)[:1]
    assert january[0][:2] == ("2026-01-10", "2026-02-10")
    assert history(subscribed, "2026-02-09", "2026-02-09") == january
    assert history(subscribed, "2026-02-10", "2026-02-20") == []
    assert history(subscribed, None, "2026-01-09") == january
    assert history(subscribed, None, "2026-01-08") == []


def test_a_grant_of_its_own_period_is_told_by_it(clocked, subscribed):
    """Days from 12:00 to 12:00, 10 each, of which 4 are carried over at most."""
    grant = "SELECT billing.grant_feature(billing.find_customer('cus_1'), 'api', 10, rollover_max => 4, reset_interval => 'day')"
    subscribed.value(grant)
    assert track(subscribed, 9) == 9
    clocked.move(at("2026-01-16 13:00"))
    assert track(subscribed, 2) == 2
    clocked.move(at("2026-01-17 11:00"))
    assert track(subscribed, 3) == 3
    assert history(subscribed) == [
        ("2026-01-15", "2026-01-16", 10, 9, 0, 1),
        ("2026-01-16", "2026-01-17", 11, 5, 0, 2),
    ]
    clocked.move(at("2026-01-18 13:00"))
    assert history(subscribed)[2:] == [("2026-01-18", "2026-01-19", 14, 0, 0, 0)]
    assert subscribed.run("SELECT * FROM billing.verify_usage()") == []
