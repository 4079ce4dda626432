"""The examples of metrics.md about time, movements and counts, as stories to tell.

Each builds its events into a Story; what must come out is written by hand in the tests.
"""

from __future__ import annotations

from . import objects as o
from .story import Story, at


def r0(s: Story) -> o.Subscription:
    """5000 in January, 8000 in March, and 6000 in February that arrives last."""
    price = s.price(1000)
    one = s.subscribe("2025-01-05", s.item(price, 5))
    s.quantity(one, "2025-02-05", 6)
    s.quantity(one, "2025-03-05", 8)
    middle = next(e for e in s.events if e["created"] == at("2025-02-05"))
    s.events.remove(middle)
    s.events.append(middle)
    return one


def t0(s: Story) -> o.Subscription:
    end = at("2025-06-30T23:50:00")
    one = s.subscribe("2025-06-16", s.price(5000), status="trialing", trial_end=end)
    s.change(one, "2025-07-01T00:20:00", status="active")
    return one


def b1(s: Story) -> o.Subscription:
    """An import: no event, only today's snapshot."""
    s.customer()
    price = s.price(8000)
    started = at("2024-01-05")
    one = o.Subscription("sub_b1", "cus_1", "usd", "active", started, started, [s.item(price)])
    s.emit("pg_billing.backfill", "2025-05-20T12:00:00", one, "pgb_backfill_sub_b1")
    return one


def m22(s: Story, start: str = "2025-01-10", end: str | None = None) -> o.Subscription:
    one = s.subscribe(start, s.price(10000))
    terms = s.coupon(percent_off=50, duration="repeating", months=3)
    s.discount(one, terms, start, end)
    s.change(one, start)
    return one


def s1(s: Story) -> o.Subscription:
    end = at("2025-07-01")
    one = s.subscribe("2025-05-01", s.price(5000), period_end=end)
    s.change(one, "2025-06-10", cancel_at_period_end=True, canceled_at=at("2025-06-10"))
    s.end(one, "2025-07-01T00:00:02", "2025-07-01")
    return one


def s4(s: Story) -> o.Subscription:
    """Canceled at once on June 12, the money given back on June 14."""
    one = s.subscribe("2025-05-12", s.price(5000))
    bill = s.invoice("2025-05-12", 5000, subscription=one.id)
    s.pay(bill, "2025-05-12T00:00:05")
    s.end(one, "2025-06-12T09:00:01", "2025-06-12T09:00:00")
    s.refund(bill, "2025-06-14", 5000)
    return one


def s5(s: Story) -> o.Subscription:
    one = s.subscribe("2025-07-01", s.price(5000))
    s.change(one, "2025-07-04", status="past_due")
    s.change(one, "2025-07-25", status="unpaid")
    s.change(one, "2025-08-02", status="active")
    return one


def v1(s: Story) -> None:
    yearly = s.subscribe("2025-01-10", s.item(s.price(50000, "year"), 4))
    monthly = s.subscribe("2025-02-10", s.item(s.price(3000), 2))
    s.end(monthly, "2025-03-10")
    s.end(yearly, "2025-04-10")
    s.subscribe("2025-05-10", s.item(s.price(5000), 3))


def v2(s: Story) -> None:
    one = s.subscribe("2025-01-10", s.item(s.price(1000), 5))
    s.quantity(one, "2025-02-10", 3)


def v3(s: Story) -> None:
    """An upgrade in the middle of a period, with its proration billed at once."""
    one = s.subscribe("2025-05-10", s.price(5000))
    one.items[0].price = s.price(8000)
    s.change(one, "2025-06-16")
    bill = s.invoice("2025-06-16", 1500, subscription=one.id, billing_reason="subscription_update")
    s.pay(bill, "2025-06-16T00:00:03")


def v5(s: Story) -> None:
    one = s.subscribe("2025-06-03", s.price(5000))
    s.end(one, "2025-06-20")


