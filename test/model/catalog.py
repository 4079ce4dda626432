"""What a simulated company sells, and the coupons that it hands out."""

from __future__ import annotations

from . import objects as o

PLANS = ("starter", "pro", "team", "volume", "packs", "api", "addon")
SCALE = {"usd": 1, "eur": 1, "jpy": 100}
GRADES = [(5, 1000, None), (20, 800, 500), (None, 650, None)]


def products() -> list[o.Product]:
    return [o.Product(f"prod_{name}", name.title()) for name in PLANS]


def scaled(grades: list, factor: int) -> list:
    return [(top, unit * factor, flat and flat * factor) for top, unit, flat in grades]


def prices_in(currency: str, new_id) -> list[o.Price]:
    by = SCALE[currency]

    def price(product: str, amount=None, interval="month", count=1, **more) -> o.Price:
        name = new_id("price_1")
        return o.Price(name, f"prod_{product}", amount, currency, interval, count, **more)

    grades = scaled(GRADES, by)
    return [
        price("starter", 1900 * by),
        price("starter", 19900 * by, "year"),
        price("pro", 4900 * by),
        price("pro", 13900 * by, count=3),
        price("pro", 49000 * by, "year"),
        price("pro", 89000 * by, "year", 2),
        price("team", tiers_mode="graduated", tiers=grades),
        price("team", interval="year", tiers_mode="graduated", tiers=scaled(grades, 10)),
        price("volume", tiers_mode="volume", tiers=grades),
        price("packs", 500 * by, divide_by=10, round="up"),
        price("packs", 700 * by, divide_by=7, round="down"),
        price("api", 300 * by, "week"),
        price("api", 1100 * by, "week", 4),
        price("api", 40 * by, "day"),
        price("api", "33.3" if by == 1 else 3330),
        price("addon", 900 * by),
        price("addon", 10 * by, usage_type="metered"),
    ]


def coupons(currencies: list[str]) -> list[o.Coupon]:
    out = [
        o.Coupon("TEN", percent_off=10),
        o.Coupon("THIRD", percent_off="33.33"),
        o.Coupon("FREE", percent_off=100, duration="repeating", months=2),
        o.Coupon("SPRING", percent_off=50, duration="repeating", months=3),
        o.Coupon("YEARLONG", percent_off=25, duration="repeating", months=12),
        o.Coupon("WELCOME", percent_off=40, duration="once"),
        o.Coupon("PROONLY", percent_off=20, applies_to=["prod_pro", "prod_team"]),
    ]
    for currency in currencies:
        by, name = SCALE[currency], currency.upper()
        out += [
            o.Coupon(f"FIVE{name}", amount_off=500 * by, currency=currency),
            o.Coupon(f"BIG{name}", amount_off=9000 * by, currency=currency),
            o.Coupon(
                f"ADDON{name}",
                amount_off=700 * by,
                currency=currency,
                duration="repeating",
                months=4,
                applies_to=["prod_addon", "prod_starter"],
            ),
        ]
    return out
