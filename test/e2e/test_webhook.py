"""What the webhook endpoint answers, and what is in the inbox afterwards."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stripe_sender import StripeSender, signature
from webhook_support import SECRET, Inbox, error_of, event, new_id
from worker_process import wait_until

OLD_SECRET = "whsec_e2e_rolled"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def inbox(cluster, database):
    return Inbox(cluster, database)


@pytest.fixture(scope="module")
def acme(inbox):
    return inbox.organization("acct_acme")


@pytest.fixture
def post(worker, database, acme, stripe_post):
    """Posts to a worker with one secret, for Acme unless the test says otherwise."""
    running = worker(database, STRIPE_WEBHOOK_SECRETS=SECRET, ORGANIZATION_ID=acme)

    def send(body, path="/webhooks/stripe", headers=None):
        return stripe_post(running.port, SECRET, path).post(body, headers)

    send.worker = running
    return send


def test_a_signed_event_is_kept_byte_for_byte_and_applied(post, inbox, acme):
    id = new_id()
    body = event(id).replace('", "', '" ,\n\t"')  # other white space than any serialiser's
    assert post(body) == (200, b'{"received":true}')
    assert inbox.stored(id) == [(acme, body.encode())]
    wait_until(lambda: inbox.pending() == 0, "the lanes have applied the event")


def test_a_nul_escape_and_odd_text_are_kept(post, inbox, acme):
    id = new_id()
    body = event(id, note="\u0000 \ud83d\ude00 Zoë", big=10**40)
    assert post(body)[0] == 200
    assert inbox.stored(id) == [(acme, body.encode())]


def test_the_same_event_again_is_200_and_one_row(post, inbox):
    id = new_id()
    assert [post(event(id))[0] for _ in range(3)] == [200] * 3
    assert len(inbox.stored(id)) == 1


def wrong_headers(body: bytes) -> dict[str, dict]:
    good = signature(body, SECRET)
    when, digest = good.split(",v1=")
    now = int(time.time())
    return {
        "missing": {},
        "empty": {"Stripe-Signature": ""},
        "another secret": {"Stripe-Signature": signature(body, "whsec_e2e_other")},
        "another body": {"Stripe-Signature": signature(body + b" ", SECRET)},
        "another time": {"Stripe-Signature": f"t={now - 1},v1={digest}"},
        "only v0": {"Stripe-Signature": f"{when},v0={digest}"},
        "no time": {"Stripe-Signature": f"v1={digest}"},
        "too old": {"Stripe-Signature": signature(body, SECRET, now - 320)},
        "too new": {"Stripe-Signature": signature(body, SECRET, now + 320)},
    }


@pytest.mark.parametrize("case", wrong_headers(b""))
def test_a_wrong_signature_is_400_and_leaves_nothing(post, inbox, case):
    id = new_id()
    body = event(id)
    status, answer = post(body, headers=wrong_headers(body.encode())[case])
    assert (status, error_of(answer)["code"]) == (400, "invalid_signature")
    assert inbox.stored(id) == []


def test_a_timestamp_within_the_tolerance_is_taken_both_ways(post):
    for shift in (-290, 290):
        body = event()
        when = int(time.time()) + shift
        assert post(body, headers={"Stripe-Signature": signature(body.encode(), SECRET, when)})[0] == 200


def test_while_a_secret_is_rolled_both_are_good(worker, database, acme, stripe_post):
    port = worker(database, STRIPE_WEBHOOK_SECRETS=f"{SECRET},{OLD_SECRET}", ORGANIZATION_ID=acme).port
    assert stripe_post(port, SECRET).post(event())[0] == 200
    assert stripe_post(port, OLD_SECRET).post(event())[0] == 200
    assert stripe_post(port, "whsec_e2e_third").post(event())[0] == 400


def test_a_header_with_several_v1_is_good_if_one_is(post):
    body = event()
    when, digest = signature(body.encode(), SECRET).split(",v1=")
    header = f"{when},v1={'0' * 64},v1={digest},v0={'1' * 64}"
    assert post(body, headers={"Stripe-Signature": header})[0] == 200


def test_without_a_secret_the_endpoint_is_404(worker, database, stripe_post):
    port = worker(database, STRIPE_WEBHOOK_SECRETS="").port
    status, answer = stripe_post(port, "").post(event())
    assert (status, error_of(answer)["code"]) == (404, "endpoint_disabled")


INVALID = {
    "no body": "",
    "broken JSON": '{"id": "evt_broken", ',
    "no object": '["evt_list"]',
    "a number": "17",
    "not UTF-8": b'{"id": "evt_\xff\xfe"}',
    "no id": json.dumps({"object": "event", "type": "e2e.ping"}),
    "id of a wrong type": json.dumps({"id": 17, "type": "e2e.ping"}),
    "deep nesting": "[" * 5000,
}


@pytest.mark.parametrize("case", INVALID)
def test_what_is_no_event_is_400_and_says_why(post, inbox, case):
    before = len(inbox.ids())
    status, answer = post_bytes(post.worker.port, INVALID[case])
    error = error_of(answer)
    assert (status, error["statusCode"], error["code"]) == (400, 400, "invalid_event")
    assert error["errors"][0]["field"] == "body" and error["errors"][0]["message"]
    assert error["path"] == "/webhooks/stripe"
    assert len(inbox.ids()) == before
    assert post(event())[0] == 200


def post_bytes(port: int, body: str | bytes) -> tuple[int, bytes]:
    """Signs bytes that are no text, which Stripe's library refuses to."""
    body = body.encode() if isinstance(body, str) else body
    now = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), now.encode() + b"." + body, hashlib.sha256).hexdigest()
    sender = StripeSender(port, SECRET)
    answer = sender.post(body, {"Stripe-Signature": f"t={now},v1={digest}"})
    sender.close()
    return answer


