"""Keys that are no longer, not yet or never were good: 401, always the same answer for the same work."""

from __future__ import annotations

import json
import threading
import zlib

import pytest

from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import Postgrest
from session import Session
from worker_process import Worker, wait_until

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(text: str) -> str:
    """CRC-32 in base62, six digits: an independent reading of the key's form."""
    rest, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        digits, rest = ALPHABET[rest % 62] + digits, rest // 62
    return digits


def other_secret(key: str) -> str:
    """A well-formed key with the same prefix."""
    body = key[:12] + key[12:55][::-1]
    return body + checksum(body)


def revoked(tenant) -> str:
    key = tenant.key("admin")
    tenant.run("SELECT billing.revoke_api_key(%s)", tenant.key_id(key))
    return key


def expired(tenant) -> str:
    key = tenant.key("admin", expires="2999-01-01")
    tenant.run("UPDATE billing_internal.api_keys SET expires_at = now() WHERE organization_id = %s AND id = %s",
               tenant.id, tenant.key_id(key))
    return key


def unknown(tenant) -> str:
    body = "pgb_" + "7" * 51
    return body + checksum(body)


BAD = {
    "revoked": revoked,
    "expired": expired,
    "unknown": unknown,
    "another secret under a known prefix": lambda t: other_secret(t.key("admin")),
    "a wrong checksum": lambda t: (k := t.key("admin"))[:-1] + ("a" if k[-1] != "a" else "b"),
    "truncated": lambda t: t.key("admin")[:-1],
    "the prefix alone": lambda t: t.key("admin")[:12],
    "the mark alone": lambda t: "pgb_",
    "empty": lambda t: "",
    "longer": lambda t: t.key("admin") + "0",
    "in another case": lambda t: t.key("admin").swapcase(),
    "with a space before it": lambda t: " " + t.key("admin"),
    "with a NUL": lambda t: t.key("admin")[:20] + "\0" + t.key("admin")[21:],
    "not ASCII": lambda t: "pgb_" + "é" * 57,
    "100 kB": lambda t: "pgb_" + "x" * 100_000,
    "SQL": lambda t: "pgb_' OR prefix LIKE 'pgb_%",
}


def test_the_checksum_is_a_crc_that_others_can_compute(one):
    key = one.key("read")
    assert len(key) == 61 and checksum(key[:55]) == key[55:]


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_key_is_401_and_says_nothing_more(api, one, kind):
    answers = {api.request("GET", path, {"X-Api-Key": BAD[kind](one)}).text
               for path in ("/customers", "/rpc/mrr", "/rpc/my_organizations")}
    assert len(answers) == 1
    said = json.loads(answers.pop())
    assert (said["code"], said["message"]) == ("PT401", "API key is not valid")
    assert json.loads(said["details"]) == {"code": "unauthenticated", "errors": []}


@pytest.mark.parametrize("kind", ["good", *BAD])
def test_every_key_costs_one_look_at_the_index(cluster, database, one, kind):
    key = one.key("read") if kind == "good" else BAD[kind](one)
    session = Session(cluster.url(database))
    session.run("BEGIN")
    session.run("SELECT set_config('request.headers', %s, true)", json.dumps({"x-api-key": key}))
    outcome = session.attempt("SELECT billing.pre_request()")
    assert (outcome == "PT401") == (kind != "good")
    session.run("RESET ROLE")
    looks = "SELECT pg_stat_get_xact_numscans('billing_internal.api_keys_prefix'::regclass)"
    assert session.value(looks) == 1
    session.close()


def test_revocation_holds_from_the_next_request(api, one):
    key = one.key("read")
    assert api.request("GET", "/customers", {"X-Api-Key": key}).status == 200
    one.run("SELECT billing.revoke_api_key(%s)", one.key_id(key))
    assert api.request("GET", "/customers", {"X-Api-Key": key}).status == 401


def test_a_key_can_revoke_itself_and_its_request_goes_on_to_its_end(api, one):
    key = one.key("admin")
    path = "/rpc/revoke_api_key"
    assert api.request("POST", path, {"X-Api-Key": key}, {"id": str(one.key_id(key))}).status == 204
    assert api.request("POST", path, {"X-Api-Key": key}, {"id": str(one.key_id(key))}).status == 401


def test_both_keys_of_a_rotation_work_during_the_overlap(api, one):
    old = one.key("read", "admin")
    made = api.request("POST", "/rpc/rotate_api_key", {"X-Api-Key": old},
                       {"id": str(one.key_id(old)), "overlap": "1 hour"}).json
    assert made["key"].startswith(made["prefix"])
    for key in (old, made["key"]):
        assert api.request("GET", "/rpc/list_api_keys", {"X-Api-Key": key}).status == 200
    one.run("UPDATE billing_internal.api_keys SET expires_at = now() WHERE organization_id = %s AND id = %s",
            one.id, one.key_id(old))
    assert api.request("GET", "/rpc/list_api_keys", {"X-Api-Key": old}).status == 401
    assert api.request("GET", "/rpc/list_api_keys", {"X-Api-Key": made["key"]}).status == 200


