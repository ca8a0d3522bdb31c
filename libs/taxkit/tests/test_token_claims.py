"""What a token says is read as it is meant, or refused: never as more than it says."""

from typing import Any

import jwt
import pytest

from taxkit import auth, testing
from taxkit.errors import Refusal

KEYS = testing.make_keys()


def token(**changes: Any) -> str:
    """A good token, but for what is changed."""
    claims = jwt.decode(KEYS.token("taxsale.read"), options={"verify_signature": False})
    return jwt.encode(claims | changes, KEYS.private_pem, algorithm=auth.ALGORITHM)


def verified(**changes: Any) -> auth.Caller:
    return auth.TokenVerifier(KEYS.public_pem).verify(token(**changes))


@pytest.mark.parametrize("name", ["rights", "roles"])
@pytest.mark.parametrize("words", ["taxsale.*", "taxsale.read", {"taxsale.*": True}, [["*"]], 7])
def test_rights_that_are_no_list_give_none(name: str, words: object):
    """Identity providers write a list of one as a bare text: letter by letter it holds a `*`."""
    with pytest.raises(Refusal, match="list of texts") as refusal:
        verified(**{name: words})

    assert refusal.value.reason == "TOKEN_INVALID"


@pytest.mark.parametrize("changes", [{"sub": ""}, {"sub": "  "}, {"till": 7}, {"till": ["T1"]}])
def test_whoever_has_no_name_is_nobody(changes: dict[str, Any]):
    with pytest.raises(Refusal) as refusal:
        verified(**changes)

    assert refusal.value.reason == "TOKEN_INVALID"


def test_what_a_token_leaves_open_is_nothing():
    """A null is no till called None, and no rights are no rights."""
    caller = verified(rights=None, roles=None, till=None)

    assert (caller.till, caller.rights, caller.roles) == ("", frozenset(), frozenset())
