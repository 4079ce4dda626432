"""Invoices, charges, refunds, disputes and credit notes in four API versions."""

from __future__ import annotations

from . import objects as o
from .shapes import NO_ADDRESS, V2024, V2026, listing, plan, price


def invoice_line(i: o.Invoice, item: o.Item, version: str, livemode: bool) -> dict:
    amount = i.total - i.tax if item is i.items[0] else 0
    out = {
        "id": "il_" + item.id[3:] + i.id[-6:],
        "object": "line_item",
        "amount": amount,
        "currency": i.currency,
        "description": "Subscription",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": i.id,
        "livemode": livemode,
        "metadata": {},
        "period": {"end": i.created + 2592000, "start": i.created},
        "quantity": item.quantity,
    }
    if version == V2024:
        out["plan"] = plan(item.price, version, livemode)
        out["price"] = price(item.price, version, livemode)
        out["proration"] = False
        out["subscription"] = i.subscription
        out["subscription_item"] = item.id
        out["type"] = "subscription"
        return out
    out["parent"] = {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": i.subscription,
            "subscription_item": item.id,
        },
        "type": "subscription_item_details",
    }
    details = {"price": item.price.id, "product": item.price.product}
    out["pricing"] = {"price_details": details, "type": "price_details"}
    out["taxes"] = []
    return out


def invoice_amounts(i: o.Invoice) -> dict:
    return {
        "amount_due": i.amount_due,
        "amount_paid": i.amount_paid,
        "amount_remaining": i.amount_due - i.amount_paid,
        "amount_shipping": 0,
        "ending_balance": 0 if i.status != "draft" else None,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": -i.from_balance,
        "subtotal": i.total - i.tax,
        "subtotal_excluding_tax": i.total - i.tax,
        "total": i.total,
        "total_excluding_tax": i.total - i.tax,
    }


def invoice(i: o.Invoice, version: str, livemode: bool) -> dict:
    lines = [invoice_line(i, item, version, livemode) for item in i.items]
    out = {
        "id": i.id,
        "object": "invoice",
        **invoice_amounts(i),
        "account_country": "US",
        "account_name": "Acme",
        "attempt_count": i.attempts,
        "attempted": i.attempts > 0,
        "auto_advance": i.status == "open",
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_reason": i.billing_reason,
        "collection_method": "charge_automatically",
        "created": i.created,
        "currency": i.currency,
        "customer": i.customer,
        "customer_address": NO_ADDRESS,
        "default_payment_method": None,
        "default_tax_rates": [],
        "discounts": [],
        "due_date": None,
        "lines": listing(lines, f"/v1/invoices/{i.id}/lines"),
        "livemode": livemode,
        "metadata": {},
        "number": f"A-{i.id[-6:].upper()}",
        "period_end": i.created,
        "period_start": i.created - 2592000,
        "status": i.status,
        "status_transitions": {
            "finalized_at": i.finalized_at,
            "marked_uncollectible_at": i.uncollectible_at,
            "paid_at": i.paid_at,
            "voided_at": i.voided_at,
        },
        "test_clock": None,
    }
    invoice_by_version(out, i, version)
    return out


def invoice_by_version(out: dict, i: o.Invoice, version: str) -> None:
    taxed = i.total - i.tax
    if version == V2024:
        amount = {"amount": i.tax, "inclusive": False, "tax_rate": "txr_1"}
        out["charge"] = i.charge
        out["discount"] = None
        out["paid"] = i.status == "paid"
        out["paid_out_of_band"] = i.out_of_band
        out["payment_intent"] = i.payment_intent
        out["subscription"] = i.subscription
        out["subscription_details"] = {"metadata": {}}
        out["tax"] = i.tax or None
        out["total_tax_amounts"] = [dict(amount, taxable_amount=taxed)] if i.tax else []
        return
    details = {"metadata": {}, "subscription": i.subscription}
    parent = {"quote_details": None, "subscription_details": details}
    taxes = {"amount": i.tax, "tax_behavior": "exclusive", "taxable_amount": taxed}
    out["parent"] = dict(parent, type="subscription_details") if i.subscription else None
    out["amount_overpaid"] = 0
    out["total_taxes"] = [dict(taxes, type="tax_rate_details")] if i.tax else []
    if version == V2026:
        out["customer_account"] = None