def test_two_keys_with_one_prefix_are_told_apart(api, one, two):
    """A chance of one in 10^14, so it is brought about by hand."""
    first, second = one.key("read"), two.key("read")
    twin = first[:12] + second[12:55]
    twin += checksum(twin)
    two.run("UPDATE billing_internal.api_keys SET prefix = %s, digest = sha256(convert_to(%s, 'UTF8'))"
            " WHERE organization_id = %s AND id = %s", twin[:12], twin, two.id, two.key_id(second))
    for key, tenant in ((first, one), (twin, two)):
        who = api.request("GET", "/rpc/current_organization", {"X-Api-Key": key})
        assert who.json == str(tenant.id)


def test_an_organization_sees_and_ends_its_own_keys_alone(api, one, two):
    admin, victim = one.with_key("admin"), two.key("read")
    foreign = {"id": str(two.key_id(victim))}
    listed = api.request("GET", "/rpc/list_api_keys", admin).json
    assert [row["scopes"] for row in listed] == [["admin"]]
    for call in ("revoke_api_key", "rotate_api_key"):
        refused = api.request("POST", f"/rpc/{call}", admin, foreign)
        nowhere = api.request("POST", f"/rpc/{call}", admin,
                              {"id": "00000000-0000-7000-8000-000000000000"})
        assert (refused.status, refused.text) == (nowhere.status, nowhere.text) and refused.status == 404
    assert api.request("GET", "/customers", {"X-Api-Key": victim}).status == 200


def last_used(tenant, key):
    return tenant.value("SELECT last_used_at FROM billing.list_api_keys() WHERE prefix = %s", key[:12])


def test_a_request_that_writes_notes_the_use_of_its_key_once_a_minute(api, one):
    key = one.key("usage")
    call = {"customer": "nobody", "feature_key": "calls"}
    assert last_used(one, key) is None
    assert api.request("POST", "/rpc/track_usage", {"X-Api-Key": key}, call).status == 200
    noted = last_used(one, key)
    assert noted is not None
    assert api.request("POST", "/rpc/track_usage", {"X-Api-Key": key}, call).status == 200
    assert last_used(one, key) == noted
    one.run("UPDATE billing_internal.api_keys SET last_used_at = last_used_at - interval '61 seconds'"
            " WHERE organization_id = %s AND id = %s", one.id, one.key_id(key))
    assert api.request("POST", "/rpc/track_usage", {"X-Api-Key": key}, call).status == 200
    assert last_used(one, key) >= noted


def test_a_request_never_waits_to_note_its_key(cluster, database, api, one):
    key = one.key("usage")
    holder = Session(cluster.url(database))
    holder.run("BEGIN")
    holder.run("SELECT 1 FROM billing_internal.api_keys WHERE organization_id = %s AND id = %s FOR UPDATE",
               str(one.id), str(one.key_id(key)))
    call = {"customer": "nobody", "feature_key": "calls"}
    assert api.request("POST", "/rpc/track_usage", {"X-Api-Key": key}, call).status == 200
    holder.run("ROLLBACK")
    holder.close()
    assert last_used(one, key) is None


def test_a_reading_request_writes_nothing_and_tells_once(cluster, database, api, one):
    key = one.key("read")
    ear = Session(cluster.url(database))
    ear.run("LISTEN pg_billing_key_use")
    for _ in range(3):
        assert api.request("GET", "/customers", {"X-Api-Key": key}).status == 200
    ear.run("SELECT 1")
    ear.raw.poll()
    told = [notify.payload for notify in ear.raw.notifies]
    assert told == [f"{one.id} {one.key_id(key)}"]
    assert last_used(one, key) is None
    ear.close()


def test_the_worker_notes_what_reading_requests_used(cluster, database, api, one):
    worker = Worker(cluster.url(database, "e2e_worker"), {})
    try:
        worker.wait_ready()
        key = one.key("read")
        assert api.request("GET", "/customers", {"X-Api-Key": key}).status == 200
        wait_until(lambda: last_used(one, key) is not None, "the use is noted")
    finally:
        worker.stop()


def test_revoking_while_requests_run_ends_them_one_after_the_other(cluster, database, one):
    """No request that begins after the revocation's commit gets an answer."""
    many = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET, pool=8)
    key = one.key("read")
    gone, wrong = threading.Event(), []

    def ask():
        while True:
            after = gone.is_set()
            status = many.request("GET", "/customers", {"X-Api-Key": key}).status
            if after:
                wrong.extend([status] if status != 401 else [])
                return

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    one.run("SELECT billing.revoke_api_key(%s)", one.key_id(key))
    gone.set()
    for thread in threads:
        thread.join()
    many.close()
    assert wrong == []
