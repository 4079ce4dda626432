"""Reads raw Stripe JSON by presence: one reader for every API version."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction


def load(bodies) -> list[dict]:
    """Events of JSON texts or dicts, one per event id (the first to arrive)."""
    seen: dict[str, dict] = {}
    for body in bodies:
        one = json.loads(body, parse_float=Decimal) if isinstance(body, str) else body
        seen.setdefault(one["id"], one)
    return list(seen.values())


def frac(value) -> Fraction | None:
    if value is None:
        return None
    if isinstance(value, float):
        value = Decimal(repr(value))
    return Fraction(value)


def ident(value) -> str | None:
    """The id of a reference that may be expanded."""
    return value.get("id") if isinstance(value, dict) else value


def subject(event: dict) -> dict:
    return event["data"]["object"]


def kind(event: dict) -> str:
    """What object an event carries, whatever the event's own type."""
    return subject(event).get("object") or event["type"].rsplit(".", 1)[0]


def discounts_of(holder: dict) -> list:
    """Objects or ids, in list order; the single old discount where the list is empty."""
    listed = [d for d in holder.get("discounts") or [] if d]
    single = holder.get("discount")
    if not listed:
        return [single] if single else []
    if isinstance(single, dict):
        return [single if d == single.get("id") else d for d in listed]
    return listed


def coupon_of(discount: dict):
    """An object or an id."""
    source = discount.get("source") or {}
    return source.get("coupon") or discount.get("coupon")


def items_of(subscription: dict) -> list[dict]:
    return (subscription.get("items") or {}).get("data") or []


def customer_of(holder: dict) -> str | None:
    return ident(holder.get("customer")) or ident(holder.get("customer_account"))


def lower(currency: str | None) -> str | None:
    return currency.lower() if currency else None


def currency_of(subscription: dict) -> str | None:
    if subscription.get("currency"):
        return lower(subscription["currency"])
    for item in items_of(subscription):
        if (item.get("price") or {}).get("currency"):
            return lower(item["price"]["currency"])
    return None


def price_of(item: dict) -> dict:
    """The price, or the legacy plan told as one."""
    if item.get("price"):
        return item["price"]
    plan = item.get("plan") or {}
    cycle = {k: plan.get(k) for k in ("interval", "interval_count", "usage_type")}
    return dict(
        plan,
        recurring=cycle,
        unit_amount=plan.get("amount"),
        unit_amount_decimal=plan.get("amount_decimal"),
        transform_quantity=plan.get("transform_usage"),
    )


def ends_by_plan(subscription: dict) -> bool:
    """An end was requested, whether it is near or far."""
    return bool(subscription.get("cancel_at") or subscription.get("cancel_at_period_end"))


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def add_months(seconds: int, months: int) -> int:
    """The same day and time that many months on, in UTC, the day clamped to the month's last."""
    at = moment(seconds)
    index = at.year * 12 + at.month - 1 + months
    year, month = divmod(index, 12)
    for day in range(at.day, 27, -1):
        try:
            return int(at.replace(year=year, month=month + 1, day=day).timestamp())
        except ValueError:
            continue
    return int(at.replace(year=year, month=month + 1).timestamp())
