"""Catalogue, customers and subscriptions as Stripe renders them in four API versions."""

from __future__ import annotations

from decimal import Decimal

from . import objects as o

V2024 = "2024-06-20"
V2025_03 = "2025-03-31.basil"
V2025_09 = "2025-09-30.clover"
V2026 = "2026-06-24.dahlia"
VERSIONS = (V2024, V2025_03, V2025_09, V2026)

NO_ADDRESS = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}


def listing(data: list, url: str) -> dict:
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}


def whole(amount) -> int | None:
    """unit_amount is null where only unit_amount_decimal can say it."""
    if amount is None or Decimal(str(amount)) % 1:
        return None
    return int(Decimal(str(amount)))


def product(p: o.Product, version: str, livemode: bool) -> dict:
    return {
        "id": p.id,
        "object": "product",
        "active": True,
        "attributes": [],
        "created": p.created,
        "default_price": None,
        "description": f"The {p.name} plan",
        "images": [],
        "livemode": livemode,
        "marketing_features": [],
        "metadata": {},
        "name": p.name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": p.created,
        "url": None,
    }


def tier(up_to, unit, flat) -> dict:
    return {
        "flat_amount": whole(flat),
        "flat_amount_decimal": None if flat is None else str(flat),
        "unit_amount": whole(unit),
        "unit_amount_decimal": None if unit is None else str(unit),
        "up_to": up_to,
    }


def recurring(p: o.Price, version: str) -> dict | None:
    if p.interval is None:
        return None
    out = {
        "interval": p.interval,
        "interval_count": p.interval_count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": p.usage_type,
    }
    if version == V2024:
        out["aggregate_usage"] = "sum" if p.usage_type == "metered" else None
    return out


def price(p: o.Price, version: str, livemode: bool, with_tiers: bool = False) -> dict:
    """As inside other objects; with_tiers adds what needs expand[]=tiers."""
    packages = None if p.divide_by is None else {"divide_by": p.divide_by, "round": p.round}
    out = {
        "id": p.id,
        "object": "price",
        "active": True,
        "billing_scheme": "tiered" if p.tiers_mode else "per_unit",
        "created": p.created,
        "currency": p.currency,
        "custom_unit_amount": None,
        "livemode": livemode,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": p.product,
        "recurring": recurring(p, version),
        "tax_behavior": "unspecified",
        "tiers_mode": p.tiers_mode,
        "transform_quantity": packages,
        "type": "one_time" if p.interval is None else "recurring",
        "unit_amount": whole(p.unit_amount),
        "unit_amount_decimal": None if p.unit_amount is None else str(p.unit_amount),
    }
    if with_tiers and p.tiers_mode:
        out["tiers"] = [tier(*t) for t in p.tiers]
    return out


def plan(p: o.Price, version: str, livemode: bool) -> dict:
    packages = None if p.divide_by is None else {"divide_by": p.divide_by, "round": p.round}
    out = {
        "id": p.id,
        "object": "plan",
        "active": True,
        "amount": whole(p.unit_amount),
        "amount_decimal": None if p.unit_amount is None else str(p.unit_amount),
        "billing_scheme": "tiered" if p.tiers_mode else "per_unit",
        "created": p.created,
        "currency": p.currency,
        "interval": p.interval,
        "interval_count": p.interval_count,
        "livemode": livemode,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": p.product,
        "tiers_mode": p.tiers_mode,
        "transform_usage": packages,
        "trial_period_days": None,
        "usage_type": p.usage_type,
    }
    if version == V2024:
        out["aggregate_usage"] = "sum" if p.usage_type == "metered" else None
    return out


def coupon(c: o.Coupon, version: str, livemode: bool, with_products: bool = False) -> dict:
    """As inside a discount; with_products adds what needs expand[]=applies_to."""
    out = {
        "id": c.id,
        "object": "coupon",
        "amount_off": c.amount_off,
        "created": c.created,
        "currency": c.currency,
        "duration": c.duration,
        "duration_in_months": c.months,
        "livemode": livemode,
        "max_redemptions": None,
        "metadata": {},
        "name": c.id,
        "percent_off": None if c.percent_off is None else Decimal(str(c.percent_off)),
        "redeem_by": None,
        "times_redeemed": 1,
        "valid": True,
    }
    if with_products and c.applies_to is not None:
        out["applies_to"] = {"products": list(c.applies_to)}
    return out


def discount(d: o.Discount, version: str, livemode: bool) -> dict:
    out = {
        "id": d.id,
        "object": "discount",
        "checkout_session": None,
        "customer": d.customer,
        "end": d.end,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "start": d.start,
        "subscription": d.subscription,
        "subscription_item": d.item,
    }
    if version in (V2024, V2025_03):
        out["coupon"] = coupon(d.coupon, version, livemode)
    else:
        expanded = version == V2025_09
        inner = coupon(d.coupon, version, livemode) if expanded else d.coupon.id
        out["source"] = {"coupon": inner, "type": "coupon"}
    if version == V2026:
        out["customer_account"] = None
    return out


def tax_rate(t: o.TaxRate, livemode: bool) -> dict:
    return {
        "id": t.id,
        "object": "tax_rate",
        "active": True,
        "country": "DE",
        "created": 1600000000,
        "description": "VAT Germany",
        "display_name": "VAT",
        "effective_percentage": None,
        "flat_amount": None,
        "inclusive": t.inclusive,
        "jurisdiction": "DE",
        "jurisdiction_level": None,
        "livemode": livemode,
        "metadata": {},
        "percentage": Decimal(str(t.percentage)),
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
    }


def customer(c: o.Customer, version: str, livemode: bool) -> dict:
    address = dict(NO_ADDRESS, country=c.country) if c.country else None
    return {
        "id": c.id,
        "object": "customer",
        "address": address,
        "balance": 0,
        "created": c.created,
        "currency": c.currency,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None if c.discount is None else discount(c.discount, version, livemode),
        "email": c.email,
        "invoice_prefix": c.id[-8:].upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": livemode,
        "metadata": {},
        "name": c.name,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
