"""Each example in many orders and portions: the same set of events, the same tables."""

from __future__ import annotations

import random
import zlib

import pytest
from model import examples, stories
from model import objects as o
from model.shapes import VERSIONS
from model.story import Story, at
from organization import Organization
from tables import differences, dump

ORDERS = 4


def customer_coupon(story: Story) -> None:
    """Two subscriptions under a customer's own coupon; one has a coupon besides."""
    owner = story.customer("cus_1")
    price = story.price(10000)
    story.subscribe("2025-01-10", price)
    other = story.subscribe("2025-01-10", price)
    general = o.Discount("di_general", story.coupon(percent_off=10), at("2025-02-01"))
    general.customer = owner.id
    story.emit("customer.discount.created", "2025-02-01", general)
    story.discount(other, story.coupon(percent_off=50), "2025-03-01")
    story.change(other, "2025-03-01")
    story.emit("customer.discount.deleted", "2025-04-01", general)


def tiers_and_products(story: Story) -> None:
    """Prices whose tiers, and a coupon whose products, only the catalogue's events tell."""
    tiered = story.price(tiers_mode="graduated", tiers=examples.GRADES)
    plain = story.price(4000, product="prod_2")
    one = story.subscribe("2025-01-10", story.item(tiered, 12), story.item(plain))
    story.discount(one, story.coupon(percent_off=50, applies_to=["prod_2"]), "2025-01-15")
    story.change(one, "2025-01-15")
    story.quantity(one, "2025-02-10", 3)


def life_and_death(story: Story) -> None:
    """Changes within one second, an end within another, and a customer who is deleted."""
    owner = story.customer("cus_1")
    one = story.subscribe("2025-01-10", story.item(story.price(1000), 1))
    for quantity in (4, 2, 7):
        story.quantity(one, "2025-02-10", quantity)
    other = story.subscribe("2025-01-20", story.price(3000))
    story.quantity(other, "2025-03-10", 3)
    story.end(other, "2025-03-10")
    story.emit("customer.deleted", "2025-04-10", owner)
    story.end(one, "2025-04-11")


def taxed_refund(story: Story) -> None:
    bill = story.invoice("2025-05-10", 12000, tax=2000)
    story.pay(bill, "2025-05-10")
    back = story.refund(bill, "2025-06-01", 6000, status="pending")
    back.status = "succeeded"
    story.emit("refund.updated", "2025-06-03", back)
    story.refund(bill, "2025-06-05", 600)


TOLD = [
    customer_coupon, tiers_and_products, life_and_death, taxed_refund,
    stories.r0, stories.t0, stories.b1, stories.m22, stories.s1, stories.s4, stories.s5,
    stories.v1, stories.v3, stories.v5, stories.currency_switch, stories.edge_gap,
    stories.one_second, stories.counts, stories.failing_card, stories.g1, stories.r1,
    stories.two_refunds, stories.dispute, stories.credit_note,
    examples.m1, examples.m11, examples.m12, examples.m17, examples.m18_amount_first,
    examples.m19, examples.m21, examples.m23, examples.m25_discounted,
]


def portions(bodies: list[str], dice: random.Random) -> list[list[str]]:
    """Shuffled, some twice, a few at a time."""
    mixed = bodies + dice.sample(bodies, len(bodies) // 3)
    dice.shuffle(mixed)
    out = []
    while mixed:
        count = dice.choice((1, 1, 2, 3, 5))
        out.append(mixed[:count])
        mixed = mixed[count:]
    return out


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("build", TOLD, ids=[b.__name__ for b in TOLD])
def test_any_order_ends_in_the_same_tables(organization, build, version):
    story = Story(version)
    build(story)
    bodies = story.bodies()
    calm: Organization = organization("America/New_York")
    calm.feed(bodies)
    expected = dump(calm)
    assert calm.run("SELECT * FROM billing.verify_rollups()") == []
    for number in range(ORDERS):
        dice = random.Random(zlib.crc32(f"{build.__name__} {version} {number}".encode()))
        mixed = organization("America/New_York")
        parts = portions(bodies, dice)
        for part in parts:
            mixed.feed(part)
        assert differences(expected, dump(mixed)) == {}, parts
        assert mixed.run("SELECT * FROM billing.verify_rollups()") == [], parts
