"""The real worker behind nginx: webhooks arrive as they were signed, and its envelopes pass."""

from __future__ import annotations

import json

import pytest

from nginx import Nginx
from organization import Organization
from stripe_sender import signature
from test_nginx_errors import enveloped
from worker_process import Worker

SECRET = "whsec_test"
EVENT = json.dumps({"id": "evt_1", "object": "event", "type": "customer.created", "created": 1735689600, "data": {
    "object": {"id": "cus_1", "object": "customer", "email": "größe@example.com", "created": 1735689600}}},
    ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory, cluster, database, postgrest):
    worker = Worker(cluster.url(database, "e2e_worker"), {"PG_BILLING_STRIPE_WEBHOOK_SECRETS": SECRET})
    worker.wait_ready()
    made = Nginx(tmp_path_factory.mktemp("nginx"), postgrest.port, worker.port,
                 {"proxy_read_timeout 20s": "proxy_read_timeout 20s"})
    yield made
    made.stop()
    worker.stop()


def test_a_signed_event_is_stored(client, admin):
    path = f"/webhooks/stripe/{Organization(admin).id}"
    got = client.request("POST", path, {"Stripe-Signature": signature(EVENT, SECRET)}, EVENT)
    assert got.status == 200
    with admin.cursor() as cursor:
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM billing_internal.events WHERE event_id = 'evt_1'")
        assert cursor.fetchall() == [(EVENT.decode(),)]


def test_what_the_worker_refuses_is_told_in_its_words(client):
    got = client.request("POST", "/webhooks/stripe?x=1", {"Stripe-Signature": "t=1,v1=00"}, EVENT)
    assert enveloped(got, 400, "invalid_signature", "/webhooks/stripe") == "signature is not valid"
    enveloped(client.request("GET", "/webhooks/stripe"), 405, "method_not_allowed", "/webhooks/stripe")
    enveloped(client.request("GET", "/v1/no-such"), 404, "not_found", "/v1/no-such")
