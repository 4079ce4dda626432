"""Asks the database what a founder wants to know, and prints each question with its answer."""

from __future__ import annotations

import sys
import time

FULL = "█" if (sys.stdout.encoding or "").lower().startswith("utf") else "#"
BAR = 44


def money(cents) -> str:
    return f"${float(cents) / 100:,.0f}"


def percent(rate) -> str:
    return "-" if rate is None else f"{float(rate):.1f}%"


def table(names: list[str], rows: list[tuple], left: int = 1) -> None:
    """The first `left` columns are words, the others numbers."""
    cells = [names, *[[str(v) for v in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    for number, row in enumerate(cells):
        line = [v.ljust(w) if i < left else v.rjust(w) for i, (v, w) in enumerate(zip(row, widths))]
        print("   " + "  ".join(line).rstrip())
        if number == 0:
            print("   " + "  ".join("-" * w for w in widths))


class Report:
    def __init__(self, connection):
        self.connection = connection
        self.asked = 0.0  # seconds of the last question

    def ask(self, sql: str) -> list[tuple]:
        print("\n" + sql.replace(" FROM billing.", "\n  FROM billing."))
        with self.connection.cursor() as cursor:
            began = time.monotonic()
            cursor.execute(sql)
            rows = cursor.fetchall()
            self.asked = time.monotonic() - began
        print(f"   ({self.asked * 1000:.1f} ms)")
        return rows

    def mrr(self, first, last) -> None:
        rows = self.ask(
            f"SELECT period_start, mrr, is_partial FROM billing.mrr('{first}', '{last}')")
        top = max(row[1] for row in rows) or 1
        for month, mrr, running in rows:
            bar = FULL * round(BAR * mrr / top)
            line = f"   {month:%Y-%m} {money(mrr):>9}  {bar}{' so far' if running else ''}"
            print(line.rstrip())

    def movements(self, first, last) -> None:
        rows = self.ask(
            "SELECT period_start, opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, "
            f"contraction_mrr, churned_mrr, closing_mrr FROM billing.mrr_movements('{first}', '{last}')")
        table(["month", "opening", "new", "reactivated", "expansion", "contraction", "churned",
               "closing"],
              [(f"{row[0]:%Y-%m}", *map(money, row[1:])) for row in rows])

    def churn(self, first, last) -> None:
        rows = self.ask(
            "SELECT period_start, customers_at_start, customers_churned, customer_churn_rate, "
            f"subscription_churn_rate FROM billing.churn_rate('{first}', '{last}')")
        table(["month", "paying at start", "left", "customer churn", "subscription churn"],
              [(f"{m:%Y-%m}", n, left, percent(a), percent(b)) for m, n, left, a, b in rows])

    def revenue(self, first, last) -> None:
        rows = self.ask(
            "SELECT period_start, gross_revenue, refunds, net_revenue, invoices_paid "
            f"FROM billing.revenue_trend('{first}', '{last}')")
        table(["month", "gross", "refunds", "net", "invoices paid"],
              [(f"{m:%Y-%m}", money(g), money(r), money(n), i) for m, g, r, n, i in rows])

    def top_customers(self) -> None:
        rows = self.ask(
            "SELECT name, lifetime_revenue, mrr, subscriptions, customer_since "
            "FROM billing.top_customers(5)")
        table(["customer", "paid so far", "MRR now", "subscriptions", "since"],
              [(n, money(p), money(m), s, f"{since:%Y-%m-%d}") for n, p, m, s, since in rows])

    def access(self, customer) -> None:
        print(f"\n{customer.name} ({customer.id}) is on the plan Team.")
        for feature in ("sso", "api_calls"):
            rows = self.ask(f"SELECT billing.check_access('{customer.id}', '{feature}')")
            print(f"   {'yes' if rows[0][0] else 'no'}")
        rows = self.ask(
            "SELECT allowed, reason, granted, used, remaining, resets_at "
            f"FROM billing.track_usage('{customer.id}', 'api_calls', 250)")
        names = ["allowed", "reason", "granted", "used", "remaining", "resets at"]
        table(names, [(*row[:5], f"{row[5]:%Y-%m-%d %H:%M}") for row in rows], left=2)
        rows = self.ask(
            "SELECT feature_key, allowed, reason, quota, used, remaining "
            f"FROM billing.entitlements('{customer.id}')")
        table(["feature", "allowed", "reason", "quota", "used", "remaining"],
              [tuple("-" if v is None else v for v in row) for row in rows], left=3)

    def sound(self) -> None:
        rows = self.ask("SELECT count(*) FROM billing.verify_rollups()")
        print(f"   {rows[0][0]} differences between what is kept and what the versions derive")
