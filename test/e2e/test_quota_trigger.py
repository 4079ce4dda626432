"""enforce_quota() on an application's table, from many sessions at once."""

import io
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from model.story import Story
from organization import Organization

QUOTA, ROWS, SESSIONS = 100, 200, 50
PLAN = "prod_1"


@pytest.fixture
def projects(organization):
    """A subscribed customer, and a table whose rows are projects of customers."""
    made: Organization = organization()
    product = made.value("SELECT billing.create_product('Plan', '{}', %s)", PLAN)
    made.value("SELECT billing.create_feature('projects', 'Projects', 'metered')")
    made.run("SELECT billing.attach_feature(%s, 'projects', %s, 'never')", product, QUOTA)
    story = Story("2025-03-31")
    story.subscribe("2025-05-10", story.item(story.price(5000, "month", product=PLAN), 1))
    made.feed(story.bodies())
    made.run("DROP TABLE IF EXISTS projects")
    made.run("CREATE TABLE projects (id integer, customer text)")
    made.run(
        "CREATE TRIGGER quota AFTER INSERT OR DELETE OR UPDATE ON projects FOR EACH ROW "
        "EXECUTE FUNCTION billing.enforce_quota('projects', 'customer')"
    )
    return made


def standing(organization) -> tuple[int, int]:
    row = organization.run(
        "SELECT (SELECT count(*) FROM projects) AS rows, used FROM billing.get_usage('cus_1', 'projects')"
    )[0]
    return row["rows"], row["used"]


def test_of_two_hundred_concurrent_inserts_a_hundred_succeed(cluster, database, projects):
    def insert(share: range) -> list[str]:
        session = Organization(cluster.connect(database), id=projects.id)
        answers = []
        for number in share:
            try:
                session.run("INSERT INTO projects VALUES (%s, 'cus_1')", number)
                answers.append("inserted")
            except psycopg2.Error as error:
                answers.append(error.pgcode)
        session.connection.close()
        return answers

    shares = [range(first, ROWS, SESSIONS) for first in range(SESSIONS)]
    with ThreadPoolExecutor(SESSIONS) as pool:
        answers = sum(pool.map(insert, shares), [])
    assert sorted(set(answers)) == ["PT402", "inserted"]
    assert answers.count("inserted") == QUOTA
    assert standing(projects) == (QUOTA, QUOTA)


def test_copy_counts_every_row_and_leaves_nothing_when_it_goes_too_far(projects):
    def copy(count: int) -> None:
        with projects.connection.cursor() as cursor:
            cursor.copy_expert("COPY projects FROM STDIN", io.StringIO("1\tcus_1\n" * count))

    copy(QUOTA - 1)
    assert standing(projects) == (QUOTA - 1, QUOTA - 1)
    with pytest.raises(psycopg2.Error) as refused:
        copy(2)
    assert refused.value.pgcode == "PT402"
    assert standing(projects) == (QUOTA - 1, QUOTA - 1)
    copy(1)
    assert standing(projects) == (QUOTA, QUOTA)
