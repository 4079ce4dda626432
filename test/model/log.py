"""The events of a company by object, and what its snapshots only point at."""

from __future__ import annotations

from collections import defaultdict

from .mrr import Catalogue
from .order import ordered
from .parse import coupon_of, discounts_of, ident, items_of, kind, subject


class Log:
    """The events of a company, by object and in their own order."""

    def __init__(self, events: list[dict]):
        grouped: dict[tuple, list] = defaultdict(list)
        for event in events:
            grouped[kind(event), ident(subject(event))].append(event)
        self.by_object = {key: ordered(group) for key, group in grouped.items()}

    def of(self, name: str) -> dict[str, list[dict]]:
        return {key[1]: group for key, group in self.by_object.items() if key[0] == name}

    def catalogue(self) -> Catalogue:
        out = Catalogue()
        for price, group in self.of("price").items():
            with_tiers = [subject(e)["tiers"] for e in group if subject(e).get("tiers")]
            if with_tiers:
                out.tiers[price] = with_tiers[-1]
        for discount in self.inline_discounts():
            self.learn(out, discount)
        for group in self.of("discount").values():
            self.learn(out, subject(group[-1]))
        for coupon, group in self.of("coupon").items():
            out.coupons[coupon] = subject(group[-1])
            named = [subject(e)["applies_to"] for e in group if subject(e).get("applies_to")]
            if named:
                out.products[coupon] = named[-1]["products"]
        return out

    def inline_discounts(self):
        for holder in ("customer", "subscription"):
            for group in self.of(holder).values():
                for event in group:
                    body = subject(event)
                    for one in [body, *items_of(body)]:
                        yield from (d for d in discounts_of(one) if isinstance(d, dict))

    @staticmethod
    def learn(out: Catalogue, discount: dict) -> None:
        out.discounts[discount["id"]] = discount
        coupon = coupon_of(discount)
        if isinstance(coupon, dict):
            out.coupons[coupon["id"]] = coupon
