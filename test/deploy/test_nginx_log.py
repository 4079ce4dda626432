"""The request log: one JSON object for each request, with ids, and without secrets or personal data."""

from __future__ import annotations

import pytest

from nginx import Nginx
from upstream import answer
from worker_process import wait_until

ID = "0190f3a2-7c1e-7cc0-8000-000000000001"
KEY = "pgb_Ab3dEf9h" + "S3cret" * 8 + "x"


@pytest.fixture
def logged(nginx):
    """logged(request): sends it and gives the line that the log got."""
    def run(send) -> dict:
        before = len(nginx.log())
        send()
        wait_until(lambda: len(nginx.log()) > before, "the request is logged")
        (line,) = nginx.log()[before:]
        return line
    return run


def test_a_request_is_one_line(client, postgrest, logged):
    postgrest.say(answer(200, "[]"))
    answers = []
    line = logged(lambda: answers.append(client.request(
        "GET", "/customers?email=eq.ada@example.com", {"X-Api-Key": KEY, "X-Organization-Id": ID})))
    assert 0 <= line.pop("duration_s") < 20 and line.pop("bytes") > 0
    assert line.pop("time").startswith("20") and float(line.pop("upstream_s")) >= 0
    assert line == {"event": "http_request", "request_id": answers[0].headers["X-Request-Id"], "method": "GET",
                    "path": "/customers", "status": 200, "slow": False, "upstream_status": "200",
                    "key": KEY[:12], "organization_id": ID}


@pytest.mark.parametrize("path, shown", [
    ("/rpc/mrr?start_date=2026-01-01", "/rpc/mrr"), (f"/customers/{ID}", f"/customers/{ID}"), ("/", "/"),
    ("/customers/cus_1?x=y?z", "/customers/cus_1"), ("/customers/ada@example.com", "/*"), ("/a%40b", "/*"),
    (f"/customers/{KEY}", "/*"), ("/customers/" + "a" * 65, "/*"), ("/a/b/c/d/e/f/g", "/*"),
    (f"/customers?key={KEY}", "/customers")])
def test_a_path_is_shown_where_it_can_only_be_ids(client, postgrest, logged, path, shown):
    postgrest.say(answer(200, "[]"))
    assert logged(lambda: client.request("GET", path))["path"] == shown


def test_only_the_prefix_of_a_whole_key_is_shown(client, postgrest, logged):
    postgrest.say(answer(200, "[]"))
    for headers, shown in (({"Authorization": f"Bearer {KEY}"}, KEY[:12]), ({"X-Api-Key": KEY + "1"}, ""),
                           ({"X-Api-Key": KEY[:-1]}, ""), ({"X-Api-Key": "password"}, ""), ({}, "")):
        assert logged(lambda: client.request("GET", "/customers", headers))["key"] == shown


def test_an_organization_is_shown_where_it_is_an_id(client, postgrest, logged):
    postgrest.say(answer(200, "[]"))
    for given, shown in ((ID, ID), ("ada@example.com", ""), (ID + "0", ""), ('"', "")):
        assert logged(lambda: client.request("GET", "/x", {"X-Organization-Id": given}))["organization_id"] == shown


def test_errors_and_what_the_upstream_said_are_shown(client, postgrest, logged):
    postgrest.say(answer(406, "{}"))
    line = logged(lambda: client.request("GET", f"/customers/{ID}"))
    assert (line["status"], line["upstream_status"]) == (404, "406")
    line = logged(lambda: client.request("GET", "/customers/ada"))
    assert (line["status"], line["upstream_status"]) == (400, "")
    line = logged(lambda: client.raw(b"no request\r\n\r\n"))
    assert (line["status"], line["path"]) == (400, "/*")


def test_a_slow_request_is_marked(tmp_path, postgrest, worker):
    """With an upstream that answers after the second at which a request becomes slow."""
    patient = Nginx(tmp_path, postgrest.port, worker.port, {"proxy_read_timeout 20s": "proxy_read_timeout 1100ms"})
    postgrest.say(answer(200, "[]"))
    postgrest.may_answer.clear()
    client = patient.client()
    try:
        assert client.request("GET", "/customers").status == 504
    finally:
        postgrest.may_answer.set()
        client.close()
        patient.stop()
    (line,) = patient.log()
    assert line["slow"] is True and line["duration_s"] >= 1


def test_no_secret_and_no_personal_data_is_in_any_log(nginx, client, postgrest, worker):
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2lnbmF0dXJl"
    postgrest.say(answer(200, '{"email":"bea@example.com"}'))
    worker.say(b"")
    before = len(nginx.log())
    client.request("POST", "/customers?email=eq.ada@example.com", {"X-Api-Key": KEY, "User-Agent": "agent-ada"},
                   {"email": "cy@example.com"})
    client.request("GET", "/customers", {"Authorization": f"Bearer {jwt}", "Referer": "https://x/?ref-ada"})
    client.request("GET", f"/customers?X-Api-Key={KEY}", {"X-Api-Key": KEY, "Authorization": f"Bearer {jwt}"})
    client.request("POST", "/webhooks/stripe?q=ada@example.com", {"Stripe-Signature": "t=1,v1=c0ffee"}, '{"a":"body-ada"}')
    postgrest.may_answer.clear()
    client.request("GET", "/customers?email=eq.ada@example.com", {"X-Api-Key": KEY})  # 504
    postgrest.may_answer.set()
    client.raw(f"GET /customers?email=eq.ada@example.com HTTP/1.1\r\nX-Api-Key: {KEY}\r\n\r\n".encode())
    client.raw(f"GET http://ada@example.com/?{KEY} HTTP/9\r\nX-Api-Key: {KEY}\r\n\r\n".encode())
    wait_until(lambda: len(nginx.log()) == before + 7, "all are logged")
    written = "".join(f.read_text() for f in nginx.directory.glob("*.log"))
    for secret in (KEY[12:], "S3cret", jwt[:20], "c0ffee", "example.com", "body-ada", "agent-ada", "ref-ada", "127.0.0."):
        assert secret not in written
    assert KEY[:12] in written
