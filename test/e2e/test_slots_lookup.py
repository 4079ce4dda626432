"""Every consumption adds up all slots of its pool, however many versions of them there are.

The slots are made here: what they used is known, and each answer must tell the sum.
"""

from __future__ import annotations

import pytest
from organization import OWN, Organization

QUOTA = 1_000_000
LENT = 1_000
TRACK = "SELECT used FROM billing.track_usage('ada', 'api')"
# Also of an indexed column, so that each version has an entry of its own.
RENUMBER = "UPDATE billing_internal.usage_slots SET slot = slot + 100, used = used + 1"


@pytest.fixture
def organization(cluster, database):
    made = Organization(cluster.connect(database))
    made.run("SELECT billing.create_customer('ada@example.com', external_id => 'ada')")
    made.run("SELECT billing.create_feature('api', 'API calls', 'metered')")
    made.run("SELECT billing.attach_feature(NULL, 'api', %s, 'never')", QUOTA)
    assert made.value(TRACK) == 1
    yield made
    made.connection.close()


def lend(organization, slots: int) -> None:
    """`slots` slots, of which number n has used n; the row lends what they were lent."""
    organization.run(
        f"""INSERT INTO billing_internal.usage_slots (organization_id, customer_id, feature_key,
                   slot, lent, used, stands_from, epoch)
            SELECT organization_id, customer_id, feature_key, n, %s, n, stands_from, epoch
              FROM billing_internal.access, generate_series(1, %s) AS n WHERE {OWN}""", LENT, slots)
    organization.run(f"UPDATE billing_internal.access SET leased = %s WHERE {OWN}", LENT * slots)


def usage_of(slots: int) -> int:
    return 1 + slots * (slots + 1) // 2


@pytest.mark.parametrize("slots", [1, 16, 32, 33, 700])  # 32 are looked up without a scan; 700 fill two pages
def test_all_slots_count(organization, slots):
    lend(organization, slots)
    for number in range(1, 4):
        assert organization.value(TRACK) == usage_of(slots) + number
    sums = organization.run(f"SELECT sum(used), count(*) FROM billing_internal.usage_slots WHERE {OWN}")
    assert sums == [{"sum": usage_of(slots) + 2, "count": slots}]  # all but the first consumption


def test_slots_are_counted_once_among_their_versions(organization):
    lend(organization, 16)
    for round in range(1, 6):
        organization.run(RENUMBER + f" WHERE {OWN}")
        assert organization.value(TRACK) == usage_of(16) + 17 * round
    organization.run("VACUUM billing_internal.usage_slots")
    assert organization.value(TRACK) == usage_of(16) + 17 * 5 + 1


def test_a_transaction_goes_on_with_the_slot_that_it_holds(organization):
    """Else 17 consumptions of one transaction would hold all slots of the pool."""
    lend(organization, 16)
    organization.run("BEGIN")
    for number in range(1, 41):
        assert organization.value(TRACK) == usage_of(16) + number
    assert organization.value(
        f"SELECT count(*) FROM billing_internal.usage_slots WHERE {OWN} AND used > slot") == 1
    organization.run("ROLLBACK")
    assert organization.value(TRACK) == usage_of(16) + 1
