"""Wraps rendered objects as Stripe events, previous_attributes included."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

from . import objects as o
from . import shape_money, shape_subscription, shapes

RENDERERS = {
    o.Product: shapes.product,
    o.Price: lambda p, v, live: shapes.price(p, v, live, with_tiers=True),
    o.Coupon: lambda c, v, live: shapes.coupon(c, v, live, with_products=True),
    o.Discount: shapes.discount,
    o.Customer: shapes.customer,
    o.Subscription: shape_subscription.subscription,
    o.Invoice: shape_money.invoice,
    o.Charge: shape_money.charge,
    o.Refund: shape_money.refund,
    o.Dispute: shape_money.dispute,
    o.CreditNote: shape_money.credit_note,
    o.InvoicePayment: shape_money.invoice_payment,
}


def render(thing, version: str, livemode: bool = False) -> dict:
    return RENDERERS[type(thing)](thing, version, livemode)


def changed(old: dict, new: dict) -> dict:
    """The changed keys with their old values: nested objects partly, lists whole."""
    out = {}
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        if isinstance(before, dict) and isinstance(after, dict):
            out[key] = changed(before, after)
        else:
            out[key] = before
    return dict(sorted(out.items()))


def event(event_id: str, kind: str, created: int, body: dict, version: str, livemode: bool = False,
          previous: dict | None = None) -> dict:
    data = {"object": body}
    if previous:
        data["previous_attributes"] = previous
    return {
        "id": event_id,
        "object": "event",
        "api_version": version,
        "created": created,
        "data": data,
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": "req_" + event_id[-12:], "idempotency_key": None},
        "type": kind,
    }


class Emitter:
    """Remembers each object as last sent, so that an update carries its previous_attributes."""

    def __init__(self, new_id, livemode: bool = False):
        self.new_id = new_id
        self.livemode = livemode
        self.sent: dict[str, object] = {}

    def __call__(
        self, kind: str, created: int, thing, version: str, event_id: str | None = None
    ) -> dict:
        body = render(thing, version, self.livemode)
        before = self.sent.get(thing.id)
        previous = None
        if kind.endswith(".updated") and before is not None:
            previous = changed(render(before, version, self.livemode), body)
        self.sent[thing.id] = copy.deepcopy(thing)
        event_id = event_id or self.new_id("evt_1")
        return event(event_id, kind, created, body, version, self.livemode, previous)


class Plain(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, Decimal):
            return int(value) if value == int(value) else float(value)
        return super().default(value)


def text(one: dict) -> str:
    """The body as Stripe posts it: indented by two."""
    return json.dumps(one, cls=Plain, indent=2)