def v6(s: Story) -> None:
    """June: 20 customers with 100000 at the start, 23 with 115000 at the end, 4 in trial."""
    unit = s.price(500)

    def join(name: str, when: str, amount: int, **more) -> o.Subscription:
        return s.subscribe(when, s.item(unit, amount // 500), customer=name, **more)

    stay = [join(f"cus_stay_{n}", "2025-05-05", 5000) for n in range(14)]
    leave = [join(f"cus_leave_{n}", "2025-05-05", 5000) for n in range(2)]
    grow = join("cus_grow", "2025-05-05", 5000)
    shrink = join("cus_shrink", "2025-05-05", 10000)
    for n in range(2):
        join(f"cus_small_{n}", "2025-05-05", 2500)
    lost = join("cus_back", "2025-04-05", 2000)
    s.end(lost, "2025-05-20")
    s.end(leave[0], "2025-06-03")
    s.end(leave[1], "2025-06-25")
    s.quantity(shrink, "2025-06-11", 10)
    s.quantity(grow, "2025-06-12", 26)
    join("cus_back", "2025-06-15", 2000)
    for n in range(4):
        join(f"cus_new_{n}", "2025-06-18", 5000)
        join(f"cus_try_{n}", "2025-06-20", 5000, status="trialing", trial_end=at("2025-07-04"))
    assert len(stay) == 14


def c1(s: Story) -> None:
    """100 pay at the start of June; 12 ends, one comes back, one had joined in June; 20 are new."""
    price = s.price(1000)
    old = [s.subscribe("2025-05-10", price, customer=f"cus_{n}") for n in range(100)]
    new = [s.subscribe("2025-06-05", price, customer=f"cus_new_{n}") for n in range(20)]
    for one in old[:11]:
        s.end(one, "2025-06-15")
    s.end(new[0], "2025-06-20")
    s.subscribe("2025-06-22", price, customer="cus_0")


def currency_switch(s: Story) -> None:
    """USD 5000 becomes EUR 4600 in June."""
    dollars = s.subscribe("2025-05-10", s.price(5000))
    s.end(dollars, "2025-06-10")
    s.subscribe("2025-06-10", s.price(4600, currency="eur"))


def edge_gap(s: Story) -> None:
    """Ends in June's last second, returns in July's first."""
    price = s.price(5000)
    one = s.subscribe("2025-05-10", price)
    s.end(one, "2025-06-30T23:59:59")
    s.subscribe("2025-07-01", price)


def one_second(s: Story) -> None:
    """Created at 5000 and updated to 8000 in the same second."""
    one = s.subscribe("2025-06-05", s.item(s.price(1000), 5))
    s.quantity(one, "2025-06-05", 8)


def counts(s: Story) -> None:
    """A trial that pays in July, one that never pays, one that starts and ends in July."""
    price = s.price(5000)
    paid = s.subscribe(
        "2025-06-20", price, customer="cus_a", status="trialing", trial_end=at("2025-07-04")
    )
    lost = s.subscribe(
        "2025-06-20", price, customer="cus_b", status="trialing", trial_end=at("2025-07-04")
    )
    s.subscribe("2025-06-10", price, customer="cus_c")
    s.change(paid, "2025-07-04", status="active")
    s.end(lost, "2025-07-04")
    brief = s.subscribe("2025-07-10", price, customer="cus_d")
    s.end(brief, "2025-07-20")


def failing_card(s: Story, price: o.Price | None = None) -> o.Subscription:
    """Three tries fail, the subscription goes unpaid, and the customer comes back."""
    one = s.subscribe("2025-05-10", price or s.price(5000))
    bill = s.invoice("2025-06-10", 5000, subscription=one.id)
    bill.attempts = 1
    s.emit("invoice.payment_failed", "2025-06-10T01:00:00", bill)
    s.change(one, "2025-06-10T01:00:00", status="past_due", latest_invoice=bill.id)
    for day, attempts in (("2025-06-13", 2), ("2025-06-18", 3)):
        bill.attempts = attempts
        s.emit("invoice.payment_failed", day, bill)
    s.change(one, "2025-06-24", status="unpaid")
    s.pay(bill, "2025-07-02")
    s.change(one, "2025-07-02", status="active")
    return one


def g1(s: Story) -> None:
    s.pay(s.invoice("2025-05-30", 12000, tax=2000, from_balance=4800), "2025-05-30")


def r1(s: Story) -> None:
    bill = s.invoice("2025-05-30", 12000)
    s.pay(bill, "2025-05-30")
    s.refund(bill, "2025-06-02", 3000)


def two_refunds(s: Story) -> None:
    """Paid 10000, given back 8000 and 4000."""
    bill = s.invoice("2025-05-10", 10000)
    s.pay(bill, "2025-05-10")
    s.refund(bill, "2025-05-12", 8000)
    s.refund(bill, "2025-05-13", 4000)


def dispute(s: Story) -> None:
    bill = s.invoice("2025-05-10", 5000)
    s.pay(bill, "2025-05-10")
    case = o.Dispute("dp_1", 5000, created=at("2025-05-29"), charge=bill.charge)
    case.payment_intent = bill.payment_intent
    s.emit("charge.dispute.created", "2025-05-29", case)
    s.emit("charge.dispute.funds_withdrawn", "2025-05-30", case)
    case.status = "won"
    s.emit("charge.dispute.closed", "2025-07-02", case)
    s.emit("charge.dispute.funds_reinstated", "2025-07-02", case)


def credit_note(s: Story) -> None:
    """After payment, a note of 3000: 2000 refunded by card, 1000 by hand."""
    bill = s.invoice("2025-05-10", 10000)
    s.pay(bill, "2025-05-10")
    back = s.refund(bill, "2025-06-05", 2000)
    note = o.CreditNote("cn_1", bill.id, bill.customer, 3000, created=at("2025-06-05"))
    note.refunds, note.out_of_band = [(back.id, 2000)], 1000
    s.emit("credit_note.created", "2025-06-05", note)
