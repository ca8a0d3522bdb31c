"""Tokens that must let nobody in."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, timedelta
from typing import Any

from taxkit import auth, testing
from taxkit.clock import SystemClock


def bad_tokens(keys: testing.Keys, *rights: str) -> dict[str, str]:
    """By what is wrong with them."""
    good = keys.token(*rights)
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return {
        "none": "",
        "no token": "nonsense",
        "expired": keys.expired_token(*rights),
        "of another key": testing.make_keys().token(*rights),
        "forged body": f"{head}.{_part({**claims, 'sub': 'somebody else'})}.{signature}",
        "unsigned": f"{_part({'alg': 'none', 'typ': 'JWT'})}.{body}.",
        "signature cut off": f"{head}.{body}.",
        "signed with the public key": _signed_with_public_key(keys, body),
        "for another audience": _signed(keys, {**claims, "aud": "elsewhere"}),
        "never ending": _signed(keys, {n: v for n, v in claims.items() if n != "exp"}),
        "not yet valid": _signed(keys, {**claims, "nbf": _later()}),
    }


def _part(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _signed(keys: testing.Keys, claims: dict[str, Any]) -> str:
    import jwt  # noqa: PLC0415 - what auth signs with, asked for claims it would not sign

    return jwt.encode(claims, keys.private_pem, algorithm=auth.ALGORITHM)


def _signed_with_public_key(keys: testing.Keys, body: str) -> str:
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{body}"
    digest = hmac.new(keys.public_pem.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _later() -> int:
    return int((SystemClock().now().astimezone(UTC) + timedelta(days=1)).timestamp())
