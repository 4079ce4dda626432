"""Whatever goes wrong behind nginx or in it, the client gets one envelope, and nothing of what is inside."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from upstream import answer

PATH = "/customers?email=eq.ada@example.com"


def four_keys(code: str, message: str, details=None, hint: str | None = None) -> str:
    told = json.dumps(details) if isinstance(details, dict) else details
    return json.dumps({"code": code, "message": message, "details": told, "hint": hint})


def enveloped(got, status: int, code: str, path: str = "/customers", errors=()) -> str:
    """Checks all of an envelope but its message, which it gives."""
    assert got.status == status, got.body
    assert got.headers.get_all("Content-Type") == ["application/json; charset=utf-8"]
    told = got.json
    assert list(told) == ["statusCode", "message", "errors", "timestamp", "path", "code"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["timestamp"])
    assert (told["statusCode"], told["code"], told["path"]) == (status, code, path)
    assert told["errors"] == list(errors)
    return told["message"]


def test_our_errors_keep_code_message_and_fields(client, postgrest):
    fields = [{"field": "email", "message": 'must have a "domain"'}, {"field": "metadata.größe", "message": "m\n"}]
    postgrest.say(answer(400, four_keys("PT400", "email is not valid", {
        "code": "validation_failed", "errors": fields}, "Give one address.")))
    fields[1]["message"] = "m "
    assert enveloped(client.request("GET", PATH), 400, "validation_failed", errors=fields) == "email is not valid"


def test_an_internal_error_is_its_id_and_nothing_else(client, postgrest):
    id = "0190f3a2-7c1e-7cc0-8000-000000000001"
    for details in ({"code": "internal_error", "errors": [{"field": "f", "message": "secret"}], "id": id},):
        postgrest.say(answer(500, four_keys("PT500", f"internal error {id} in secret", details, "secret")))
        got = client.request("GET", PATH)
        assert enveloped(got, 500, "internal_error") == f"internal error {id}"
        assert b"secret" not in got.body
    postgrest.say(answer(500, four_keys("PT500", "secret", {"code": "internal_error", "id": "secret"})))
    assert enveloped(client.request("GET", PATH), 500, "internal_error") == "internal error"


# status, code of the upstream -> status, code. The message says "said" where it may be passed on.
KNOWN = [
    (503, "PGRST000", 503, "unavailable", False), (503, "PGRST002", 503, "unavailable", False),
    (504, "PGRST003", 504, "timeout", False), (400, "PGRST100", 400, "validation_failed", True),
    (405, "PGRST101", 405, "method_not_allowed", True), (400, "PGRST102", 400, "validation_failed", True),
    (416, "PGRST103", 416, "validation_failed", True), (406, "PGRST107", 406, "not_acceptable", True),
    (500, "PGRST111", 500, "internal_error", False), (406, "PGRST116", 406, "not_acceptable", False),
    (405, "PGRST117", 405, "method_not_allowed", True), (404, "PGRST125", 404, "not_found", False),
    (400, "PGRST200", 400, "validation_failed", True), (300, "PGRST201", 400, "validation_failed", True),
    (404, "PGRST202", 404, "not_found", True), (300, "PGRST203", 400, "validation_failed", True),
    (404, "PGRST205", 404, "not_found", True), (500, "PGRST300", 500, "internal_error", False),
    (401, "PGRST301", 401, "unauthenticated", False), (401, "PGRST303", 401, "unauthenticated", False),
    (500, "PGRSTX00", 500, "internal_error", False),
    (400, "22P02", 400, "validation_failed", True), (400, "23502", 400, "validation_failed", False),
    (409, "23503", 409, "conflict", False), (409, "23505", 409, "conflict", False),
    (400, "23514", 400, "validation_failed", False), (405, "25006", 405, "method_not_allowed", False),
    (403, "42501", 403, "forbidden", False), (401, "42501", 401, "unauthenticated", False),
    (400, "42703", 400, "validation_failed", True), (404, "42883", 404, "not_found", True),
    (404, "42P01", 404, "not_found", False), (500, "40001", 500, "unavailable", False),
    (500, "40P01", 500, "unavailable", False), (503, "53300", 503, "unavailable", False),
    (500, "54001", 500, "internal_error", False), (500, "55P03", 500, "timeout", False),
    (500, "57014", 500, "timeout", False), (500, "57P01", 500, "unavailable", False),
    (503, "08006", 503, "unavailable", False), (500, "XX000", 500, "internal_error", False),
    (500, "XX001", 500, "internal_error", False), (400, "P0001", 400, "validation_failed", False),
    (418, "PT418", 418, "validation_failed", False), (400, "", 400, "validation_failed", False),
]


@pytest.mark.parametrize("status, code, expected, name, passes", KNOWN)
def test_each_code_of_postgrest_and_of_the_server_has_its_name(client, postgrest, status, code, expected, name, passes):
    postgrest.say(answer(status, four_keys(code, "said by it", "detail of it", "hint of it")))
    got = client.request("GET", PATH)
    message = enveloped(got, expected, name)
    assert (message == "said by it") == passes
    assert b"detail of it" not in got.body and b"hint of it" not in got.body


CHUNKED = "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
OURS = four_keys("PT409", "taken", {"code": "conflict", "errors": []})


def test_a_chunked_error(client, postgrest):
    parts = [OURS[i:i + 7].encode() for i in range(0, len(OURS), 7)]
    postgrest.say(CHUNKED.encode() + b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n")
    assert enveloped(client.request("GET", PATH), 409, "conflict") == "taken"


def test_an_error_without_a_length(client, postgrest):
    postgrest.say(b"HTTP/1.0 409 Conflict\r\nContent-Type: application/json\r\n\r\n" + OURS.encode())
    assert enveloped(client.request("GET", PATH), 409, "conflict") == "taken"


@pytest.mark.parametrize("body, kind", [
    ("<html><h1>secret of a proxy</h1></html>", "text/html"), ("", "application/json"), ("null", "application/json"),
    (OURS[:-5] + "secret", "application/json"), ('"secret"', "application/json"), ("[1, 2]", "application/json"),
    ('{"code": 5, "message": {"secret": 1}, "details": ["secret"]}', "application/json"),
    ("[" * 5000, "application/json"), ('{"details": "' + "{" * 3000 + '"}', "application/json"),
])
def test_a_body_that_is_none_of_ours_is_not_passed_on(client, postgrest, body, kind):
    postgrest.say(answer(409, body, kind))
    got = client.request("GET", PATH)
    assert enveloped(got, 409, "conflict") == "something else stands there"
    assert b"secret" not in got.body


def test_a_compressed_error_is_not_read(client, postgrest):
    postgrest.say(answer(409, gzip.compress(OURS.encode()), more="Content-Encoding: gzip\r\nETag: x\r\n"))
    got = client.request("GET", PATH)
    assert enveloped(got, 409, "conflict") == "something else stands there"
    assert got.headers["Content-Encoding"] is None and got.headers["ETag"] is None


def test_a_huge_error_is_bounded(client, postgrest):
    postgrest.say(answer(400, four_keys("22P02", "said", "d" * 60_000)))
    assert enveloped(client.request("GET", PATH), 400, "validation_failed") == "said"
    postgrest.say(answer(400, four_keys("22P02", "said", "d" * 3_000_000)))
    got = client.request("GET", PATH)
    assert enveloped(got, 400, "validation_failed") == "the request is not valid"
    assert len(got.body) < 1000
    for said, passed in (("é" * 1000, "é" * 250 + "..."), ("a" + "é" * 1000, "a" + "é" * 249 + "..."), ("é" * 250, "é" * 250)):
        postgrest.say(answer(400, four_keys("22P02", said)))
        assert enveloped(client.request("GET", PATH), 400, "validation_failed") == passed


def test_what_is_no_utf_8_becomes_some(client, postgrest):
    postgrest.say(answer(400, b'{"code": "22P02", "message": "a\xff\xc3\\u0000b"}'))
    assert enveloped(client.request("GET", PATH), 400, "validation_failed") == "a?? b"
    got = client.raw(b"GET /caf\xe9/x HTTP/1.1\r\nHost: billing.example.com\r\nConnection: close\r\n\r\n")
    assert json.loads(got.partition(b"\r\n\r\n")[2].split(b"\r\n")[1])["path"] == "/caf%E9/x"


def test_an_error_that_breaks_off_is_no_answer(client, postgrest):
    postgrest.say(f"HTTP/1.1 409 X\r\nContent-Length: {len(OURS) + 10}\r\n\r\n{OURS}".encode())
    got = client.raw(b"GET /customers HTTP/1.1\r\nHost: billing.example.com\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head and body == b""  # not even the end of an empty one


def test_an_envelope_of_the_worker_stays_as_it_is(client, worker):
    told = '{"statusCode": 401,  "message": "no", "errors": [], "timestamp": "t", "path": "/v1/usage", "code": "unauthenticated"}'
    worker.say(answer(401, told, more="WWW-Authenticate: Bearer\r\n"))
    got = client.request("GET", "/v1/usage")
    assert (got.status, got.body.decode(), got.headers["WWW-Authenticate"]) == (401, told, "Bearer")
    worker.say(answer(503, told, more="Retry-After: 7\r\n"))  # that of another status is none
    got = client.request("GET", "/v1/usage")
    enveloped(got, 503, "unavailable", "/v1/usage")
    assert got.headers.get_all("Retry-After") == ["7"]


def test_answers_that_are_no_errors_stay_as_they_are(client, postgrest):
    for body in (b"[]", b'{"a": ' + b"1" * 2_000_000 + b"}", "größe".encode()):
        postgrest.say(answer(200, body, more="Content-Range: 0-9/*\r\n"))
        got = client.request("GET", PATH)
        assert (got.status, got.body, got.headers["Content-Range"]) == (200, body, "0-9/*")
        assert got.headers["Content-Length"] == str(len(body))
    postgrest.say(b"HTTP/1.1 206 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert client.request("GET", PATH).body == b"abcde"
    postgrest.say(b"HTTP/1.1 204 No Content\r\n\r\n")
    got = client.request("PATCH", PATH, body={})
    assert (got.status, got.body, got.headers["Content-Length"]) == (204, b"", None)
    postgrest.say(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    assert client.request("GET", PATH).status == 304


def test_head_has_a_status_and_no_body(client, postgrest):
    postgrest.say(b"HTTP/1.1 200 X\r\nContent-Length: 5000\r\nContent-Range: 0-9/10\r\n\r\n")
    got = client.request("HEAD", PATH)
    assert (got.status, got.body, got.headers["Content-Range"]) == (200, b"", "0-9/10")
    postgrest.say(b"HTTP/1.1 404 X\r\nContent-Length: 5000\r\n\r\n")
    got = client.request("HEAD", PATH)
    assert (got.status, got.body, got.headers["Content-Length"]) == (404, b"", None)
    postgrest.say(answer(200, "[]"))
    assert client.request("GET", PATH).body == b"[]"  # on the same connection


def test_nginx_own_errors_have_the_envelope_too(client, postgrest):
    postgrest.say(answer(200, "[]"))
    too_large = client.request("POST", "/customers", body="x" * (1024 * 1024 + 1))
    enveloped(too_large, 413, "body_too_large")
    enveloped(client.request("GET", "/customers?" + "x" * 9000), 414, "validation_failed", path="")
    enveloped(client.request("GET", "/customers", {"X-Long": "x" * 9000}), 400, "validation_failed")
    enveloped(client.request("TRACE", "/customers"), 405, "method_not_allowed")
    assert postgrest.asked == []


def test_a_request_that_is_none_gets_an_envelope(client):
    for request in (b"no request at all\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n", b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
        got = client.raw(request)
        assert b'"statusCode":400' in got and b'"code":"validation_failed"' in got and b"<html" not in got


def test_a_slow_body_is_cut(client, postgrest):
    postgrest.say(answer(200, "[]"))
    client.raw(b"POST /customers HTTP/1.1\r\nHost: billing.example.com\r\nContent-Length: 10\r\n\r\n{")
    assert postgrest.asked == []


def test_an_upstream_that_takes_too_long(client, postgrest):
    postgrest.say(answer(200, "[]"))
    postgrest.may_answer.clear()
    try:
        assert enveloped(client.request("GET", PATH), 504, "timeout") == "the service did not answer in time"
    finally:
        postgrest.may_answer.set()


def test_an_upstream_that_says_nothing_or_too_much(client, postgrest):
    for nonsense in (b"", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n"):
        postgrest.say(nonsense)
        got = client.request("GET", PATH)
        enveloped(got, 502, "unavailable")
        assert got.headers["Retry-After"] == "5"
