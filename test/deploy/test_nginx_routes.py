"""Which upstream gets a request, and in which form; what clients are told besides."""

from __future__ import annotations

import http.client
import ssl
import warnings

import pytest

from test_nginx_errors import enveloped
from upstream import answer

ID = "0190f3a2-7c1e-7cc0-8000-000000000001"
KEY = "pgb_Ab3dEf9h" + "k" * 49
ROW = f'{{"id":"{ID}"}}'


@pytest.mark.parametrize("path", ["/", "/customers", "/customers?select=*,subscriptions(*)&email=eq.a%40b.io",
                                  "/rpc/mrr?start_date=2026-01-01", "/rpc/get_customer?customer=a%2Fb"])
def test_all_but_two_paths_are_postgrests(client, postgrest, worker, path):
    postgrest.say(answer(200, "[]"))
    worker.say(answer(200, "[]"))
    assert client.request("GET", path).status == 200
    assert (postgrest.last.path, worker.asked) == (path, [])


@pytest.mark.parametrize("path", ["/webhooks/stripe", f"/webhooks/stripe/{ID}", "/v1/check-access",
                                  "/v1/analytics/mrr?granularity=month"])
def test_webhooks_and_v1_are_the_workers(client, postgrest, worker, path):
    postgrest.say(answer(200, "[]"))
    worker.say(answer(200, "{}"))
    body = b'{"id":\n "evt_1"}  \xff'
    got = client.request("POST", path, {"Stripe-Signature": "t=1,v1=ab", "Idempotency-Key": "i"}, body)
    assert (got.status, worker.last.path, worker.last.body, postgrest.asked) == (200, path, body, [])
    assert worker.last.headers["stripe-signature"] == "t=1,v1=ab"
    assert worker.last.headers["idempotency-key"] == "i"


@pytest.mark.parametrize("path, asked", [
    (f"/customers/{ID}", f"/customers?id=eq.{ID}"),
    (f"/customers/{ID.upper()}", f"/customers?id=eq.{ID.upper()}"),
    ("/customers/cus_Ada1", "/customers?stripe_customer_id=eq.cus_Ada1"),
    ("/subscriptions/sub_1", "/subscriptions?stripe_subscription_id=eq.sub_1"),
    ("/products/prod_1", "/products?stripe_product_id=eq.prod_1"),
    ("/prices/price_1", "/prices?stripe_price_id=eq.price_1"),
    ("/invoices/in_1", "/invoices?stripe_invoice_id=eq.in_1"),
    (f"/features/{ID}", f"/features?id=eq.{ID}"),
    (f"/product_features/{ID}", f"/product_features?id=eq.{ID}"),
    (f"/feature_grants/{ID}", f"/feature_grants?id=eq.{ID}"),
    (f"/usage_records/{ID}", f"/usage_records?id=eq.{ID}"),
    (f"/customers/{ID}?select=*,subscriptions(*)", f"/customers?id=eq.{ID}&select=*,subscriptions(*)"),
    (f"/customers/{ID}?id=eq.other&or=(id.gt.0)", f"/customers?id=eq.{ID}&id=eq.other&or=(id.gt.0)"),
])
def test_one_resource_is_asked_for_as_one_row(client, postgrest, path, asked):
    postgrest.say(answer(200, ROW, "application/vnd.pgrst.object+json; charset=utf-8"))
    got = client.request("GET", path, {"Accept": "text/csv"})
    assert (got.status, got.body.decode()) == (200, ROW)
    assert got.headers.get_all("Content-Type") == ["application/json; charset=utf-8"]
    assert postgrest.last.path == asked
    assert postgrest.last.headers["accept"] == "application/vnd.pgrst.object+json"
    assert "prefer" not in postgrest.last.headers


