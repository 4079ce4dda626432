"""What a subscription is worth a month: the examples of section 2, through events and SQL."""

import pytest
from model import stories
from model.examples import PRICING, SEEN
from organization import OWN

ITEMS = """
    SELECT p.stripe_product_id AS product, c.new_mrr::int AS mrr
      FROM billing_internal.mrr_changes c
      JOIN billing_internal.products p USING (organization_id)
     WHERE c.organization_id = %s AND p.id = c.product_id
       AND c.effective_at = (SELECT max(effective_at) FROM billing_internal.mrr_changes l
                              WHERE l.organization_id = c.organization_id)
     ORDER BY 1"""

REASONS = """
    SELECT reason, new_mrr - old_mrr AS change FROM billing_internal.mrr_changes
     WHERE organization_id = %s ORDER BY effective_at"""


@pytest.mark.parametrize("name, build, currency, expected", PRICING, ids=[p[0] for p in PRICING])
def test_a_priced_example_has_the_mrr_of_the_table(tell, name, build, currency, expected):
    assert tell(build).mrr_at(SEEN, currency) == expected


def test_m17_an_amount_off_is_shared_in_proportion(tell):
    build = next(p[1] for p in PRICING if p[0] == "M17")
    organization = tell(build)
    found = {row["product"]: row["mrr"] for row in organization.run(ITEMS, organization.id)}
    assert found == {"prod_1": 5100, "prod_2": 3400}


def test_m20_who_pays_nothing_is_no_paying_customer(tell):
    build = next(p[1] for p in PRICING if p[0] == "M20")
    organization = tell(build)
    assert organization.at(SEEN)["usd"]["customers"] == 0
    assert organization.value("SELECT billing.active_subscriptions()") == 1


def test_m8_arr_is_twelve_times_the_exact_sum(tell):
    build = next(p[1] for p in PRICING if p[0] == "M4")
    row = tell(build).report("mrr", SEEN, SEEN)[0]
    assert (row["mrr"], row["arr"]) == (4333, 52000)


def test_m22_a_repeating_discount_ends_by_time_alone(tell):
    organization = tell(stories.m22)
    assert organization.mrr_at("2025-04-09T23:59:59Z") == 5000
    assert organization.mrr_at("2025-04-10T00:00:00Z") == 10000
    assert organization.moved("2025-01-01", "2025-06-30") == {
        "2025-01-01": {"new": 5000},
        "2025-04-01": {"expansion": 5000},
    }
    last = organization.run(REASONS, organization.id)[-1]
    assert last == {"reason": "discount_ended", "change": 5000}


@pytest.mark.parametrize("end", [None, "2025-07-01"], ids=["by its months", "by its end"])
@pytest.mark.parametrize("zone, month", [("UTC", "07"), ("America/New_York", "06")])
def test_m22b_the_edge_falls_into_the_local_month(tell, zone, month, end):
    organization = tell(stories.m22, "2025-04-01", end, time_zone=zone)
    moved = organization.moved("2025-05-01", "2025-08-31")
    assert moved == {f"2025-{month}-01": {"expansion": 5000}}


def test_m22b_the_day_is_clamped_to_the_last_of_the_month(tell):
    organization = tell(stories.m22, "2024-11-30")
    assert organization.mrr_at("2025-02-27T23:59:59Z") == 5000
    assert organization.mrr_at("2025-02-28T00:00:00Z") == 10000


def test_an_explanation_ends_in_the_same_number(tell):
    organization = tell(next(p[1] for p in PRICING if p[0] == "M19"))
    steps = organization.run(
        "SELECT * FROM billing.explain_mrr("
        f"(SELECT id FROM billing.subscriptions WHERE {OWN}), %s)",
        SEEN,
    )
    assert steps and any("7650" in str(value) for value in steps[-1].values())
