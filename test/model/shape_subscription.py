"""A subscription and its items as Stripe renders them in four API versions."""

from __future__ import annotations

from . import objects as o
from .shapes import V2024, V2025_03, V2026, discount, listing, plan, price, tax_rate


def item(i: o.Item, s: o.Subscription, version: str, livemode: bool) -> dict:
    out = {
        "id": i.id,
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": i.created,
        "discounts": [d.id for d in i.discounts],
        "metadata": {},
        "plan": plan(i.price, version, livemode),
        "price": price(i.price, version, livemode),
        "subscription": s.id,
        "tax_rates": [tax_rate(t, livemode) for t in i.tax_rates],
    }
    if i.price.usage_type != "metered":
        out["quantity"] = i.quantity
    if version != V2024:
        out["current_period_end"] = s.period_end
        out["current_period_start"] = s.period_start
    return out


def scheduled_end(s: o.Subscription, version: str) -> dict:
    """Older versions set the flag, newer ones often only the time."""
    if not s.cancel_at_period_end:
        return {"cancel_at": s.cancel_at, "cancel_at_period_end": False}
    if version == V2024:
        return {"cancel_at": None, "cancel_at_period_end": True}
    return {"cancel_at": s.period_end, "cancel_at_period_end": version == V2025_03}


def payment_settings() -> dict:
    return {
        "payment_method_options": {
            "acss_debit": None,
            "bancontact": None,
            "card": {"network": None, "request_three_d_secure": "automatic"},
            "customer_balance": None,
            "konbini": None,
            "sepa_debit": None,
            "us_bank_account": None,
        },
        "payment_method_types": ["card"],
        "save_default_payment_method": "off",
    }


def unused(s: o.Subscription) -> dict:
    """What every subscription carries and the stories leave alone."""
    empty = (
        "application",
        "application_fee_percent",
        "billing_cycle_anchor_config",
        "billing_thresholds",
        "days_until_due",
        "default_payment_method",
        "default_source",
        "description",
        "next_pending_invoice_item_invoice",
        "on_behalf_of",
        "pending_invoice_item_interval",
        "pending_setup_intent",
        "pending_update",
        "schedule",
        "test_clock",
        "transfer_data",
    )
    reason = "cancellation_requested" if s.canceled_at else None
    return {
        **dict.fromkeys(empty),
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": s.automatic_tax,
            "liability": {"type": "self"} if s.automatic_tax else None,
        },
        "cancellation_details": {"comment": None, "feedback": None, "reason": reason},
        "collection_method": "charge_automatically",
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "metadata": {},
        "payment_settings": payment_settings(),
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }


def subscription(s: o.Subscription, version: str, livemode: bool) -> dict:
    items = [item(i, s, version, livemode) for i in s.items]
    out = {
        "id": s.id,
        "object": "subscription",
        **unused(s),
        **scheduled_end(s, version),
        "billing_cycle_anchor": s.start_date,
        "canceled_at": s.canceled_at,
        "created": s.created,
        "currency": s.currency,
        "customer": s.customer,
        "default_tax_rates": [tax_rate(t, livemode) for t in s.default_tax_rates],
        "discounts": [d.id for d in s.discounts],
        "ended_at": s.ended_at,
        "items": listing(items, f"/v1/subscription_items?subscription={s.id}"),
        "latest_invoice": s.latest_invoice,
        "livemode": livemode,
        "pause_collection": s.pause and {"behavior": s.pause, "resumes_at": None},
        "start_date": s.start_date,
        "status": s.status,
        "trial_end": s.trial_end,
        "trial_start": s.trial_start,
    }
    by_version(out, s, version, livemode)
    return dict(sorted(out.items(), key=lambda pair: (pair[0] not in ("id", "object"), pair[0])))


def by_version(out: dict, s: o.Subscription, version: str, livemode: bool) -> None:
    if version == V2024:
        out["current_period_start"] = s.period_start
        out["current_period_end"] = s.period_end
        last = s.discounts[-1] if s.discounts else None
        out["discount"] = last and discount(last, version, livemode)
        if len(s.items) == 1:
            out["plan"] = plan(s.items[0].price, version, livemode)
            out["quantity"] = s.items[0].quantity
        else:
            out["plan"] = None
    else:
        out["billing_mode"] = {"type": "classic"}
    if version == V2026:
        out["customer_account"] = None
        out["managed_payments"] = {"enabled": False}
        out["billing_schedules"] = []