def test_no_such_resource_is_404(client, postgrest):
    postgrest.say(answer(406, '{"code":"PGRST116","message":"Cannot coerce the result to a single JSON object",'
                              '"details":"The result contains 0 rows","hint":null}'))
    got = client.request("GET", f"/customers/{ID}")
    assert enveloped(got, 404, "not_found", f"/customers/{ID}") == "there is no such thing here"
    assert client.request("HEAD", f"/customers/{ID}").status == 404


@pytest.mark.parametrize("prefer, sent", [
    (None, "return=representation"), ("return=minimal", "return=minimal"),
    ("count=exact", "count=exact, return=representation")])
def test_one_customer_is_changed_and_shown(client, postgrest, prefer, sent):
    postgrest.say(answer(200, ROW))
    for method, body in (("PATCH", '{"name":"Ada"}'), ("DELETE", None)):
        given = {"Prefer": prefer} if prefer else {}
        assert client.request(method, f"/customers/{ID}", given, body).status == 200
        asked = postgrest.last
        assert (asked.method, asked.path, asked.body.decode()) == (method, f"/customers?id=eq.{ID}", body or "")
        assert (asked.headers["prefer"], asked.headers["accept"]) == (sent, "application/vnd.pgrst.object+json")


@pytest.mark.parametrize("path, message", [
    ("/customers/ada%40example.com", "must be a uuid or an id of Stripe's"),
    ("/customers/acme-1", "must be a uuid or an id of Stripe's"),
    ("/customers/sub_1", "must be a uuid or an id of Stripe's"),
    ("/customers/cus_1%26id%3Dneq.0", "must be a uuid or an id of Stripe's"),
    ("/customers/cus_" + "1" * 300, "must be a uuid or an id of Stripe's"),
    (f"/customers/{ID}1", "must be a uuid or an id of Stripe's"),
    ("/features/prod_1", "must be a uuid"),
])
def test_what_is_no_id_is_refused_with_its_field(client, postgrest, path, message):
    postgrest.say(answer(200, ROW))
    told = enveloped(client.request("GET", path), 400, "validation_failed", path, [{"field": "id", "message": message}])
    assert (told, postgrest.asked) == ("the id is not valid", [])


@pytest.mark.parametrize("method, path, allow", [
    ("POST", f"/customers/{ID}", "GET, HEAD, PATCH, DELETE"), ("PUT", f"/customers/{ID}", "GET, HEAD, PATCH, DELETE"),
    ("PATCH", f"/products/{ID}", "GET, HEAD"), ("DELETE", f"/subscriptions/{ID}", "GET, HEAD")])
def test_other_methods_are_refused(client, postgrest, method, path, allow):
    postgrest.say(answer(200, ROW))
    got = client.request(method, path, body="{}")
    enveloped(got, 405, "method_not_allowed", path)
    assert (got.headers["Allow"], postgrest.asked) == (allow, [])


def test_a_key_as_bearer_goes_on_as_api_key(client, postgrest):
    postgrest.say(answer(200, "[]"))
    jwt = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x"
    for given, key, authorization in (
            ({"Authorization": f"Bearer {KEY}"}, KEY, None), ({"Authorization": f"bearer  {KEY} "}, KEY, None),
            ({"X-Api-Key": KEY}, KEY, None), ({"Authorization": jwt}, None, jwt), ({}, None, None),
            ({"X-Api-Key": "x", "Authorization": f"Bearer {KEY}"}, "x", f"Bearer {KEY}"),
            ({"X-Api-Key": KEY, "Authorization": jwt}, KEY, jwt)):
        client.request("GET", "/customers", given)
        sent = postgrest.last.headers
        assert (sent.get("x-api-key"), sent.get("authorization")) == (key, authorization)


