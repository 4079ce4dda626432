"""Who may use what: the examples of section 8 and the life of a failing card, through SQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import psycopg2
import pytest
from model import stories
from organization import OWN

PLAN = "prod_1"


def plan(quota=100, reset="month", overage="reject", **more):
    """Attaches a metered feature `api` to the plan before anything arrives."""

    def prepare(organization):
        product = organization.value("SELECT billing.create_product('Plan', '{}', %s)", PLAN)
        organization.value("SELECT billing.create_feature('api', 'API calls', 'metered')")
        organization.run(
            "SELECT billing.attach_feature(%s, 'api', %s, %s, %s, per_seat => %s)",
            product, quota, reset, overage, more.get("per_seat", False),
        )
        # As if it had been so for long: the past is told by the plan as it was.
        organization.run(
            "UPDATE billing_internal.product_features SET updated_at = '2020-01-01Z' "
            "WHERE organization_id = %s", str(organization.id)
        )

    return prepare


def flag(organization):
    product = organization.value("SELECT billing.create_product('Plan', '{}', %s)", PLAN)
    organization.value("SELECT billing.create_feature('sso', 'Single sign-on', 'boolean')")
    organization.run("SELECT billing.attach_feature(%s, 'sso')", product)


def subscribed(story, when="2025-05-10", interval="month", quantity=1):
    story.subscribe(when, story.item(story.price(5000, interval, product=PLAN), quantity))


def track(organization, quantity, key=None) -> tuple:
    row = organization.run(
        "SELECT * FROM billing.track_usage('cus_1', 'api', %s, %s)", quantity, key
    )[0]
    return row["allowed"], row["granted"], row["used"]


def usage(organization) -> dict:
    return organization.run("SELECT * FROM billing.get_usage('cus_1', 'api')")[0]


def resets(organization, instant: str) -> str:
    row = organization.run(
        "SELECT * FROM billing.explain_access('cus_1', 'api', %s::timestamptz)", instant
    )[0]
    return row["resets_at"].astimezone(timezone.utc).date().isoformat()


def test_e3_an_anchor_on_the_31st_never_drifts(tell):
    organization = tell(subscribed, "2024-01-31", prepare=plan())
    assert resets(organization, "2024-02-10Z") == "2024-02-29"
    assert resets(organization, "2025-02-10Z") == "2025-02-28"
    assert resets(organization, "2025-03-05Z") == "2025-03-31"
    assert resets(organization, "2025-04-10Z") == "2025-04-30"


@pytest.mark.parametrize("overage, first, second", [
    ("reject", (False, 0, 99), (False, 0, 99)),
    ("cap", (True, 1, 100), (False, 0, 100)),
    ("allow", (True, 2, 101), (True, 2, 103)),
])
def test_e4_the_last_unit_by_kind_of_overage(tell, overage, first, second):
    organization = tell(subscribed, prepare=plan(overage=overage))
    assert track(organization, 99) == (True, 99, 99)
    row = organization.run("SELECT * FROM billing.track_usage('cus_1', 'api', 2)")[0]
    assert (row["allowed"], row["granted"], row["used"]) == first
    assert row["overage"] == (1 if overage == "allow" else 0) or row["overage"] == overage
    assert track(organization, 2) == second


def test_e5_two_hundred_at_once_against_a_hundred(tell, cluster, database):
    organization = tell(subscribed, prepare=plan())

    def consume(count: int) -> int:
        connection = cluster.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('billing.organization_id', %s, false)",
                    (str(organization.id),),
                )
                allowed = 0
                for _ in range(count):
                    cursor.execute("SELECT allowed FROM billing.track_usage('cus_1', 'api', 1)")
                    allowed += cursor.fetchone()[0]
                return allowed
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(consume, [10] * 20)) == 100
    assert usage(organization)["used"] == 100


def test_e6_the_same_key_consumes_once(tell):
    organization = tell(subscribed, prepare=plan())
    first = organization.run("SELECT * FROM billing.track_usage('cus_1', 'api', 7, 'key-1')")
    track(organization, 5)
    again = organization.run("SELECT * FROM billing.track_usage('cus_1', 'api', 7, 'key-1')")
    assert again == first
    assert usage(organization)["used"] == 12
    with pytest.raises(psycopg2.Error) as error:
        track(organization, 8, "key-1")
    assert "idempotency_conflict" in str(error.value) + str(error.value.diag.message_detail)
    assert usage(organization)["used"] == 12


def test_e8_a_yearly_plan_with_a_monthly_quota_resets_by_month(tell):
    organization = tell(subscribed, "2024-03-15", "year", prepare=plan())
    assert resets(organization, "2025-01-20Z") == "2025-02-15"
    found = usage(organization)
    now = datetime.now(timezone.utc)
    assert found["period_start"] <= now < found["period_end"]
    assert (found["period_start"].day, found["period_end"].day) == (15, 15)
    assert 28 <= (found["period_end"] - found["period_start"]).days <= 31


def test_e10_what_rolls_back_was_not_consumed(tell, cluster, database):
    organization = tell(subscribed, prepare=plan())
    with organization.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT used FROM billing.track_usage('cus_1', 'api', 40)")
        assert cursor.fetchone()[0] == 40
        cursor.execute("ROLLBACK")
    assert usage(organization)["used"] == 0
    assert track(organization, 1) == (True, 1, 1)


def test_a_seat_multiplies_its_quota_and_a_change_keeps_what_was_used(tell):
    organization = tell(subscribed, "2025-05-10", "month", 3, prepare=plan(per_seat=True))
    assert usage(organization)["quota"] == 300
    track(organization, 60)
    story = organization.story
    one = next(iter(s for s in story.emitter.sent.values() if s.id.startswith("sub_")))
    story.quantity(one, "2025-08-01", 5)
    organization.feed(story.bodies()[-1:])
    found = usage(organization)
    assert (found["quota"], found["used"], found["remaining"]) == (500, 60, 440)


def test_two_plans_add_up_and_unlimited_wins(tell):
    def two(story):
        subscribed(story)
        story.subscribe("2025-05-11", story.price(2000, product="prod_2"))

    def both(quota):
        def prepare(organization):
            plan()(organization)
            other = organization.value("SELECT billing.create_product('Two', '{}', 'prod_2')")
            organization.run("SELECT billing.attach_feature(%s, 'api', %s)", other, quota)

        return prepare

    assert usage(tell(two, prepare=both(50)))["quota"] == 150
    assert usage(tell(two, prepare=both(None)))["quota"] is None


def test_a_default_feature_is_for_those_without_a_plan(tell):
    def prepare(organization):
        flag(organization)
        organization.value("SELECT billing.create_feature('free', 'Free tier', 'boolean')")
        organization.run("SELECT billing.attach_feature(NULL, 'free')")

    def one_of_two(story):
        subscribed(story)
        story.customer("cus_guest")

    organization = tell(one_of_two, prepare=prepare)
    found = {
        (who, what): organization.allowed(who, what)
        for who in ("cus_1", "cus_guest")
        for what in ("sso", "free")
    }
    assert found == {
        ("cus_1", "sso"): True,
        ("cus_1", "free"): False,
        ("cus_guest", "sso"): False,
        ("cus_guest", "free"): True,
    }


def test_what_is_unknown_is_not_allowed(tell):
    organization = tell(subscribed, prepare=plan())
    assert organization.allowed("cus_1", "api", 100)
    assert not organization.allowed("cus_1", "api", 101)
    assert not organization.allowed("cus_1", "nothing")
    assert not organization.allowed("cus_nobody", "api")


def test_both_forms_of_check_access_agree(tell):
    organization = tell(subscribed, prepare=flag)
    by_id = organization.value("SELECT billing.check_access(billing.find_customer('cus_1'), 'sso')")
    by_uuid = organization.value(
        "SELECT billing.check_access(billing.find_customer('cus_1')::text, 'sso')"
    )
    assert by_id and by_uuid and organization.allowed("cus_1", "sso")
    many = organization.run(
        "SELECT * FROM billing.check_access_many(billing.find_customer('cus_1'), '{sso,none}')"
    )
    assert {r["feature_key"]: r["allowed"] for r in many} == {"sso": True, "none": False}


def steps_of(story) -> dict[str, int]:
    """How many events have arrived after each step of the failing card's life."""
    out = {}
    for index, event in enumerate(story.events):
        body = event["data"]["object"]
        if body["object"] == "subscription":
            out[f"{body['status']} {event['created']}"] = index + 1
    return out


