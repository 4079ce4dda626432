"""One walk along one index for each list of customers, whatever their number: shown by the plans that the server ran."""

from __future__ import annotations

import json

import pytest

CUSTOMERS = 1_000_000
# Customer n: id and creation grow with n; what it is follows from n.
FILL = """
    INSERT INTO billing_internal.customers (organization_id, id, stripe_customer_id, external_id, email, name, created_at, updated_at,
        archived_at)
    SELECT %(organization)s, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'cus_' || n, 'user-' || n,
        'c' || n || '@example.com', 'Customer ' || n, '2020-01-01'::timestamptz + n * interval '1 minute', now(),
        CASE WHEN n %% 1000 = 0 THEN now() END
    FROM generate_series(1, %(customers)s) AS n"""
STANDINGS = """
    INSERT INTO billing_internal.customer_standings (organization_id, standing, created_at, customer_id)
    SELECT %(organization)s, s.standing, '2020-01-01'::timestamptz + n * interval '1 minute',
        ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
    FROM (VALUES ('paying', 1, 4), ('trialing', 2, 2000), ('past_due', 3, 100000), ('churned', 4, 50)) AS s (standing, first, every),
        generate_series(s.first, %(customers)s, s.every) AS n"""
SUBSCRIPTIONS = """
    INSERT INTO billing_internal.subscriptions (organization_id, id, customer_id, stripe_subscription_id, status, currency)
    SELECT %(organization)s, ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'sub_' || n, 'active', 'usd'
    FROM generate_series(1, %(customers)s, 20) AS n"""
# status -> the index, and how many there are.
LISTS = {
    "active": ("customers_by_age", CUSTOMERS - CUSTOMERS // 1000),
    "archived": ("customers_archived", CUSTOMERS // 1000),
    "all": ("customers_by_age", CUSTOMERS),
    "paying": ("customer_standings_pkey", CUSTOMERS // 4),
    "trialing": ("customer_standings_pkey", CUSTOMERS // 2000),
    "past_due": ("customer_standings_pkey", CUSTOMERS // 100000),
    "churned": ("customer_standings_pkey", CUSTOMERS // 50),
}


class Watched:
    """A new session that tells the plans of what it ran, statements inside functions included."""

    def __init__(self, connection, organization: str):
        self.connection = connection
        self.run("LOAD 'auto_explain'")
        self.run("SELECT billing.use_organization(%s, true)", organization)
        for setting, value in (("log_min_duration", "0"), ("log_nested_statements", "on"), ("log_analyze", "on"),
                               ("log_timing", "off"), ("log_format", "json"), ("log_level", "notice")):
            self.run(f"SET auto_explain.{setting} = '{value}'")

    def run(self, sql: str, *arguments) -> list:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def plans(self, sql: str, *arguments) -> tuple[list, list]:
        """The rows, and the plans over tables in the order they ended."""
        del self.connection.notices[:]
        rows = self.run(sql, *arguments)
        told = [notice.split("plan:\n", 1)[1] for notice in self.connection.notices if "plan:\n" in notice]
        plans = [json.loads(text)["Plan"] for text in told]
        return rows, [plan for plan in plans if scans(plan)]


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes(child))]


def scans(plan: dict) -> list[dict]:
    return [node for node in nodes(plan) if "Relation Name" in node]


def one_walk(plan: dict, *indexes: str, rows: int) -> None:
    """One index, read from where it starts to where it ends, and nothing sorted; of a standing, then its customers by id."""
    scan, *others = scans(plan)
    assert scan["Node Type"] in ("Index Scan", "Index Only Scan"), plan
    assert scan["Index Name"] in indexes, plan
    assert not [node for node in nodes(plan) if "Sort" in node["Node Type"]], plan
    passed = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
    assert passed <= rows, plan
    for other in others:
        assert (other["Index Name"], other["Actual Rows"]) == ("customers_pkey", 1), plan
        assert other["Actual Loops"] <= rows, plan


@pytest.fixture(scope="module")
def organization(cluster, database, connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing.create_organization('Small')")
        small = cursor.fetchone()[0]
        cursor.execute("SELECT billing.create_organization('Large')")
        large = cursor.fetchone()[0]
        for id, customers in ((small, 100), (large, CUSTOMERS)):
            cursor.execute(FILL, {"organization": id, "customers": customers})
            cursor.execute(STANDINGS, {"organization": id, "customers": customers})
            cursor.execute(SUBSCRIPTIONS, {"organization": id, "customers": customers})
    return large


@pytest.fixture(params=["before ANALYZE", "after ANALYZE"])
def watched(request, cluster, database, connection, organization):
    if request.param == "after ANALYZE":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE billing_internal.customers, billing_internal.customer_standings, billing_internal.subscriptions")
    made = cluster.connect(database)
    yield Watched(made, organization)
    made.close()


def test_every_list_is_one_walk_along_one_index(watched):
    for status, (index, count) in LISTS.items():
        rows, (counted, page) = watched.plans("SELECT id, total_count FROM billing.list_customers(%s)", status)
        assert len(rows) == min(50, count) and rows[0][1] == count, status
        # Nearly everybody can be counted along any index.
        if status in ("active", "all"):
            one_walk(counted, index, "customers_pkey", rows=CUSTOMERS)
        else:
            one_walk(counted, index, rows=count)
        # A thousandth of the newest are archived.
        one_walk(page, index, rows=51)
        # Far behind, as near as the first page.
        last = "00000000-0000-7000-8000-%012x" % (CUSTOMERS // 2)
        rows, plans = watched.plans("SELECT id FROM billing.list_customers(%s, after => %s)", status, last)
        assert len(rows) == min(50, count // 2)
        one_walk(plans[0], "customers_pkey", rows=1)
        one_walk(plans[1], index, rows=51)
        assert len(plans) == 2


def test_filters_use_the_index_that_fits(watched):
    rows, plans = watched.plans("SELECT external_id FROM billing.list_customers('all', 'C777@example.com')")
    assert rows == [("user-777",)]
    for plan in plans:
        (scan,) = scans(plan)
        assert scan["Index Name"] == "customers_email" and scan["Actual Rows"] == 1, plan
    rows, plans = watched.plans("SELECT external_id, total_count FROM billing.list_customers('paying', 'C777@example.com')")
    assert rows == [("user-777", 1)]
    for plan in plans:
        assert [scan["Index Name"] for scan in scans(plan) if scan["Alias"] == "c"] == ["customers_email"], plan
        assert all(scan["Actual Rows"] == 1 for scan in scans(plan)), plan
    rows, plans = watched.plans("""SELECT external_id, total_count FROM billing.list_customers(
        'paying', created_from => '2020-01-01 01:00Z', created_to => '2020-01-01 02:00Z')""")
    # The minutes 60 to 119, of which 61, 65, ... 117 pay.
    assert len(rows) == 15 and rows[0] == ("user-117", 15)
    for plan in plans:
        one_walk(plan, "customer_standings_pkey", rows=15)


def test_one_customer_costs_its_own_rows(watched):
    for reference in ("cus_500001", "user-500001", "00000000-0000-7000-8000-00000007a121"):
        rows, plans = watched.plans("SELECT billing.get_customer(%s) -> 'subscriptions' -> 0 ->> 'stripe_subscription_id'", reference)
        assert rows == [("sub_500001",)]
        for scan in (scan for plan in plans for scan in scans(plan)):
            assert scan["Node Type"] in ("Index Scan", "Index Only Scan"), plans
            assert scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0) <= 1, plans