def test_bad_events_harm_none_of_their_neighbours(post, inbox):
    ids = [new_id() for _ in range(200)]

    def send(numbered):
        number, id = numbered
        body = event(id) if number % 4 else '{"id": 17}'
        sender = StripeSender(post.worker.port, SECRET)
        status, _ = sender.post(body)
        sender.close()
        return status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(send, enumerate(ids)))
    assert statuses == [200 if number % 4 else 400 for number in range(200)]
    stored = set(inbox.ids())
    assert [id for number, id in enumerate(ids) if number % 4 and id not in stored] == []


def test_the_path_chooses_the_organization(post, inbox):
    other, id = inbox.organization(), new_id()
    assert post(event(id), f"/webhooks/stripe/{other}")[0] == 200
    assert [row[0] for row in inbox.stored(id)] == [other]


def test_the_account_of_the_event_chooses_on_the_common_path(post, inbox):
    other, id = inbox.organization("acct_other"), new_id()
    assert post(event(id, account="acct_other"))[0] == 200
    assert [row[0] for row in inbox.stored(id)] == [other]


def test_an_unknown_account_is_200_and_kept_aside(post, inbox):
    id = new_id()
    assert post(event(id, account="acct_nobody"))[0] == 200
    assert inbox.stored(id) == []
    kept = inbox.rows("SELECT account FROM billing_internal.unrouted_events WHERE event_id = %s", id)
    assert kept == [("acct_nobody",)]


@pytest.mark.parametrize("organization", [NOBODY, "acme", NOBODY + "0", "%2e%2e", "'"])
def test_an_unknown_organization_is_404(post, inbox, organization):
    id = new_id()
    status, answer = post(event(id), f"/webhooks/stripe/{organization}")
    assert (status, error_of(answer)["code"]) == (404, "unknown_organization")
    assert inbox.stored(id) == []


def test_an_organization_with_its_own_secret_takes_no_other(
    worker, database, inbox, acme, stripe_post, tmp_path
):
    own = inbox.organization()
    off = inbox.organization()
    config = tmp_path / "worker.toml"
    config.write_text(f"""
        stripe_webhook_secrets = ["{SECRET}"]
        organization_id = "{acme}"
        [[organizations]]
        id = "{own}"
        stripe_webhook_secrets = ["{OLD_SECRET}"]
        [[organizations]]
        id = "{off}"
        stripe_webhook_secrets = []
    """)
    port = worker(database, CONFIG=config).port
    common, path = "/webhooks/stripe", f"/webhooks/stripe/{own}"
    expected = {(SECRET, common): 200, (OLD_SECRET, common): 400, (SECRET, path): 400,
                (OLD_SECRET, path): 200, (SECRET, f"/webhooks/stripe/{acme}"): 200,
                (SECRET, f"/webhooks/stripe/{off}"): 404}
    answers = {key: stripe_post(port, *key).post(event())[0] for key in expected}
    assert answers == expected


def get(port: int, path: str, method: str = "GET") -> tuple[int, bytes, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    body, headers = answer.read(), dict(answer.getheaders())
    connection.close()
    return answer.status, body, headers


def test_other_paths_and_methods_are_refused_in_the_envelope(post):
    port = post.worker.port
    status, body, _ = get(port, "/nowhere")
    assert (status, error_of(body)["code"]) == (404, "not_found")
    status, body, headers = get(port, "/webhooks/stripe")
    assert (status, error_of(body)["code"], headers["Allow"]) == (405, "method_not_allowed", "POST")
    assert get(port, "/metrics")[0] == 404  # for the admin listener alone


def test_health_version_and_metrics_are_told(post):
    for _ in range(3):
        assert post(event())[0] == 200
    assert get(post.worker.port, "/livez")[0] == get(post.worker.port, "/readyz")[0] == 200
    assert post.worker.admin("/livez")[0] == 200
    assert json.loads(post.worker.admin("/version")[1])["version"]
    status, text = post.worker.admin("/metrics")
    assert status == 200
    assert 'pg_billing_worker_events_total{result="stored"} 3' in text
    assert "pg_billing_worker_commit_seconds_count" in text


def test_the_log_is_json_and_holds_no_secret(cluster, worker, database, acme, stripe_post):
    url = cluster.url(database, "e2e_worker") + " password=hunter2"
    running = worker(database, DATABASE_URL=url, STRIPE_WEBHOOK_SECRETS=f"{SECRET},{OLD_SECRET}",
                     STRIPE_API_KEY="sk_live_e2e_key", REDIS_URL="redis://:redispass@localhost",
                     ORGANIZATION_ID=acme, LOG_LEVEL="debug")
    for secret, body in [(SECRET, event(note="body_secret")), ("whsec_e2e_wrong", event()),
                         (SECRET, '{"id": "body_secret"')]:
        stripe_post(running.port, secret).post(body)
    assert running.terminate() == 0
    running.reader.join()
    text = json.dumps(running.lines)
    assert "not json" not in text and "webhook_refused" in text and "stopped" in text
    for secret in (SECRET, OLD_SECRET, "hunter2", "sk_live_e2e_key", "redispass", "body_secret"):
        assert secret not in text