def charge(c: o.Charge, version: str, livemode: bool) -> dict:
    out = {
        "id": c.id,
        "object": "charge",
        "amount": c.amount,
        "amount_captured": c.amount,
        "amount_refunded": c.refunded,
        "balance_transaction": "txn_" + c.id[3:],
        "billing_details": {"address": NO_ADDRESS, "email": None, "name": None, "phone": None},
        "captured": True,
        "created": c.created,
        "currency": c.currency,
        "customer": c.customer,
        "description": "Subscription update",
        "disputed": c.disputed,
        "livemode": livemode,
        "metadata": {},
        "outcome": {"network_status": "approved_by_network", "type": "authorized"},
        "paid": True,
        "payment_intent": c.payment_intent,
        "payment_method": None,
        "refunded": c.refunded >= c.amount,
        "status": "succeeded",
    }
    if version == V2024:
        out["invoice"] = c.invoice
    return out


def refund(r: o.Refund, version: str, livemode: bool) -> dict:
    return {
        "id": r.id,
        "object": "refund",
        "amount": r.amount,
        "balance_transaction": None,
        "charge": r.charge,
        "created": r.created,
        "currency": r.currency,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": r.payment_intent,
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": r.status,
        "transfer_reversal": None,
    }


def dispute(d: o.Dispute, version: str, livemode: bool) -> dict:
    moved = {
        "id": "txn_" + d.id[3:],
        "object": "balance_transaction",
        "amount": -d.amount,
        "currency": d.currency,
        "fee": 1500,
        "net": -d.amount - 1500,
        "type": "adjustment",
    }
    return {
        "id": d.id,
        "object": "dispute",
        "amount": d.amount,
        "balance_transactions": [moved],
        "charge": d.charge,
        "created": d.created,
        "currency": d.currency,
        "evidence": {},
        "evidence_details": {"due_by": d.created + 604800, "has_evidence": False},
        "is_charge_refundable": False,
        "livemode": livemode,
        "metadata": {},
        "payment_intent": d.payment_intent,
        "reason": "fraudulent",
        "status": d.status,
    }


def credit_note(n: o.CreditNote, version: str, livemode: bool) -> dict:
    out = {
        "id": n.id,
        "object": "credit_note",
        "amount": n.amount,
        "amount_shipping": 0,
        "created": n.created,
        "currency": n.currency,
        "customer": n.customer,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": n.created,
        "invoice": n.invoice,
        "lines": listing([], f"/v1/credit_notes/{n.id}/lines"),
        "livemode": livemode,
        "memo": None,
        "metadata": {},
        "number": "CN-" + n.id[-4:],
        "out_of_band_amount": n.out_of_band,
        "reason": None,
        "shipping_cost": None,
        "status": n.status,
        "subtotal": n.amount,
        "subtotal_excluding_tax": n.amount,
        "total": n.amount,
        "total_excluding_tax": n.amount,
        "type": n.type,
        "voided_at": n.voided_at,
    }
    if version == V2024:
        out["refund"] = n.refunds[0][0] if n.refunds else None
    else:
        out["refunds"] = [{"amount_refunded": amount, "refund": r} for r, amount in n.refunds]
        post = n.amount if n.type == "post_payment" else 0
        out["post_payment_amount"] = post
        out["pre_payment_amount"] = n.amount - post
    return out


def invoice_payment(p: o.InvoicePayment, version: str, livemode: bool) -> dict:
    payment = {"payment_intent": p.payment_intent, "type": "payment_intent"}
    if p.payment_intent is None:
        payment = {"charge": p.charge, "type": "charge"}
    return {
        "id": p.id,
        "object": "invoice_payment",
        "amount_paid": p.amount,
        "amount_requested": p.amount,
        "created": p.created,
        "currency": p.currency,
        "invoice": p.invoice,
        "is_default": True,
        "livemode": livemode,
        "payment": payment,
        "status": p.status,
        "status_transitions": {"canceled_at": None, "paid_at": p.created},
    }