def test_what_upstreams_need_not_know_stays_here(client, postgrest):
    postgrest.say(answer(200, "[]"))
    given = {"Cookie": "c=1", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4",
             "Accept-Encoding": "gzip", "Accept-Profile": "billing_internal", "Content-Profile": "public",
             "X-Request-Id": "mine", "X-Organization-Id": ID, "Prefer": "count=exact", "Range": "0-9"}
    got = client.request("GET", "/customers", given)
    sent = postgrest.last.headers
    assert sent == {"host": "billing.example.com", "x-request-id": got.headers["X-Request-Id"],
                    "x-organization-id": ID, "prefer": "count=exact", "range": "0-9"}
    assert len(got.headers["X-Request-Id"]) == 32


def test_no_two_requests_share_a_connection_to_postgrest(client, postgrest, worker):
    """What one answer leaves behind in it, nobody else reads; the worker's connections are kept."""
    split = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"
    for upstream, path, used in ((postgrest, "/customers", 5), (worker, "/v1/usage", 1)):
        upstream.say(split)
        upstream.keeps, before = True, upstream.connections
        assert [client.request("GET", path).body for _ in range(5)] == [b"[]"] * 5
        assert upstream.connections - before == used
        upstream.keeps = False
    postgrest.keeps = True
    postgrest.say(b"HTTP/1.1 400 a\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    for _ in range(5):
        assert b"evil" not in client.request("GET", "/customers").body
    postgrest.keeps = False


def test_every_answer_has_the_security_headers_and_none_tells_what_runs(client, postgrest):
    postgrest.say(answer(200, "[]", more="Server: postgrest/13\r\nX-Powered-By: x\r\nProxy-Status: PostgREST\r\n"
                                         "Set-Cookie: a=b\r\nCache-Control: public\r\nX-Accel-Redirect: /v1/\r\n"))
    answers = [client.request("GET", path) for path in ("/customers", "/customers/x")]
    assert [got.status for got in answers] == [200, 400]
    for got in answers:
        assert got.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert got.headers["Referrer-Policy"] == "no-referrer"
        assert got.headers.get_all("Cache-Control") == ["no-store"]
        for name in ("Server", "X-Powered-By", "Proxy-Status", "Set-Cookie"):
            assert got.headers[name] is None


def test_the_cors_headers_of_postgrest_pass(client, postgrest):
    postgrest.say(answer(200, "[]", more="Access-Control-Allow-Origin: https://app.example.com\r\n"))
    got = client.request("OPTIONS", f"/customers/{ID}", {"Origin": "https://app.example.com"})
    assert got.headers.get_all("Access-Control-Allow-Origin") == ["https://app.example.com"]
    assert postgrest.last.method == "OPTIONS"


def test_http_goes_to_https_with_its_method(nginx):
    for target in ("/customers?id=eq.1", "/v1/track-usage"):
        connection = http.client.HTTPConnection("127.0.0.1", nginx.plain_port)
        connection.request("POST", target, "{}", {"Host": "evil.example.com"})
        got = connection.getresponse()
        assert (got.status, got.headers["Location"]) == (308, f"https://billing.example.com{target}")
        assert got.headers["Server"] is None
        connection.close()


def test_https_is_tls_1_2_or_newer(client):
    made = client.tls()
    assert made.version() == "TLSv1.3"
    made.close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client.context.minimum_version = ssl.TLSVersion.TLSv1_1
        client.context.maximum_version = ssl.TLSVersion.TLSv1_1
    client.context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):  # the server's word, not the client's
        client.tls()


@pytest.mark.parametrize("prefer, sent", [
    ("count=exact", "count=exact"), ("return=minimal, tx=commit", "return=minimal, tx=commit"),
    ("count=planned", None), ("return=minimal,count=estimated", None), ("count=exact, COUNT = planned", None)])
def test_estimates_are_not_asked_for(client, postgrest, prefer, sent):
    """They are made of the statistics of all organizations."""
    postgrest.say(answer(200, "[]"))
    assert client.request("GET", "/customers?email=eq.a%40b.io", {"Prefer": prefer}).status == 200
    assert postgrest.last.headers.get("prefer") == sent
