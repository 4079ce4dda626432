"""Every example of docs/api does what it is there to show: SQL runs, a route answers, an error has its code."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import psycopg2
import pytest

from postgrest.tenant import Tenant

ROOT = Path(__file__).resolve().parents[2]
ROUTE = re.compile(r"\b(GET|POST|PATCH|DELETE)\s+(/\S+)(?:\s+(\{.*\}))?")
REFUSAL = re.compile(r"^    ([a-z_]+) {2,}(\S.*)$", re.M)


def blocks(page: str) -> list[str]:
    """The indented blocks of a page: what stands between other lines, without the margin."""
    text = (ROOT / "docs/api" / page).read_text()
    found = re.findall(r"(?:^ {4}\S.*\n(?: {4}.*\n)*)+", text, re.M)
    return [re.sub(r"^ {4}", "", block, flags=re.M) for block in found]


SQL = [block for block in blocks("endpoints.md") if re.match(r"SELECT |INSERT |UPDATE |DELETE FROM|CREATE ", block)]
ROUTES = [route for block in blocks("endpoints.md") for line in block.splitlines()
          for route in ROUTE.findall(line)]
REFUSALS = REFUSAL.findall((ROOT / "docs/api/errors.md").read_text())


@pytest.fixture(scope="module")
def acme(cluster, database, admin) -> Tenant:
    """The organization of README.md, with what its minute of SQL put there."""
    section = (ROOT / "README.md").read_text().split("## A minute of SQL")[1].split("\n## ")[0]
    script = "".join(re.findall(r"```sql\n(.*?)```", section, re.S))
    script = script.replace("CREATE EXTENSION", "CREATE EXTENSION IF NOT EXISTS")
    script += "SELECT * FROM billing.process_events();"
    url = cluster.url(database, "postgres")
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url], input=script, text=True,
                          capture_output=True, env=os.environ | {"PGOPTIONS": "-c client_min_messages=warning"})
    assert done.returncode == 0, done.stderr
    made = Tenant.__new__(Tenant)
    made.connection = admin
    with admin.cursor() as cursor:
        cursor.execute("SELECT id FROM billing_internal.organizations WHERE name = 'Acme'")
        made.id = cursor.fetchone()[0]
    return made


def test_there_are_examples():
    assert SQL and ROUTES and REFUSALS


@pytest.mark.parametrize("sql", SQL)
def test_sql_runs(acme, sql):
    acme.run(sql)


@pytest.mark.parametrize("method, path, body", ROUTES)
def test_route_answers(acme, api, method, path, body):
    answer = api.request(method, path, acme.with_key("admin"), json.loads(body) if body else None)
    assert 200 <= answer.status < 300, answer.text


@pytest.mark.parametrize("code, example", REFUSALS)
def test_error_has_its_code(acme, api, code, example):
    route = ROUTE.match(example)
    if route:
        method, path, body = route.groups()
        read_only = example.endswith("with a read key")
        headers = acme.with_key("read") if read_only else {"X-Api-Key": "pgb_none"}
        answer = api.request(method, path, headers, json.loads(body) if body else None)
        assert json.loads(answer.json["details"])["code"] == code
        return
    with pytest.raises(psycopg2.Error) as refused:
        acme.run(example)
    with acme.connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
    assert json.loads(refused.value.diag.message_detail)["code"] == code
