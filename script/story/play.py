"""The demo's story: a catalogue, two years of webhooks, and the questions of a founder.

play.py SOCKET_DIRECTORY DATABASE PORT SECRET
"""

from __future__ import annotations

import sys
import time
from datetime import date, datetime, timezone

import psycopg2

from company import PRODUCTS, Startup
from report import Report
from sender import Progress, Sender

YEARS = 2
FEATURES = [
    ("api_calls", "API calls", "metered"),
    ("exports", "Exports", "metered"),
    ("sso", "Single sign-on", "boolean"),
]
PLANS = [  # product, feature, quota a month
    ("starter", "exports", 5),
    ("team", "exports", 50),
    ("team", "api_calls", 10_000),
    ("business", "exports", None),
    ("business", "api_calls", 250_000),
    ("business", "sso", None),
]


def set_up(cursor) -> None:
    """What an application says once: its organization and what its plans include."""
    cursor.execute("SELECT billing.create_organization('Demo')")
    organization = cursor.fetchone()[0]
    # For every later connection; only a superuser or member of billing_service may choose so.
    cursor.execute("SELECT current_database()")
    database = cursor.fetchone()[0]
    cursor.execute(f"ALTER DATABASE {database} SET billing.organization_id = %s", (organization,))
    cursor.execute("SELECT set_config('billing.organization_id', %s, false)", (organization,))
    for key, name in PRODUCTS.items():
        cursor.execute("SELECT billing.create_product(%s, stripe_product_id => %s)",
                       (name, f"prod_{key}"))
    for feature in FEATURES:
        cursor.execute("SELECT billing.create_feature(%s, %s, %s)", feature)
    for product, feature, quota in PLANS:
        cursor.execute("SELECT billing.attach_feature(billing.find_product(%s), %s, %s)",
                       (f"prod_{product}", feature, quota))


def wait_applied(cursor, total: int) -> None:
    progress = Progress("applied     ", total)
    while True:
        cursor.execute("SELECT applied, pending, failed FROM billing.stats()")
        applied, pending, failed = cursor.fetchone()
        if failed:
            sys.exit(f"{failed} events could not be applied")
        if applied == total and not pending:
            progress.show(total)
            return
        progress.show(min(applied, total - 1))
        time.sleep(0.2)


def months_ago(day: date, months: int) -> date:
    ahead = day.year * 12 + day.month - 1 - months
    return date(ahead // 12, ahead % 12 + 1, 1)


def main(socket: str, database: str, port: str, secret: str) -> None:
    connection = psycopg2.connect(host=socket, dbname=database, user="postgres")
    connection.autocommit = True
    cursor = connection.cursor()
    set_up(cursor)

    today = datetime.now(timezone.utc).date()
    first = months_ago(today, 12 * YEARS)
    start = int(datetime(first.year, first.month, 1, tzinfo=timezone.utc).timestamp())
    print(f"Living {YEARS} years of a company with three plans ...", flush=True)
    company = Startup(start, int(time.time()))
    bodies = company.bodies()
    size = sum(map(len, bodies)) / len(bodies) / 1000
    print(f"{len(bodies)} events of {size:.1f} kB on average, as Stripe would post them", flush=True)
    began = time.monotonic()
    took = Sender(int(port), secret).send_all(bodies, Progress("acknowledged", len(bodies)))
    wait_applied(cursor, len(bodies))
    whole = time.monotonic() - began
    print(f"acknowledged {len(bodies) / took:,.0f} events/s (each committed before its 200; this one "
          f"sender is a Python script on the same machine)")
    print(f"applied      {len(bodies) / whole:,.0f} events/s, from the first post to the last applied")

    report = Report(connection)
    report.mrr(first, today)
    report.movements(months_ago(today, 6), today)
    report.churn(months_ago(today, 6), today)
    report.revenue(months_ago(today, 6), today)
    report.top_customers()
    report.access(company.customer_on("team"))
    report.sound()


if __name__ == "__main__":
    main(*sys.argv[1:])
