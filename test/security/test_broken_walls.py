"""The proofs see a wall that is broken: or they would prove nothing of one that stands."""

from __future__ import annotations

import pytest

from arguments import calls
from catalogue_walk import functions, relations
from commands import LEAK, READS
from test_tenant_isolation import attempts_on
from twin_fixtures import World
from walls import differences

FUNCTION = "CREATE FUNCTION billing.broken({0}) RETURNS {1} LANGUAGE sql SECURITY DEFINER AS $$ {2} $$"
BREAKS = {
    "a policy lets everything through": "ALTER POLICY organization ON billing_internal.prices USING (true)",
    "a view asks as its owner": "ALTER VIEW billing.invoices SET (security_invoker = false)",
    "a function reads by an id alone": FUNCTION.format(
        "customer text", "text", "SELECT name FROM billing_internal.customers WHERE stripe_customer_id = customer"),
    "a function tells that something exists": FUNCTION.format(
        "reference text", "boolean", "SELECT EXISTS (SELECT FROM billing_internal.customers WHERE id::text = reference)"),
    "a function writes by an id alone": FUNCTION.format(
        "customer_id uuid", "void", "UPDATE billing_internal.customers SET name = 'x' WHERE id = customer_id"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_wall_is_seen(cluster, how):
    connection = cluster.connect(cluster.new_database())
    world = World(connection)
    with connection.cursor() as cursor:
        cursor.execute(LEAK)
        cursor.execute(BREAKS[how])
        views = [command for one in relations(cursor) if one.schema == "billing" for command in attempts_on(world, one, READS)]
        own = [call for one in functions(cursor) if one.name == "broken" for call in calls(one, world.own, world.foreign)]
    assert differences(world, "key that may everything", own or views)
    connection.close()
