"""A company whose customer many consume from at once, and what a test does to it meanwhile."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from crowd import PATIENCE, Crowd
from model.story import Story
from organization import Organization

START = datetime(2025, 5, 10, tzinfo=timezone.utc)
USAGE = "SELECT * FROM billing.get_usage('cus_1', 'api')"
GRANT = "SELECT billing.top_up(billing.find_customer('cus_1'), 'api', %s, %s, 1)"


class Company:
    """cus_1 holds `quota` units of `api` by a subscription; and the crowd that uses them."""

    def __init__(self, cluster, database: str, quota: int | None = 100, reset: str = "never",
                 **more):
        self.cluster, self.database = cluster, database
        self.organization = Organization(cluster.connect(database))
        self.product = self.run("SELECT billing.create_product('Plan', '{}', 'prod_1')")
        self.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
        self.attach(quota, reset)
        self.story = Story()
        self.subscription = self.story.subscribe(START.date().isoformat(), self.story.price(5000))
        self.organization.feed(self.story.bodies())
        self.crowd = Crowd(cluster, database, self.organization, **more)

    def run(self, sql: str, *arguments):
        return self.organization.value(sql, *arguments)

    def attach(self, quota: int | None, reset: str = "never") -> None:
        self.run("SELECT billing.attach_feature(%s, 'api', %s, %s)", self.product, quota, reset)

    def cancel(self) -> None:
        self.story.end(self.subscription, (START + timedelta(hours=1)).isoformat()[:19])
        self.organization.feed(self.story.bodies()[-1:])

    @property
    def used(self) -> int:
        return self.organization.run(USAGE)[0]["used"]

    @property
    def logged(self) -> int:
        return self.run("""SELECT coalesce(sum(granted), 0)::bigint FROM billing.usage_records
                            WHERE organization_id = billing.current_organization()""")

    def by_period(self) -> dict[datetime, int]:
        rows = self.organization.run(
            """SELECT period_start, sum(granted)::bigint AS granted FROM billing.usage_records
                WHERE organization_id = billing.current_organization() GROUP BY 1""")
        return {r["period_start"]: r["granted"] for r in rows if r["granted"]}

    def sound(self) -> None:
        """Counter and log agree, and with them whatever else is stored of it."""
        assert self.organization.run("SELECT * FROM billing.verify_usage()") == []


class Buyer:
    """A session that consumes in one transaction."""

    def __init__(self, one: Company):
        self.connection = one.crowd.connect()
        self.cursor = self.connection.cursor()

    def take(self, quantity: int) -> bool:
        self.cursor.execute("SELECT allowed FROM billing.track_usage('cus_1', 'api', %s)",
                            (quantity,))
        return self.cursor.fetchone()[0]


def until_one_waits(one: Company) -> None:
    deadline = time.monotonic() + PATIENCE
    while not one.run("""SELECT EXISTS (SELECT FROM pg_stat_activity
                          WHERE datname = current_database() AND wait_event_type = 'Lock')"""):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lend(one: Company) -> None:
    """Two at once, so that the pool lends to slots: 2 are used."""
    first, second = Buyer(one), Buyer(one)
    first.cursor.execute("BEGIN")
    first.take(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.take, 1)
        until_one_waits(one)
        first.cursor.execute("COMMIT")
        assert waiting.result(PATIENCE)
