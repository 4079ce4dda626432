"""One organization as a test sees it: events go in, reports come out."""

from __future__ import annotations

from datetime import date

import psycopg2.extras

INGEST = "SELECT billing.ingest_event(body::json) FROM unnest(%s::text[]) AS b(body)"
# A superuser passes row security: what it reads through a view must name the organization.
OWN = "organization_id = billing.current_organization()"
GAINED = "new_mrr + reactivation_mrr + expansion_mrr"
SUMS = f"opening_mrr + {GAINED} - contraction_mrr - churned_mrr + fx_mrr"


class Organization:
    """Holds a superuser's connection that has chosen the organization for its session."""

    def __init__(self, connection, time_zone: str = "UTC", currency: str = "usd", id=None):
        self.connection = connection
        self.id = id or self.value(
            "SELECT billing.create_organization('Acme', %s, %s)", time_zone, currency
        )
        self.choose()

    def choose(self) -> None:
        self.run("SELECT set_config('billing.organization_id', %s, false)", str(self.id))

    def run(self, sql: str, *arguments) -> list[dict]:
        with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(sql, arguments or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def value(self, sql: str, *arguments):
        rows = self.run(sql, *arguments)
        return next(iter(rows[0].values())) if rows else None

    def ingest(self, bodies: list[str]) -> list[str]:
        return [row["ingest_event"] for row in self.run(INGEST, list(bodies))]

    def process(self, batch: int = 1000) -> tuple[int, int]:
        """Applies what waits; (applied, failed)."""
        applied = failed = 0
        while True:
            row = self.run("SELECT * FROM billing.process_events(%s)", batch)[0]
            applied, failed = applied + row["applied"], failed + row["failed"]
            if not row["remaining"]:
                return applied, failed

    def feed(self, bodies: list[str]) -> None:
        """Everything in, everything applied, nothing refused."""
        self.ingest(bodies)
        _, failed = self.process()
        assert failed == 0, self.run("SELECT * FROM billing.failed_events()")

    def at(self, instant: str) -> dict[str, dict]:
        rows = self.run("SELECT * FROM billing.mrr_at(%s::timestamptz)", instant)
        return {row.pop("currency"): row for row in rows}

    def mrr_at(self, instant: str, currency: str = "usd") -> int:
        return self.at(instant).get(currency, {}).get("mrr", 0)

    def report(self, name: str, first, last, granularity: str = "month") -> list[dict]:
        return self.run(
            f"SELECT * FROM billing.{name}(%s::date, %s::date, %s)", first, last, granularity
        )

    def moved(self, first, last, granularity: str = "month", currency: str = "usd") -> dict:
        """period_start -> the movements that are not zero, by short name."""
        out = {}
        for row in self.report("mrr_movements", first, last, granularity):
            names = ("new", "reactivation", "expansion", "contraction", "churned", "fx")
            cell = {n: row[f"{n}_mrr"] for n in names if row[f"{n}_mrr"]}
            if row["currency"] == currency and cell:
                out[row["period_start"].isoformat()] = cell
        return out

    def unbalanced(self, first: date, last: date, granularity: str) -> list[dict]:
        """Buckets in which opening and movements are not closing, to the last digit."""
        return self.run(
            f"""SELECT * FROM billing.mrr_movements(%s, %s, %s)
                 WHERE {SUMS} IS DISTINCT FROM closing_mrr""",
            first, last, granularity,
        )

    def allowed(self, customer: str, feature: str, quantity: int = 1) -> bool:
        return self.value("SELECT billing.check_access(%s, %s, %s)", customer, feature, quantity)
