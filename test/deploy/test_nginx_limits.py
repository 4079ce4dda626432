"""Too much is 429, by credential and by address. In the tests a further request takes a minute to be earned."""

from __future__ import annotations

from nginx import Nginx
from test_nginx_errors import enveloped
from upstream import answer
from worker_process import wait_until

ONE, OTHER = "pgb_AAAAAAAA" + "a" * 49, "pgb_BBBBBBBB" + "b" * 49


def statuses(client, count: int, headers: dict, path: str = "/customers") -> list[int]:
    return [client.request("GET", path, headers).status for _ in range(count)]


def test_a_credential_has_its_rate_whatever_its_address(nginx, postgrest):
    postgrest.say(answer(200, "[]"))
    first, second = nginx.client(), nginx.client()
    assert statuses(first, 101, {"X-Api-Key": ONE}) == [200] * 101
    got = first.request("GET", "/customers", {"X-Api-Key": ONE})
    assert enveloped(got, 429, "rate_limited") == "too many requests"
    assert got.headers["Retry-After"] == "1"
    assert len(postgrest.asked) == 101
    # As Bearer it is the same key; another key is another one, also where only the secrets differ.
    assert statuses(second, 1, {"Authorization": f"Bearer {ONE}"}) == [429]
    assert statuses(second, 2, {"X-Api-Key": OTHER}) == [200] * 2
    assert statuses(second, 2, {"X-Api-Key": ONE[:12] + "c" * 49}) == [200] * 2
    first.close()
    second.close()


def test_an_address_has_its_rate_whatever_it_shows(nginx, postgrest):
    postgrest.say(answer(200, "[]"))
    first, second = nginx.client(), nginx.client()
    assert statuses(first, 150, {}) == [200] * 150
    for i in range(51):
        assert statuses(first, 1, {"X-Api-Key": f"guess {i}"}) == [200]
    assert statuses(first, 1, {"X-Api-Key": "guess 51"}) == [429]
    assert statuses(second, 1, {}) == [200]
    first.close()
    second.close()


def test_webhooks_have_a_limit_of_their_own(nginx, worker):
    worker.say(answer(200, "{}"))
    client = nginx.client()
    assert statuses(client, 201, {}, "/webhooks/stripe") == [200] * 201
    assert statuses(client, 1, {}) == [200]
    client.close()


def test_an_address_has_so_many_requests_at_once(tmp_path, postgrest, worker):
    patient = Nginx(tmp_path, postgrest.port, worker.port, {"proxy_read_timeout 20s": "proxy_read_timeout 20s"})
    postgrest.say(answer(200, "[]"))
    postgrest.may_answer.clear()
    client, other = patient.client(), patient.client()
    waiting = [client.tls() for _ in range(100)]
    try:
        for connection in waiting:
            connection.sendall(b"GET /customers HTTP/1.1\r\nHost: billing.example.com\r\n\r\n")
        wait_until(lambda: len(postgrest.asked) == 100, "all wait")
        enveloped(client.request("GET", "/customers"), 429, "rate_limited")
        postgrest.may_answer.set()
        assert other.request("GET", "/customers").status == 200
    finally:
        postgrest.may_answer.set()
        for connection in [*waiting, client, other]:
            connection.close()
        patient.stop()
