"""Section 7: money that came in and went back, each at its own date."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from .log import Log
from .parse import customer_of, frac, ident, lower, subject


@dataclass
class Entry:
    kind: str  # gross, refunds, disputes or credit_notes
    at: int
    currency: str
    amount: Fraction
    customer: str | None


class Links:
    """Which invoice a charge or a payment intent belongs to, whenever that became known."""

    def __init__(self, log: Log):
        self.invoice_of: dict[str, str] = {}
        self.intent_of: dict[str, str] = {}
        for invoice, events in log.of("invoice").items():
            for event in events:
                self.tie(invoice, subject(event))
        for events in log.of("charge").values():
            for event in events:
                self.from_charge(subject(event))
        for events in log.of("invoice_payment").values():
            for event in events:
                body = subject(event)
                self.tie(ident(body.get("invoice")), body.get("payment") or {})

    def tie(self, invoice: str | None, holder: dict) -> None:
        for name in ("charge", "payment_intent"):
            if invoice and ident(holder.get(name)):
                self.invoice_of[ident(holder[name])] = invoice

    def from_charge(self, body: dict) -> None:
        intent = ident(body.get("payment_intent"))
        if intent:
            self.intent_of[body["id"]] = intent
        self.tie(ident(body.get("invoice")), {"charge": body["id"], "payment_intent": intent})

    def invoice(self, holder: dict) -> str | None:
        charge, intent = ident(holder.get("charge")), ident(holder.get("payment_intent"))
        keys = (charge, intent, self.intent_of.get(charge))
        return next((self.invoice_of[k] for k in keys if k in self.invoice_of), None)


def without_tax(invoice: dict) -> Fraction:
    """The share of a total that is not tax."""
    total = frac(invoice.get("total"))
    net = frac(invoice.get("total_excluding_tax"))
    if not total:
        return Fraction(1)
    return (total - (frac(invoice.get("tax")) or 0) if net is None else net) / total


def paid_amount(invoice: dict) -> Fraction:
    paid = frac(invoice.get("amount_paid")) or Fraction(0)
    if not paid and invoice.get("paid_out_of_band", True):
        paid = frac(invoice.get("amount_due")) or Fraction(0)
    return paid * without_tax(invoice)


class Ledger:
    """Every entry that a set of events makes."""

    def __init__(self, log: Log):
        self.links = Links(log)
        self.invoices = {i: subject(events[-1]) for i, events in log.of("invoice").items()}
        self.entries: list[Entry] = []
        for events in log.of("invoice").values():
            self.invoice(events)
        for events in log.of("refund").values():
            self.refund(events)
        for events in log.of("dispute").values():
            self.dispute(events)
        for events in log.of("credit_note").values():
            self.credit_note(events)

    def add(self, name: str, at: int, body: dict, amount: Fraction, customer: str | None) -> None:
        self.entries.append(Entry(name, at, lower(body["currency"]), amount, customer))

    def invoice(self, events: list[dict]) -> None:
        body = subject(events[-1])
        if body.get("status") != "paid" or events[-1]["type"] == "invoice.deleted":
            return
        paid = [e["created"] for e in events if subject(e).get("status") == "paid"]
        at = (body.get("status_transitions") or {}).get("paid_at") or paid[0]
        self.add("gross", at, body, paid_amount(body), customer_of(body))

    def linked(self, body: dict) -> tuple[Fraction, str | None]:
        """The share without tax, and the customer, of the invoice behind a movement of money."""
        invoice = self.invoices.get(self.links.invoice(body))
        return (without_tax(invoice), customer_of(invoice)) if invoice else (Fraction(1), None)

    def refund(self, events: list[dict]) -> None:
        body = subject(events[-1])
        if body.get("status") != "succeeded":
            return
        share, customer = self.linked(body)
        self.add("refunds", succeeded_at(events), body, frac(body["amount"]) * share, customer)

    def dispute(self, events: list[dict]) -> None:
        body = subject(events[-1])
        _, customer = self.linked(body)
        for name, sign in (("funds_withdrawn", 1), ("funds_reinstated", -1)):
            moved = [e for e in events if e["type"] == f"charge.dispute.{name}"]
            if moved:
                amount = sign * frac(subject(moved[0])["amount"])
                self.add("disputes", moved[0]["created"], body, amount, customer)

    def credit_note(self, events: list[dict]) -> None:
        body = subject(events[-1])
        amount = frac(body.get("out_of_band_amount"))
        if amount and body.get("status") != "void" and body.get("type") != "pre_payment":
            self.add("credit_notes", body["created"], body, amount, customer_of(body))

    def totals(self, opens, closes) -> dict[str, dict]:
        """By currency: the four sums, their net, and the number of invoices paid."""
        out: dict[str, dict] = defaultdict(blank)
        for entry in self.entries:
            if opens <= entry.at < closes:
                cell = out[entry.currency]
                cell[entry.kind] += entry.amount
                cell["invoices_paid"] += entry.kind == "gross" and entry.amount > 0
        for cell in out.values():
            cell["net"] = cell["gross"] - cell["refunds"] - cell["disputes"] - cell["credit_notes"]
        return out

    def lifetime(self, until) -> dict[tuple[str, str], Fraction]:
        """Net revenue by (currency, customer) of those who ever paid."""
        totals: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        ever: set[tuple[str, str]] = set()
        for entry in self.entries:
            if entry.customer is None or entry.at > until:
                continue
            key = entry.currency, entry.customer
            totals[key] += entry.amount if entry.kind == "gross" else -entry.amount
            if entry.kind == "gross" and entry.amount > 0:
                ever.add(key)
        return {key: totals[key] for key in ever}


def blank() -> dict:
    names = ("gross", "refunds", "disputes", "credit_notes")
    return {**dict.fromkeys(names, Fraction(0)), "invoices_paid": 0}


def succeeded_at(events: list[dict]) -> int:
    """Its created; where it was pending first, the time of success."""
    index = next(i for i, e in enumerate(events) if subject(e).get("status") == "succeeded")
    first = events[index]
    was = (first["data"].get("previous_attributes") or {}).get("status")
    if index > 0 or was not in (None, "succeeded"):
        return first["created"]
    return subject(first).get("created") or first["created"]


