"""Section 2: what one snapshot of a subscription is worth a month, in exact fractions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .parse import (
    add_months,
    coupon_of,
    currency_of,
    discounts_of,
    frac,
    ident,
    items_of,
    lower,
    price_of,
)

PER_MONTH = {
    "year": Fraction(1, 12),
    "month": Fraction(1),
    "week": Fraction(52, 12),
    "day": Fraction(365, 12),
}


class Unresolved(Exception):
    """A mandatory value is not known yet: the last known MRR stands."""


@dataclass
class Line:
    price: str
    product: str | None
    currency: str
    factor: Fraction
    amount: Fraction  # per billing period, before and then after discounts
    quantity: Fraction

    @property
    def mrr(self) -> Fraction:
        return self.amount * self.factor


class Catalogue:
    """What snapshots only point at: tiers, coupons and discounts, whenever they arrived."""

    def __init__(self):
        self.tiers: dict[str, list] = {}
        self.coupons: dict[str, dict] = {}
        self.products: dict[str, list] = {}
        self.discounts: dict[str, dict] = {}

    def tiers_of(self, price: dict) -> list:
        tiers = price.get("tiers") or self.tiers.get(price["id"])
        if not tiers:
            raise Unresolved(f"tiers of {price['id']}")
        return tiers

    def discount(self, given) -> dict:
        found = given if isinstance(given, dict) else self.discounts.get(given)
        if found is None:
            raise Unresolved(f"discount {given}")
        return found

    def coupon(self, discount: dict) -> dict:
        given = coupon_of(discount)
        found = given if isinstance(given, dict) else self.coupons.get(given)
        if found is None:
            raise Unresolved(f"coupon {given}")
        return found

    def applies_to(self, coupon: dict) -> list | None:
        own = (coupon.get("applies_to") or {}).get("products")
        return own or self.products.get(coupon["id"])


def rounded_up(value: Fraction) -> int:
    return -((-value.numerator) // value.denominator)


def units(price: dict, quantity: Fraction) -> Fraction:
    packages = price.get("transform_quantity")
    if not packages:
        return quantity
    exact = quantity / frac(packages["divide_by"])
    whole = rounded_up(exact) if packages["round"] == "up" else exact.numerator // exact.denominator
    return Fraction(whole)


def either(holder: dict, name: str) -> Fraction | None:
    """The decimal field where it is there, else the whole one."""
    exact = frac(holder.get(f"{name}_decimal"))
    return frac(holder.get(name)) if exact is None else exact


def tier_charge(tier: dict, count: Fraction) -> Fraction:
    unit, flat = either(tier, "unit_amount"), either(tier, "flat_amount")
    return (unit or 0) * count + (flat or 0)


def tiered(tiers: list, mode: str, quantity: Fraction) -> Fraction:
    below, total = Fraction(0), Fraction(0)
    for tier in sorted(tiers, key=lambda t: (t.get("up_to") is None, t.get("up_to") or 0)):
        top = frac(tier.get("up_to"))
        last = top is None or quantity <= top
        if mode == "volume":
            if last:
                return tier_charge(tier, quantity)
            continue
        total += tier_charge(tier, (quantity if last else top) - below)
        if last:
            return total
        below = top
    return total


def base_amount(price: dict, quantity: Fraction, catalogue: Catalogue) -> Fraction:
    cycle = price.get("recurring")
    if not cycle or price.get("type") == "one_time" or cycle.get("usage_type") == "metered":
        return Fraction(0)
    if price.get("billing_scheme") == "tiered":
        tiers = catalogue.tiers_of(price)
        return tiered(tiers, price.get("tiers_mode"), units(price, quantity))
    return (either(price, "unit_amount") or 0) * units(price, quantity)


def line_of(item: dict, currency: str, catalogue: Catalogue) -> Line:
    price = price_of(item)
    quantity = item.get("quantity")
    count = Fraction(1) if quantity is None else frac(quantity)
    cycle = price.get("recurring") or {}
    factor = PER_MONTH.get(cycle.get("interval"), Fraction(0)) / (cycle.get("interval_count") or 1)
    amount = base_amount(price, count, catalogue)
    return Line(price["id"], ident(price.get("product")), currency, factor, amount, count)


def discount_end(discount: dict, coupon: dict) -> int | None:
    if discount.get("end") is not None:
        return discount["end"]
    if coupon.get("duration") == "repeating":
        return add_months(discount["start"], coupon["duration_in_months"])
    return None


def live(discount: dict, coupon: dict, at: int) -> bool:
    """Recurring discounts only (the default): once is a gift of the first invoice."""
    if coupon.get("duration") == "once":
        return False
    end = discount_end(discount, coupon)
    return (discount.get("start") or 0) <= at and (end is None or at < end)


def amount_off(coupon: dict, currency: str) -> Fraction | None:
    if coupon.get("amount_off") is None or lower(coupon.get("currency")) in (currency, None):
        return frac(coupon.get("amount_off"))
    other = (coupon.get("currency_options") or {}).get(currency)
    return frac(other["amount_off"]) if other else Fraction(0)


def apply_discount(lines: list[Line], coupon: dict, catalogue: Catalogue) -> None:
    products = catalogue.applies_to(coupon)
    eligible = [x for x in lines if products is None or x.product in products]
    if coupon.get("percent_off") is not None:
        for line in eligible:
            line.amount = max(line.amount * (1 - frac(coupon["percent_off"]) / 100), Fraction(0))
        return
    positive = [x for x in eligible if x.amount > 0]
    if not positive:
        return
    fastest = max(x.factor for x in positive)
    share = [x for x in positive if x.factor == fastest]
    total = sum(x.amount for x in share)
    off = min(amount_off(coupon, lines[0].currency) or Fraction(0), total)
    for line in share:
        line.amount -= off * line.amount / total


def inclusive_tax(item: dict, subscription: dict) -> Fraction:
    """The item's own rates where it has any, else the subscription's default ones."""
    if (subscription.get("automatic_tax") or {}).get("enabled"):
        return Fraction(0)
    rates = item.get("tax_rates") or subscription.get("default_tax_rates") or []
    return sum((frac(r["percentage"]) for r in rates if r.get("inclusive")), Fraction(0))


def discount_lines(lines, discounts, at: int, catalogue: Catalogue) -> None:
    for given in discounts:
        discount = catalogue.discount(given)
        coupon = catalogue.coupon(discount)
        if live(discount, coupon, at):
            apply_discount(lines, coupon, catalogue)


def price_subscription(
    subscription: dict, at: int, catalogue: Catalogue, discounts: list
) -> list[Line]:
    """One line per item at an instant, as if it paid; `discounts` are the subscription's."""
    currency = currency_of(subscription)
    items = items_of(subscription)
    lines = [line_of(item, currency, catalogue) for item in items]
    for item, line in zip(items, lines):
        discount_lines([line], discounts_of(item), at, catalogue)
    if lines:
        discount_lines(lines, discounts, at, catalogue)
    for item, line in zip(items, lines):
        line.amount /= 1 + inclusive_tax(item, subscription) / 100
    return lines
