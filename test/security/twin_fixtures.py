"""Two organizations with the same names of everything, and everybody who may come to one of them.

What tests of `world` write they undo: it is made once.
"""

from __future__ import annotations

import pytest

from arguments import Pool
from stage import Actor, uuids_of
from twins import make_twins

SCOPES = {"key that reads": ["read"], "key that writes": ["write"], "key that uses": ["usage"],
          "key that may everything": ["read", "write", "usage", "admin"]}
MEMBERS = ("member", "admin", "owner")
ROLES = {"worker": "billing_worker", "authenticator": "billing_authenticator", "nobody": "billing_anon",
         "plain user": "plain_user"}
OUTSIDERS = ("user of none", "anonymous request", *ROLES)
ACTORS = (*SCOPES, *MEMBERS, "back end", *OUTSIDERS)


class World:
    """Alpha attacks; omega must not notice, nor be noticed."""

    def __init__(self, connection):
        self.connection = connection
        with connection.cursor() as cursor:
            cursor.execute("DROP ROLE IF EXISTS plain_user")
            cursor.execute("CREATE ROLE plain_user")
        self.alpha, self.omega = make_twins(connection)
        self.actors = {name: self.actor(name) for name in ACTORS}
        self.own, self.foreign = Pool(self.alpha), Pool(self.omega)
        self.known = uuids_of(connection)
        self.secrets = uuids_of(connection, self.omega) - uuids_of(connection, self.alpha)

    def actor(self, name: str) -> Actor:
        if name in SCOPES:
            return Actor(name, "billing_anon", self.alpha.with_key(*SCOPES[name]))
        if name in MEMBERS:
            return Actor(name, "billing_anon", {"X-Organization-Id": str(self.alpha.id)}, {"sub": f"{name}_alpha"})
        if name == "user of none":
            return Actor(name, "billing_anon", {"X-Nothing": "1"}, {"sub": "a stranger"})
        if name == "anonymous request":
            return Actor(name, "billing_anon", {"X-Nothing": "1"})
        if name == "back end":
            return Actor(name, "billing_service", organization=str(self.alpha.id))
        return Actor(name, ROLES[name])


@pytest.fixture(scope="session")
def world(cluster):
    connection = cluster.connect(cluster.new_database())
    yield World(connection)
    connection.close()
