"""Billing objects without any API version: what a simulated company is made of.

Times are whole seconds since the epoch, amounts are minor units. shapes.py and
shapes_money.py turn these objects into the JSON of one of Stripe's API versions.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Product:
    id: str
    name: str
    created: int = 0


@dataclass
class Price:
    id: str
    product: str
    unit_amount: object = None  # int, a decimal string, or None when tiered
    currency: str = "usd"
    interval: str | None = "month"  # None: a one-time price
    interval_count: int = 1
    usage_type: str = "licensed"
    tiers_mode: str | None = None  # graduated or volume
    tiers: list[tuple] = field(default_factory=list)  # (up_to or None, unit, flat)
    divide_by: int | None = None
    round: str = "up"
    created: int = 0


@dataclass
class Coupon:
    id: str
    percent_off: object = None
    amount_off: int | None = None
    currency: str | None = None
    duration: str = "forever"
    months: int | None = None
    applies_to: list[str] | None = None
    created: int = 0


@dataclass
class Discount:
    id: str
    coupon: Coupon
    start: int
    end: int | None = None
    customer: str | None = None
    subscription: str | None = None
    item: str | None = None


@dataclass
class TaxRate:
    id: str
    percentage: object
    inclusive: bool


@dataclass
class Item:
    id: str
    price: Price
    quantity: int | None = 1
    discounts: list[Discount] = field(default_factory=list)
    tax_rates: list[TaxRate] = field(default_factory=list)
    created: int = 0


@dataclass
class Subscription:
    id: str
    customer: str
    currency: str = "usd"
    status: str = "active"
    created: int = 0
    start_date: int = 0
    items: list[Item] = field(default_factory=list)
    discounts: list[Discount] = field(default_factory=list)
    period_start: int = 0
    period_end: int = 0
    trial_start: int | None = None
    trial_end: int | None = None
    cancel_at_period_end: bool = False
    cancel_at: int | None = None
    canceled_at: int | None = None
    ended_at: int | None = None
    pause: str | None = None  # the behavior of pause_collection
    default_tax_rates: list[TaxRate] = field(default_factory=list)
    automatic_tax: bool = False
    latest_invoice: str | None = None


@dataclass
class Customer:
    id: str
    email: str = ""
    name: str = ""
    currency: str | None = "usd"
    created: int = 0
    country: str | None = "US"
    discount: Discount | None = None
    deleted: bool = False


@dataclass
class Invoice:
    id: str
    customer: str
    subscription: str | None = None
    currency: str = "usd"
    status: str = "draft"
    created: int = 0
    total: int = 0
    tax: int = 0
    from_balance: int = 0
    amount_paid: int = 0
    out_of_band: bool = False
    finalized_at: int | None = None
    paid_at: int | None = None
    voided_at: int | None = None
    uncollectible_at: int | None = None
    attempts: int = 0
    payment_intent: str | None = None
    charge: str | None = None
    items: list[Item] = field(default_factory=list)
    billing_reason: str = "subscription_cycle"

    @property
    def amount_due(self) -> int:
        return max(self.total - self.from_balance, 0)


@dataclass
class Charge:
    id: str
    customer: str | None
    amount: int
    currency: str = "usd"
    created: int = 0
    invoice: str | None = None
    payment_intent: str | None = None
    refunded: int = 0
    disputed: bool = False


@dataclass
class Refund:
    id: str
    amount: int
    currency: str = "usd"
    status: str = "succeeded"
    created: int = 0
    charge: str | None = None
    payment_intent: str | None = None


@dataclass
class Dispute:
    id: str
    amount: int
    currency: str = "usd"
    status: str = "needs_response"
    created: int = 0
    charge: str | None = None
    payment_intent: str | None = None


@dataclass
class CreditNote:
    id: str
    invoice: str
    customer: str
    amount: int
    currency: str = "usd"
    created: int = 0
    status: str = "issued"
    type: str = "post_payment"
    refunds: list[tuple[str, int]] = field(default_factory=list)  # (refund id, amount)
    out_of_band: int | None = None
    voided_at: int | None = None


@dataclass
class InvoicePayment:
    id: str
    invoice: str
    amount: int
    currency: str = "usd"
    created: int = 0
    payment_intent: str | None = None
    charge: str | None = None
    status: str = "paid"
