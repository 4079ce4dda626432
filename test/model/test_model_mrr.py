"""The model prices the examples of metrics.md in every API version."""

import pytest

from .examples import PRICING, SEEN
from .oracle import Oracle
from .shapes import VERSIONS
from .story import Story, at

NOW = at("2025-03-01")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name, build, currency, expected", PRICING, ids=[p[0] for p in PRICING])
def test_a_priced_example_has_the_mrr_of_the_table(name, build, currency, expected, version):
    story = Story(version)
    build(story)
    oracle = Oracle(story.bodies(), "UTC", NOW)
    assert oracle.mrr_at(at(SEEN))[currency]["mrr"] == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_the_order_of_arrival_changes_no_price(version):
    story = Story(version)
    for _, build, _, _ in PRICING[:-1]:
        build(story)
    forth = Oracle(story.bodies(), "UTC", NOW).mrr_at(at(SEEN))
    back = Oracle(story.bodies()[::-1], "UTC", NOW).mrr_at(at(SEEN))
    assert forth == back
