"""Posts events as Stripe does, signed by Stripe's own library, on connections that stay open."""

from __future__ import annotations

import http.client
import time

import stripe


def signature(body: bytes, secret: str, when: int | None = None) -> str:
    when = int(time.time()) if when is None else when
    signed = f"{when}.{body.decode()}"
    return f"t={when},v1={stripe.WebhookSignature._compute_signature(signed, secret)}"


class StripeSender:
    def __init__(self, port: int, secret: str, path: str = "/webhooks/stripe"):
        self.secret, self.path = secret, path
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, body: str | bytes, headers: dict | None = None) -> tuple[int, bytes]:
        """Signed unless `headers` says otherwise; status and body of the answer."""
        body = body.encode() if isinstance(body, str) else body
        if headers is None:
            headers = {"Stripe-Signature": signature(body, self.secret)}
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
        try:
            self.connection.request("POST", self.path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()  # the next post opens it again
            raise

    def close(self) -> None:
        self.connection.close()
