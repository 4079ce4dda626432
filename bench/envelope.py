"""Requests as PostgREST makes them: what pre_request() and row security cost."""

from __future__ import annotations

import time

from rig import Rig, Sample, cpu_seconds, log, median
from table import Line

REQUESTS = 400  # of one kind in a row
ROWS = 200_000  # customers of each of two organizations
SCANS = 15  # the processor's time is told in hundredths of a second

CUSTOMERS = """
    INSERT INTO billing_internal.customers (organization_id, id, external_id, email, name, created_at, updated_at)
    SELECT %s, md5(%s || n)::uuid, 'customer ' || n, 'customer' || n || '@example.com', 'Customer', now(), now()
    FROM generate_series(1, %s) AS n"""
SCAN = "SELECT count(*), sum(length(email)), max(name) FROM {} "
# What the view asks beside row security, written out too.
FILTER = "WHERE organization_id = %s AND merged_into IS NULL"


class Tenants:
    """A database with two organizations of many customers, and a key and a user of the first."""

    def __init__(self, rig: Rig):
        rig.database("requests")
        self.rig = rig
        self.connection = rig.cluster.connect("requests")
        self.pid = self.connection.get_backend_pid()
        self.cursor = self.connection.cursor()
        self.organization, _ = [self.fill(name) for name in ("one", "two")]
        self.value("SELECT set_config('billing.organization_id', %s, false)", self.organization)
        self.key = self.value("SELECT key FROM billing.create_api_key('bench', '{read,usage}')")
        self.value("SELECT billing.add_member('bench user')")
        find = "SELECT id::text FROM billing_internal.customers WHERE organization_id = %s LIMIT 1"
        self.customer = self.value(find, self.organization)
        self.value("SELECT billing.create_feature('bench', 'Bench', 'boolean')")
        self.value("SELECT billing.grant_feature(%s, 'bench')", self.customer)
        self.cursor.execute("VACUUM ANALYZE")

    def value(self, sql: str, *arguments):
        self.cursor.execute(sql, arguments)
        return self.cursor.fetchone()[0]

    def fill(self, name: str) -> str:
        made = self.value("SELECT billing.create_organization(%s)::text", name)
        self.cursor.execute(CUSTOMERS, (made, made, ROWS))
        return made

    def scan(self, sql: str, *arguments) -> tuple[Sample, tuple]:
        before, start = cpu_seconds(self.pid), time.monotonic()
        for _ in range(SCANS):
            self.cursor.execute(sql, arguments)
            answer = self.cursor.fetchone()
        seconds = time.monotonic() - start
        return Sample(SCANS, seconds, (cpu_seconds(self.pid) - before) * 1e6 / SCANS), answer


def by_cpu(what: str, ours: list[float], base: list[float], most: float) -> Line:
    """The inverse of the ratio of processor times, so that more is better as in every line."""
    ratios = sorted(b / a for a, b in zip(ours, base))
    one, other = median(ours), median(base)
    return Line(what, 1e6 / one, 1e6 / other, median(ratios), (ratios[0], ratios[-1]),
                1 / most if most else 0, one, other)


def envelopes(tenants: Tenants, rounds: int) -> list[Line]:
    url = tenants.rig.cluster.url("requests", "billing_authenticator")
    told = tenants.rig.tool("send_requests", url, tenants.key, tenants.organization, "bench user",
                            tenants.customer, REQUESTS, rounds * 8)
    backend = {kind: [one for one, _ in times] for kind, times in told.items()}
    both = {kind: [one + other for one, other in times] for kind, times in told.items()}
    for kind in told:
        log(f"request {kind}: {median(backend[kind]):.1f} us CPU of the backend, {median(both[kind]):.1f} in all")
    return [by_cpu("p check_access by key / bare envelope", both["key"], both["bare"], 1.25),
            by_cpu("p check_access by user / bare envelope", both["user"], both["bare"], 1.25),
            by_cpu("p by key, the backend alone", backend["key"], backend["bare"], 0),
            by_cpu("p by key, beside no pre-request at all", both["key"], both["short"], 0)]


def scans(tenants: Tenants, rounds: int) -> Line:
    secured, plain = [], []
    choose = "SELECT billing.use_organization(%s, true)"
    tenants.value(choose, tenants.organization)
    for _ in range(rounds * 2):
        tenants.cursor.execute("SET ROLE billing_api")
        ours, seen = tenants.scan(SCAN.format("billing.customers"))
        tenants.cursor.execute("RESET ROLE")
        base, there = tenants.scan(SCAN.format("billing_internal.customers") + FILTER,
                                   tenants.organization)
        if seen != there or seen[0] != ROWS:
            raise RuntimeError("the two scans did not see the same")
        secured.append(ours.cpu_us)
        plain.append(base.cpu_us)
    return by_cpu(f"p scan of {ROWS} under row security", secured, plain, 1.1)


def run(rig: Rig, rounds: int) -> list[Line]:
    tenants = Tenants(rig)
    rig.settle()
    return [*envelopes(tenants, rounds), scans(tenants, rounds)]
