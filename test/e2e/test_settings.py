"""The examples that settings change, through events and SQL: there, and back to the default."""

import json

import pytest
from model import examples, stories
from model.story import Story
from organization import Organization
from tables import differences, dump

ALL = ("2025-01-01", "2026-09-30")


def choose(organization, **settings) -> None:
    organization.run("SELECT billing.set_analytics(%s)", json.dumps(settings))


def sound(organization) -> None:
    assert organization.run("SELECT * FROM billing.verify_rollups()") == []


def test_m23_a_discount_of_one_bill_counts_for_the_interval_of_that_bill(tell):
    organization = tell(examples.m23)
    days = ("2025-01-12Z", "2026-01-10T23:59:59Z", "2026-01-11T00:00:00Z")
    assert [organization.mrr_at(day) for day in days] == [10000, 10000, 10000]
    choose(organization, discounts="all")
    assert [organization.mrr_at(day) for day in days] == [8000, 8000, 10000]
    sound(organization)
    choose(organization, discounts=None)
    assert organization.mrr_at(days[0]) == 10000


@pytest.mark.parametrize("discounts, mrr", [("recurring", 5000), ("forever", 10000),
                                            ("all", 5000), ("none", 10000)])
def test_m22_a_repeating_discount_counts_by_the_setting(tell, discounts, mrr):
    organization = tell(stories.m22)
    choose(organization, discounts=discounts)
    assert organization.mrr_at("2025-03-01Z") == mrr
    assert organization.mrr_at("2025-04-10T00:00:00Z") == 10000
    sound(organization)


def test_s1_churn_at_request_is_dated_when_the_end_is_asked_for(tell):
    organization = tell(stories.s1)
    assert organization.moved(*ALL, "day")["2025-07-01"] == {"churned": 5000}
    choose(organization, churn_at="request")
    assert organization.moved(*ALL, "day") == {
        "2025-05-01": {"new": 5000},
        "2025-06-10": {"churned": 5000},
    }
    sound(organization)
    choose(organization, churn_at="end")
    assert organization.moved(*ALL, "day")["2025-07-01"] == {"churned": 5000}


def uncanceled(story: Story) -> None:
    one = story.subscribe("2025-05-01", story.price(5000))
    story.change(one, "2025-06-10", cancel_at_period_end=True)
    story.change(one, "2025-06-20", cancel_at_period_end=False)


def test_s1_an_end_that_is_taken_back_is_a_reactivation_by_day_and_nothing_by_month(tell):
    organization = tell(uncanceled)
    choose(organization, churn_at="request")
    moved = organization.moved(*ALL, "day")
    assert moved["2025-06-10"] == {"churned": 5000}
    assert moved["2025-06-20"] == {"reactivation": 5000}
    assert organization.moved(*ALL) == {"2025-05-01": {"new": 5000}}


def unpaid(story: Story) -> None:
    one = story.subscribe("2025-05-01", story.price(5000))
    story.change(one, "2025-06-01", status="past_due")
    story.change(one, "2025-06-22", status="unpaid")


def test_s2_a_grace_ends_the_mrr_of_who_is_past_due(tell):
    organization = tell(unpaid)
    assert organization.moved(*ALL, "day")["2025-06-22"] == {"churned": 5000}
    choose(organization, past_due_grace="15 days")
    assert organization.mrr_at("2025-06-15T23:59:59Z") == 5000
    assert organization.moved(*ALL, "day") == {
        "2025-05-01": {"new": 5000},
        "2025-06-16": {"churned": 5000},
    }
    sound(organization)


@pytest.mark.parametrize("pause, mrr", [("by_behavior", (0, 5000)), ("include", (5000, 5000)),
                                        ("exclude", (0, 0))])
def test_a_pause_counts_by_the_setting(tell, pause, mrr):
    def paused(story):
        one = story.subscribe("2025-05-10", story.price(5000))
        story.change(one, "2025-06-10", pause="void")
        story.change(one, "2025-07-10", pause="keep_as_draft")

    organization = tell(paused)
    choose(organization, pause=pause)
    assert (organization.mrr_at("2025-06-11Z"), organization.mrr_at("2025-07-11Z")) == mrr


SETTINGS = {"discounts": "all", "pause": "include", "churn_at": "request",
            "past_due_grace": "15 days", "access_grace": "4 days", "limits": "max",
            "week_starts": "sunday"}


@pytest.mark.parametrize("build", [stories.m22, examples.m23, stories.s1, stories.s5, stories.v1,
                                   uncanceled, unpaid], ids=lambda b: b.__name__)
def test_a_setting_before_the_events_and_after_them_leads_to_the_same(organization, build):
    story = Story()
    build(story)
    first, last, back = organization(), organization(), organization()
    choose_of(first)
    for made in (first, last, back):
        made.choose()
        made.feed(story.bodies())
    choose_of(last)
    assert differences(of(first), of(last)) == {}
    plain = of(back)
    choose_of(back)
    choose(back, **dict.fromkeys(SETTINGS))
    assert differences(plain, of(back)) == {}


def choose_of(made: Organization) -> None:
    made.choose()
    choose(made, **SETTINGS)


def of(made: Organization) -> dict:
    made.choose()
    sound(made)
    return dump(made)
