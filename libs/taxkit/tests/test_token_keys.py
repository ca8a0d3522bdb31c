"""Tokens of several keys are good at once, so that a key is exchanged without refusing anybody."""

import jwt
import pytest

from taxkit import auth, testing
from taxkit.clock import SystemClock
from taxkit.errors import Refusal

OLD, NEW, FOREIGN = testing.make_keys(), testing.make_keys(), testing.make_keys()
BOTH = auth.TokenVerifier(OLD.public_pem + "\n" + NEW.public_pem)


def refused(verifier: auth.TokenVerifier, token: str) -> str:
    with pytest.raises(Refusal) as refusal:
        verifier.verify(token)
    return refusal.value.reason


def test_while_a_key_is_exchanged_tokens_of_both_are_good():
    """Before it only the old one's, afterwards only the new one's."""
    old, new = OLD.token("*", user="ana"), NEW.token("*", user="ben")

    assert [BOTH.verify(token).user for token in (old, new, old)] == ["ana", "ben", "ana"]
    assert refused(auth.TokenVerifier(OLD.public_pem), new) == "TOKEN_INVALID"
    assert refused(auth.TokenVerifier(NEW.public_pem), old) == "TOKEN_INVALID"


@pytest.mark.parametrize("headers", [{}, {"kid": "the issuer's own name"}, {"kid": ""}])
def test_a_token_that_names_no_key_of_ours_is_tried_with_each(headers: dict[str, str]):
    """An identity provider names its keys as it likes."""
    claims = jwt.decode(NEW.token("*", user="ben"), options={"verify_signature": False})
    token = jwt.encode(claims, NEW.private_pem, algorithm=auth.ALGORITHM, headers=headers)

    assert BOTH.verify(token).user == "ben"


def test_a_name_is_no_signature():
    """Naming a good key helps nobody who has not got it, nor does another way of signing."""
    claims = jwt.decode(OLD.token("*"), options={"verify_signature": False})
    named = {"kid": jwt.get_unverified_header(OLD.token("*"))["kid"]}
    forged = jwt.encode(claims, FOREIGN.private_pem, algorithm=auth.ALGORITHM, headers=named)
    unsigned = jwt.encode(claims, None, algorithm="none", headers=named)
    shared = jwt.encode(claims, "a" * 40, algorithm="HS256", headers=named)

    assert {refused(BOTH, token) for token in (forged, unsigned, shared)} == {"TOKEN_INVALID"}
    assert refused(BOTH, FOREIGN.token("*")) == "TOKEN_INVALID"


@pytest.mark.parametrize("keys", [OLD, NEW])
def test_an_ended_token_has_ended_whichever_key_signed_it(keys: testing.Keys):
    """TOKEN_EXPIRED, not TOKEN_INVALID: its bearer gets a new one."""
    assert refused(BOTH, keys.expired_token("*")) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "e30.e30.e30"])
def test_what_is_no_token_is_refused(token: str):
    assert refused(BOTH, token) == "TOKEN_INVALID"


def test_a_tokens_key_is_named_by_the_key_alone():
    """The same name wherever it is made."""
    one, other = (
        auth.issue_token(OLD.private_pem, "ana", rights=(), clock=SystemClock()) for _ in range(2)
    )

    assert jwt.get_unverified_header(one)["kid"] == jwt.get_unverified_header(other)["kid"]
    with pytest.raises(ValueError, match="PEM"):
        auth.TokenVerifier("no key at all")