def test_the_life_of_a_failing_card(tell, organization):
    """payment_failed, past_due, access by grace, unpaid, denied, paid, back."""
    told = tell(stories.failing_card)  # whole; below it happens step by step
    assert told.moved("2025-05-01", "2025-07-31") == {
        "2025-05-01": {"new": 5000},
        "2025-06-01": {"churned": 5000},
        "2025-07-01": {"reactivation": 5000},
    }
    made = organization()
    flag(made)
    bodies, seen, done = told.story.bodies(), [], 0
    for name, count in steps_of(told.story).items():
        made.feed(bodies[done:count])
        done = count
        row = made.run(f"SELECT status, mrr::int FROM billing.subscriptions WHERE {OWN}")[0]
        assert row["status"] == name.split()[0]
        seen.append((row["status"], row["mrr"], made.allowed("cus_1", "sso")))
    assert seen == [
        ("active", 5000, True),
        ("past_due", 5000, True),
        ("unpaid", 0, False),
        ("active", 5000, True),
    ]
    assert made.mrr_at("2025-06-20Z") == 5000
    assert made.mrr_at("2025-06-25Z") == 0
    assert [made.value("SELECT billing.active_subscriptions(%s::timestamptz)", day)
            for day in ("2025-06-20Z", "2025-06-25Z", "2025-07-03Z")] == [1, 0, 1]


def test_fractions_of_a_credit_that_two_customers_paid_pay_on_when_they_are_one(organization):
    one = organization()
    for key in ("api", "tokens"):
        one.run("SELECT billing.create_feature(%s, %s, 'metered')", key, key)
    one.run("SELECT billing.set_credit_cost('tokens', 'api', 0.3)")
    ids = [one.value("SELECT id FROM billing.create_customer(%s, external_id => %s)",
                     f"{name}@example.com", name) for name in ("ada", "bob")]
    for id in ids:
        one.run("SELECT billing.top_up(%s, 'tokens', 10)", id)
        # A credit each, of which 0.7 pay for what comes next.
        assert one.value("SELECT reason FROM billing.track_usage(%s::uuid, 'api', 1)", id) == "credits"
    one.run("SELECT billing.merge_customers(%s, %s)", *ids)
    spent = "SELECT used FROM billing.get_usage('bob', 'tokens')"
    # 18 credits and 1.4 of one are 64 units; four cost 1.2, the next one 0.3.
    assert one.value("SELECT remaining FROM billing.explain_access('ada', 'api')") == 64
    assert one.value("SELECT reason FROM billing.track_usage('ada', 'api', 4)") == "credits"
    assert one.value(spent) == 2
    one.run("SELECT billing.track_usage('bob', 'api', 1)")
    assert one.value(spent) == 3
    assert one.value("SELECT remaining FROM billing.explain_access('bob', 'api')") == 59
    assert one.run("SELECT * FROM billing.verify_usage()") == []
