"""An organization with keys, users and some rows, as its administrator made it."""

from __future__ import annotations

import json

from .tokens import token


class Tenant:
    def __init__(self, connection, name: str):
        self.connection = connection
        self.id = self.value("SELECT billing.create_organization(%s)", name)

    def run(self, sql: str, *arguments) -> list:
        """As a superuser who has chosen the organization."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('billing.organization_id', %s, false)",
                           (str(getattr(self, "id", "")),))
            cursor.execute(sql, arguments or None)
            return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, *arguments):
        return self.run(sql, *arguments)[0][0]

    def key(self, *scopes: str, expires: str | None = None) -> str:
        return self.value("SELECT key FROM billing.create_api_key('test', %s, %s)",
                          list(scopes or ("read",)), expires)

    def key_id(self, key: str) -> str:
        return self.value("SELECT id FROM billing.list_api_keys() WHERE prefix = %s", key[:12])

    def with_key(self, *scopes: str) -> dict:
        """Headers of a request with a new key."""
        return {"X-Api-Key": self.key(*scopes)}

    def member(self, user: str, role: str = "member") -> None:
        self.run("SELECT billing.add_member(%s, %s)", user, role)

    def as_user(self, user: str, secret: str) -> dict:
        """Headers of a request of a user who has chosen this organization."""
        return {"Authorization": "Bearer " + token({"sub": user}, secret),
                "X-Organization-Id": str(self.id)}

    def customer(self, stripe_id: str, email: str) -> None:
        """A customer as Stripe tells of one."""
        told = {"id": f"evt_{stripe_id}", "object": "event", "type": "customer.created",
                "api_version": "2024-06-20", "created": 1735689600, "livemode": False,
                "data": {"object": {"id": stripe_id, "object": "customer", "email": email,
                                    "created": 1735689600, "livemode": False, "metadata": {}}}}
        self.run("SELECT billing.ingest_event(%s::json)", json.dumps(told))
        assert self.run("SELECT applied, failed FROM billing.process_events()") == [(1, 0)]
