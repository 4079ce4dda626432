"""The data outlives a dump, a restore, and the extension itself."""

from __future__ import annotations

import pytest
from catalogue import differences as catalogue_differences
from catalogue import listing
from cluster import Cluster
from model.company import Company
from organization import OWN, Organization
from tables import differences, dump

SPAN = ("2023-01-01", "2026-02-01")
QUESTIONS = {
    "mrr": "SELECT * FROM billing.mrr(%s, %s, 'month')",
    "movements": "SELECT * FROM billing.mrr_movements(%s, %s, 'week')",
    "churn": "SELECT * FROM billing.churn_rate(%s, %s, 'month')",
    "growth": "SELECT * FROM billing.subscription_growth(%s, %s, 'month')",
    "revenue": "SELECT * FROM billing.revenue_trend(%s, %s, 'day')",
}
ACCESS = """
    SELECT c.stripe_customer_id, f.key, billing.check_access(c.id, f.key) AS allowed,
           x.quota, x.used
      FROM billing.customers c CROSS JOIN billing.features f
           CROSS JOIN LATERAL billing.explain_access(c.id::text, f.key) x
     WHERE c.organization_id = f.organization_id
       AND c.organization_id = billing.current_organization()
     ORDER BY 1, 2"""


def settle(organization: Organization) -> None:
    """Two plans with features, a company's life, and some usage."""
    for key, kind, quota in (("sso", "boolean", None), ("calls", "metered", 100)):
        organization.run("SELECT billing.create_feature(%s, %s, %s)", key, key, kind)
        for product in ("prod_pro", "prod_api"):
            made = organization.value(
                "SELECT billing.create_product(%s, '{}', %s)", product, product
            )
            organization.run("SELECT billing.attach_feature(%s, %s, %s)", made, key, quota)
    organization.feed(Company("dump", 60).in_order())
    organization.run(
        "SELECT billing.track_usage(id, 'calls', 7) FROM billing.customers"
        f" WHERE {OWN} AND billing.check_access(id, 'calls', 7)"
    )


def answers(organization: Organization) -> dict:
    out = {name: organization.run(sql, *SPAN) for name, sql in QUESTIONS.items()}
    out["access"] = organization.run(ACCESS)
    out["top"] = organization.run("SELECT * FROM billing.top_customers(50)")
    out["unsound"] = organization.run("SELECT * FROM billing.verify_rollups()")
    out["tables"] = dump(organization)
    return out


def same(before: dict, after: dict) -> None:
    assert differences(before.pop("tables"), after.pop("tables")) == {}
    assert before == after
    assert after["unsound"] == [] and after["top"] and any(r["used"] for r in after["access"])


@pytest.fixture
def lived(cluster):
    """A database with a company in it: (its name, the organization)."""
    name = cluster.new_database()
    connection = cluster.connect(name)
    organization = Organization(connection, "America/New_York")
    settle(organization)
    yield name, organization
    connection.close()


@pytest.fixture
def fresh(cluster):
    """The catalogue of a database that has just been installed."""
    connection = cluster.connect(cluster.new_database())
    yield listing(connection)
    connection.close()


@pytest.fixture
def another_cluster():
    made = Cluster()
    yield made
    made.destroy()


def copy_roles(source: Cluster, target: Cluster) -> None:
    """Roles belong to no database: pg_dumpall carries them, as with every restore elsewhere."""
    done = source.run("pg_dumpall", "--roles-only", "-h", source.directory, "-U", "postgres")
    lines = [line for line in done.stdout.decode().splitlines() if " postgres" not in line]
    target.psql("postgres", "\n".join(lines))


def test_a_restore_into_a_fresh_cluster_answers_the_same(cluster, another_cluster, lived, fresh):
    name, organization = lived
    before = answers(organization)
    copy_roles(cluster, another_cluster)
    target = another_cluster.empty_database()
    path = cluster.directory / "company.dump"
    cluster.run("pg_dump", "-h", cluster.directory, "-U", "postgres", "-Fc", "-f", path, name)
    another_cluster.run(
        "pg_restore", "--exit-on-error", "-h", another_cluster.directory, "-U", "postgres",
        "-d", target, path,
    )
    another_cluster.psql(target, "SELECT billing.install()")
    connection = another_cluster.connect(target)
    restored = Organization(connection, id=organization.id)
    same(before, answers(restored))
    assert catalogue_differences(fresh, listing(connection)) == {}
    restored.feed(Company("after the restore", 10).in_order())
    assert restored.run("SELECT * FROM billing.verify_rollups()") == []
    connection.close()


def test_dropping_the_extension_drops_no_data(cluster, lived, fresh):
    name, organization = lived
    before = answers(organization)
    organization.connection.close()
    cluster.psql(name, "DROP EXTENSION pg_billing CASCADE")
    cluster.psql(name, "CREATE EXTENSION pg_billing; SELECT billing.install()")
    connection = cluster.connect(name)
    same(before, answers(Organization(connection, id=organization.id)))
    assert catalogue_differences(fresh, listing(connection)) == {}
    connection.close()


def test_installing_again_changes_nothing(cluster, lived, fresh):
    name, organization = lived
    before = answers(organization)
    version = cluster.psql(name, "SELECT billing.install()")
    assert cluster.psql(name, "SELECT billing.install()") == version
    same(before, answers(organization))
    assert catalogue_differences(fresh, listing(organization.connection)) == {}


def test_the_dump_owns_no_table_of_the_extension(cluster, lived):
    """Tables that an extension owns lose their policies and indexes in a dump."""
    _, organization = lived
    owned = organization.run(
        """SELECT d.objid::regclass::text AS relation FROM pg_depend d
             JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_billing'
            WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'"""
    )
    assert owned == []
