"""JWTs, HS256: what PostgREST verifies before the database sees the claims."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from .errors import Refused


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(message: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).digest()


def token(claims: dict, secret: str) -> str:
    head = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    message = f"{head}.{encode(json.dumps(claims).encode())}"
    return f"{message}.{encode(sign(message, secret))}"


def claims_of(authorization: str | None, secret: str) -> dict:
    """The claims of a Bearer token; none without one."""
    kind, _, text = (authorization or "").partition(" ")
    if kind.lower() != "bearer":
        return {}
    parts = text.split(".")
    if len(parts) != 3:
        raise Refused(401, "PGRST301", "JWSError (CompactDecodeError)")
    try:
        signed = hmac.compare_digest(decode(parts[2]), sign(".".join(parts[:2]), secret))
        head, claims = json.loads(decode(parts[0])), json.loads(decode(parts[1]))
    except ValueError:
        raise Refused(401, "PGRST301", "JWSError (CompactDecodeError)") from None
    if head.get("alg") != "HS256" or not signed:
        raise Refused(401, "PGRST301", "JWSError JWSInvalidSignature")
    if claims.get("exp", float("inf")) < time.time():
        raise Refused(401, "PGRST303", "JWT expired")
    return claims
