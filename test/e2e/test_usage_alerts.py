"""Alerts of a counter that many sessions consume at once, part of it from slots."""

from concurrent.futures import ThreadPoolExecutor

from model.story import Story
from organization import Organization

QUOTA, SESSIONS, EACH = 1600, 20, 100
PLAN = "prod_1"


def test_each_threshold_is_reached_once_and_exactly(cluster, database, organization):
    made = organization()
    product = made.value("SELECT billing.create_product('Plan', '{}', %s)", PLAN)
    made.value("SELECT billing.create_feature('api', 'API calls', 'metered')")
    made.run("SELECT billing.attach_feature(%s, 'api', %s, 'never')", product, QUOTA)
    made.run("SELECT billing.set_usage_thresholds('{10,50,80,100}')")
    story = Story("2025-03-31")
    story.subscribe("2025-05-10", story.item(story.price(5000, "month", product=PLAN), 1))
    made.feed(story.bodies())

    def consume(_) -> tuple[int, int]:
        """Units granted, and how often the counter was seen to lend."""
        session = Organization(cluster.connect(database), id=made.id)
        granted = lent = 0
        for _ in range(EACH):
            granted += session.value("SELECT granted FROM billing.track_usage('cus_1', 'api')")
            lent += session.value(
                "SELECT leased > 0 FROM billing_internal.access WHERE organization_id = %s "
                "AND feature_key = 'api'", str(made.id))
        session.connection.close()
        return granted, lent

    with ThreadPoolExecutor(SESSIONS) as pool:
        granted, lent = (sum(part) for part in zip(*pool.map(consume, range(SESSIONS))))
    assert granted == QUOTA
    assert lent > 0, "nobody met another: the test shows nothing"
    reached = made.run("SELECT percent, used FROM billing.take_usage_alerts()")
    assert [(row["percent"], row["used"]) for row in reached] == [
        (10, 160), (50, 800), (80, 1280), (100, 1600)]
    assert made.run("SELECT * FROM billing.verify_usage()") == []
