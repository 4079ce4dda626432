"""A hundred requests at once, of two organizations in turn on every connection: each gets its own."""

from __future__ import annotations

import threading

from postgrest.fixtures import JWT_SECRET
from postgrest.postgrest import Postgrest

CROWD, ROUNDS, CONNECTIONS = 100, 5, 20


def requests_of(tenant) -> list:
    """(method, path, body, what the answer must be) for each kind of request."""
    own = [{"organization_id": str(tenant.id)}]
    return [("GET", "/customers?select=organization_id", None, own),
            ("GET", "/rpc/current_organization", None, str(tenant.id)),
            ("POST", "/rpc/check_access", {"customer": "cus_1", "feature_key": "none"}, False),
            ("GET", "/rpc/active_subscriptions", None, 0)]


def test_a_hundred_at_once_get_each_their_own(cluster, database, one, two):
    api = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET, pool=CONNECTIONS)
    callers = []
    for tenant in (one, two):
        tenant.customer("cus_1", "ada@example.com")
        tenant.member("ada")
        callers += [(tenant, tenant.with_key("read", "usage")), (tenant, tenant.as_user("ada", JWT_SECRET))]
    barrier, right, wrong = threading.Barrier(CROWD), [], []

    def ask(number: int) -> None:
        tenant, headers = callers[number % len(callers)]
        wanted = requests_of(tenant)
        barrier.wait()
        for turn in range(ROUNDS):
            method, path, body, expected = wanted[(number // len(callers) + turn) % len(wanted)]
            answer = api.request(method, path, headers, body)
            good = (answer.status, answer.json) == (200, expected)
            (right if good else wrong).append((path, answer.status, answer.text))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    api.close()
    assert (wrong, len(right)) == ([], CROWD * ROUNDS)


def test_a_hundred_connections_at_once_are_served(cluster, database, one):
    """Each request on a connection of its own: PostgREST's pool at its widest."""
    api = Postgrest(cluster.url(database, "billing_authenticator"), JWT_SECRET, pool=CROWD)
    headers, statuses = one.with_key("usage"), []
    call = {"customer": "nobody", "feature_key": "calls"}

    def ask() -> None:
        statuses.append(api.request("POST", "/rpc/track_usage", headers, call).status)

    threads = [threading.Thread(target=ask) for _ in range(CROWD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    api.close()
    assert statuses == [200] * CROWD
