"""Who calls and what they may: signed tokens, and a right declared beside every method."""

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import jwt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from taxkit.clock import Clock
from taxkit.errors import Refusal, RefusalKind, forbidden

AUDIENCE = "millage"
ALGORITHM = "EdDSA"
_RIGHT = "__millage_right__"
_CACHE_MAX = 2048
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """The person or system behind a call."""

    user: str
    roles: frozenset[str]
    rights: frozenset[str]
    till: str = ""

    def may(self, right: str) -> bool:
        """Whether a right is held: itself, its service's `*`, or `*`."""
        service = right.split(".", 1)[0]
        return bool(self.rights & {right, f"{service}.*", "*"})

    def require(self, right: str) -> None:
        if not self.may(right):
            raise forbidden(
                "FORBIDDEN",
                f"{self.user} lacks the right {right}; ask an administrator for a role that has it",
            )


class TokenVerifier:
    """Checks tokens with the public keys; a token seen before is not checked again until it ends.

    Several keys are good at once, one PEM after the other, so that a key can be exchanged while
    tokens of both are about. A token may name its key (`kid`), as ours do; else each is tried.
    """

    def __init__(self, public_keys_pem: str) -> None:
        self._keys = {key_id(key): key for key in _public_keys(public_keys_pem)}
        self._seen: dict[str, tuple[float, Caller]] = {}

    def verify(self, token: str) -> Caller:
        known = self._seen.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        try:
            claims = self._claims(token)
        except jwt.ExpiredSignatureError as error:
            raise _unknown("TOKEN_EXPIRED", "the token has expired: get a new one") from error
        except jwt.InvalidTokenError as error:
            raise _not_valid(str(error)) from error
        caller = _caller(claims)
        if len(self._seen) >= _CACHE_MAX:
            self._seen.clear()
        self._seen[token] = (float(claims["exp"]), caller)
        return caller

    def _claims(self, token: str) -> dict[str, Any]:
        named = self._keys.get(str(jwt.get_unverified_header(token).get("kid", "")))
        keys = [named] if named else list(self._keys.values())
        for place, key in enumerate(keys, 1):
            try:
                return jwt.decode(
                    token,
                    key,
                    algorithms=[ALGORITHM],
                    audience=AUDIENCE,
                    options={"require": ["exp", "sub", "aud"]},
                )
            except jwt.InvalidSignatureError:
                if place == len(keys):
                    raise
        raise AssertionError


def _caller(claims: Mapping[str, Any]) -> Caller:
    user, till = claims["sub"], claims.get("till") or ""
    if not user.strip() or not isinstance(till, str):
        raise _not_valid("sub or till is no name")
    return Caller(user, _words(claims, "roles"), _words(claims, "rights"), till)


def _words(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Read a list of words; letter by letter, the `*` of a bare text would be every right."""
    words = claims.get(name) or []
    if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
        raise _not_valid(f"{name} is not a list of texts")
    return frozenset(words)


def issue_token(
    private_key_pem: str,
    user: str,
    *,
    rights: Sequence[str],
    clock: Clock,
    roles: Sequence[str] = (),
    till: str = "",
    lifetime: timedelta = timedelta(hours=12),
) -> str:
    """Sign a token: for development and tests; a county's identity provider does it otherwise."""
    now = clock.now()
    claims = {
        "sub": user,
        "aud": AUDIENCE,
        "roles": list(roles),
        "rights": list(rights),
        "till": till,
        "iat": now,
        "exp": now + lifetime,
    }
    private: Any = load_pem_private_key(private_key_pem.encode(), password=None)
    signed_with = {"kid": key_id(private.public_key())}
    return jwt.encode(claims, private, algorithm=ALGORITHM, headers=signed_with)


def key_id(public_key: Any) -> str:
    """A key's name in the tokens it signs: the beginning of its own hash."""
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def _public_keys(pem: str) -> list[Any]:
    """The keys of a file, one PEM after the other; at least one."""
    blocks = _PEM.findall(pem) or [pem]
    return [load_pem_public_key(block.encode()) for block in blocks]


def requires(right: str) -> Callable[[F], F]:
    """Declare the right a gRPC method needs; a method without one is refused."""

    def declare(method: F) -> F:
        setattr(method, _RIGHT, right)
        return method

    return declare


def right_of(method: Callable[..., Any]) -> str | None:
    right: str | None = getattr(method, _RIGHT, None)
    return right


def _not_valid(why: str) -> Refusal:
    return _unknown("TOKEN_INVALID", f"the token is not valid: {why}")


def _unknown(reason: str, message: str) -> Refusal:
    return Refusal(reason, message, kind=RefusalKind.UNAUTHENTICATED)
