"""Nothing of levy is open to everybody."""

import pytest

from levy_service.api import LevyServicer
from levy_service.bootstrap import SPEC
from taxkit import testing


def test_every_method_declares_a_right(app) -> None:
    """Of the contract's methods, levy's own and the operators', none is without one."""
    assert testing.methods_without_right(SPEC, app) == []


def test_a_method_without_a_right_would_be_found(app, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would prove nothing."""
    monkeypatch.setattr(LevyServicer, "GetBill", lambda *_: None)
    monkeypatch.delattr(LevyServicer, "ListBills")

    assert testing.methods_without_right(SPEC, app) == [
        "millage.levy.v1.LevyService/GetBill",
        "millage.levy.v1.LevyService/ListBills",
    ]


@pytest.mark.parametrize(("method", "right"), [("LoadRoll", "levy.load"), ("GetBill", "levy.read")])
def test_loading_needs_more_than_reading(method: str, right: str) -> None:
    """The rights by name: tokens in the field carry them."""
    from taxkit.auth import right_of

    assert right_of(getattr(LevyServicer, method)) == right
