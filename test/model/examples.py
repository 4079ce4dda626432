"""The pricing examples of metrics.md, section 2: each builds a story and names its MRR.

The expected values are the table's own; nothing here was computed by a program.
"""

from __future__ import annotations

from . import objects as o
from .story import Story

START = "2025-01-10"
SEEN = "2025-01-20"
GRADES = [(5, 1000, None), (None, 800, None)]


def discounted(s: Story, one: o.Subscription, *coupons: o.Coupon, **more) -> o.Subscription:
    for coupon in coupons:
        s.discount(one, coupon, "2025-01-11", **more)
    s.change(one, "2025-01-11")
    return one


def m1(s):
    one = s.subscribe(START, s.item(s.price(120000, "year"), 3))
    discounted(s, one, s.coupon(percent_off=20))


def m2(s):
    s.subscribe(START, s.price(5000))


def m3(s):
    s.subscribe(START, s.price(9000, "month", 3))


def m4(s):
    s.subscribe(START, s.price(1000, "week"))


def m5(s):
    s.subscribe(START, s.price(2000, "week", 2))


def m6(s):
    s.subscribe(START, s.price(100, "day"))


def m7(s):
    s.subscribe(START, s.price(100000, "year", 2))


def m8(s):
    price = s.price(1000, "year")
    for _ in range(3):
        s.subscribe(START, price)


def m9(s):
    s.subscribe(START, s.price(5000), s.price(120000, "year", product="prod_2"))


def m10(s):
    metered = s.price(100, usage_type="metered", product="prod_2")
    s.subscribe(START, s.price(5000), s.item(metered, None))


def m11(s):
    s.subscribe(START, s.item(s.price(tiers_mode="graduated", tiers=GRADES), 12))


def m12(s):
    s.subscribe(START, s.item(s.price(tiers_mode="volume", tiers=GRADES), 12))


def m13(s):
    s.subscribe(START, s.item(s.price(500, divide_by=10, round="up"), 23))


def m14(s):
    s.subscribe(START, s.item(s.price("0.5"), 10001))


def m15(s):
    discounted(s, s.subscribe(START, s.price(5000)), s.coupon(amount_off=500))


def m16(s):
    discounted(s, s.subscribe(START, s.price(120000, "year")), s.coupon(amount_off=12000))


def m17(s):
    one = s.subscribe(START, s.price(6000), s.price(4000, product="prod_2"))
    discounted(s, one, s.coupon(amount_off=1500))


def m17b(s):
    one = s.subscribe(START, s.price(5000), s.price(120000, "year", product="prod_2"))
    discounted(s, one, s.coupon(amount_off=1000))


def m18_percent_first(s):
    one = s.subscribe(START, s.price(10000))
    discounted(s, one, s.coupon(percent_off=20), s.coupon(amount_off=500))


def m18_amount_first(s):
    one = s.subscribe(START, s.price(10000))
    discounted(s, one, s.coupon(amount_off=500), s.coupon(percent_off=20))


def m19(s):
    one = s.subscribe(START, s.price(6000), s.price(4000, product="prod_2"))
    s.discount(one, s.coupon(percent_off=25), "2025-01-11", item=one.items[0])
    discounted(s, one, s.coupon(percent_off=10))


def m20(s):
    discounted(s, s.subscribe(START, s.price(5000)), s.coupon(amount_off=6000))


def m21(s):
    one = s.subscribe(START, s.price(6000, product="prod_a"), s.price(4000, product="prod_b"))
    discounted(s, one, s.coupon(percent_off=50, applies_to=["prod_a"]))


def m23(s):
    one = s.subscribe(START, s.price(120000, "year"))
    discounted(s, one, s.coupon(percent_off=20, duration="once"))


def m24(s):
    item = s.item(s.price(5000), tax_rates=[o.TaxRate("txr_1", 20, False)])
    s.subscribe(START, item)


def m25(s):
    item = s.item(s.price(12000), tax_rates=[o.TaxRate("txr_1", 20, True)])
    s.subscribe(START, item)


def m25_default_rate(s):
    s.subscribe(START, s.price(12000), default_tax_rates=[o.TaxRate("txr_1", 20, True)])


def m25_discounted(s):
    item = s.item(s.price(12000), tax_rates=[o.TaxRate("txr_1", 20, True)])
    discounted(s, s.subscribe(START, item), s.coupon(percent_off=10))


def m25_automatic(s):
    item = s.item(s.price(12000), tax_rates=[o.TaxRate("txr_1", 20, True)])
    s.subscribe(START, item, automatic_tax=True)


def m26_yen(s):
    s.subscribe(START, s.price(12000, "year", currency="jpy"))


def m26_dinar(s):
    s.subscribe(START, s.price(12000, "year", currency="bhd"))


def m27(s):
    monthly, yearly = s.price(10000), s.price(60000, "year")
    for index in range(150):
        s.subscribe(START, monthly if index < 100 else yearly, customer=f"cus_{index}")


# name, story, currency, MRR
PRICING = [
    ("M1", m1, "usd", 24000),
    ("M2", m2, "usd", 5000),
    ("M3", m3, "usd", 3000),
    ("M4", m4, "usd", 4333),
    ("M5", m5, "usd", 4333),
    ("M6", m6, "usd", 3042),
    ("M7", m7, "usd", 4167),
    ("M8", m8, "usd", 250),
    ("M9", m9, "usd", 15000),
    ("M10", m10, "usd", 5000),
    ("M11", m11, "usd", 10600),
    ("M12", m12, "usd", 9600),
    ("M13", m13, "usd", 1500),
    ("M14", m14, "usd", 5001),
    ("M15", m15, "usd", 4500),
    ("M16", m16, "usd", 9000),
    ("M17", m17, "usd", 8500),
    ("M17b", m17b, "usd", 14000),
    ("M18 percent first", m18_percent_first, "usd", 7500),
    ("M18 amount first", m18_amount_first, "usd", 7600),
    ("M19", m19, "usd", 7650),
    ("M20", m20, "usd", 0),
    ("M21", m21, "usd", 7000),
    ("M23", m23, "usd", 10000),
    ("M24", m24, "usd", 5000),
    ("M25", m25, "usd", 10000),
    ("M25 by the default rate", m25_default_rate, "usd", 10000),
    ("M25 discounted", m25_discounted, "usd", 9000),
    ("M25 under automatic tax", m25_automatic, "usd", 12000),
    ("M26 yen", m26_yen, "jpy", 1000),
    ("M26 dinar", m26_dinar, "bhd", 1000),
    ("M27", m27, "usd", 1250000),
]
