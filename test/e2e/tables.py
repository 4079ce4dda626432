"""An organization's tables as values that can be compared across organizations and databases.

Rows name Stripe's ids instead of ours, and leave out what legitimately differs from one run to
the next: random ids, and when something was recorded.
"""

from __future__ import annotations

DERIVED = (
    "mrr_changes",
    "mrr_rollup",
    "count_rollup",
    "status_changes",
    "revenue_entries",
    "revenue_rollup",
    "customer_revenue",
    "subscription_versions",
    "subscriptions",
    "subscription_items",
    "feature_grants",
)

# Of this run, not of the events: own ids, the times at which something was written, and whose it was
# until customers became one.
PASSING = {"organization_id", "id", "recorded_at", "received_at", "updated_at", "first_customer_id"}

NAMES = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'billing_internal'
       AND column_name ~ '^stripe_(customer|subscription|price|product|invoice)_id$'
       AND table_name || 's' IN (
           SELECT table_name || 's' FROM information_schema.columns
            WHERE table_schema = 'billing_internal' AND column_name = 'id' AND udt_name = 'uuid')"""


def stripe_names(organization) -> dict[str, str]:
    """Our uuid -> Stripe's id, for every kind of object."""
    out = {}
    for table, column in [tuple(r.values()) for r in organization.run(NAMES)]:
        rows = organization.run(
            f"SELECT id::text, {column} AS name FROM billing_internal.{table}"
            f" WHERE organization_id = %s AND {column} IS NOT NULL",
            organization.id,
        )
        if f"stripe_{table[:-1]}_id" == column:
            out.update((row["id"], row["name"]) for row in rows)
    return out


def dump(organization, tables=DERIVED) -> dict[str, list[str]]:
    """Table -> its rows as sorted text."""
    names = stripe_names(organization)
    out = {}
    for table in tables:
        rows = organization.run(
            f"SELECT * FROM billing_internal.{table} WHERE organization_id = %s", organization.id
        )
        out[table] = sorted(
            repr({k: names.get(str(v), plain(v)) for k, v in row.items() if k not in PASSING})
            for row in rows
        )
    return out


def plain(value):
    """Equal numbers as equal text, whatever their scale."""
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}" if value else "0"
    return value if isinstance(value, (bool, int, str, type(None), dict, list)) else str(value)


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    """Per table, the first rows that only one side has."""
    out = {}
    for table in one:
        left, right = set(one[table]), set(other[table])
        found = [f"- {r}" for r in sorted(left - right)] + [f"+ {r}" for r in sorted(right - left)]
        if found or len(one[table]) != len(other[table]):
            out[table] = found[:6] + [f"{len(one[table])} against {len(other[table])} rows"]
    return out
