"""Snapshots of one second are put in order by what they say of each other, never by arrival."""

import itertools

from .order import ordered
from .parse import load
from .story import Story

WHEN = "2025-05-10"


def told(build) -> list[dict]:
    story = Story()
    one = story.subscribe(WHEN, story.item(story.price(1000), 1))
    build(story, one)
    return [e for e in load(story.bodies()) if e["type"].startswith("customer.subscription")]


def quantities(events: list[dict]) -> list[int]:
    return [e["data"]["object"]["items"]["data"][0]["quantity"] for e in events]


def every_arrival(events: list[dict]) -> set[tuple]:
    return {tuple(quantities(ordered(list(p)))) for p in itertools.permutations(events)}


def test_a_chain_of_updates_in_one_second():
    def build(story, one):
        for quantity in (5, 2, 9):
            story.quantity(one, WHEN, quantity)

    assert every_arrival(told(build)) == {(1, 5, 2, 9)}


def test_ids_that_disagree_with_the_chain_do_not_matter():
    def build(story, one):
        story.quantity(one, WHEN, 5)
        story.quantity(one, WHEN, 2)
        first, second = story.events[-2:]
        first["id"], second["id"] = "evt_z", "evt_a"

    assert every_arrival(told(build)) == {(1, 5, 2)}


def test_the_end_comes_last():
    def build(story, one):
        story.quantity(one, WHEN, 5)
        story.end(one, WHEN)
        story.events[-1]["id"] = "evt_0"

    for arrival in itertools.permutations(told(build)):
        assert ordered(list(arrival))[-1]["type"] == "customer.subscription.deleted"
