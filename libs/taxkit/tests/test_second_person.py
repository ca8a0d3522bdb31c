"""CASH-008: a request may be signed by two, each with a token of his own."""

import contextvars

import pytest

from taxkit import auth, rpc, testing
from taxkit.errors import Refusal
from taxkit.rpc.calls import VERIFIER


def _second_person(keys: testing.Keys, token: str) -> auth.Caller:
    def ask() -> auth.Caller:
        VERIFIER.set(auth.TokenVerifier(keys.public_pem))
        return rpc.second_person(token)

    return contextvars.copy_context().run(ask)


def test_cash_008_the_second_person_is_who_the_token_says():
    """With the rights of that token, not the caller's."""
    keys = testing.make_keys()
    found = _second_person(keys, keys.token("cashiering.override.approve", user="supervisor"))

    assert found.user == "supervisor"
    assert found.may("cashiering.override.approve")
    assert not found.may("cashiering.pay")


@pytest.mark.parametrize("foreign", [True, False])
def test_cash_008_a_token_nobody_of_ours_signed_is_no_person(*, foreign: bool):
    """Neither another county's nor one that has ended."""
    keys = testing.make_keys()
    token = testing.make_keys().token("*") if foreign else keys.expired_token("*")

    with pytest.raises(Refusal) as refusal:
        _second_person(keys, token)
    assert refusal.value.reason == ("TOKEN_INVALID" if foreign else "TOKEN_EXPIRED")
