"""CASH-009: nothing of cashiering is open to everybody."""

import pytest

from cashiering_service.api import CashieringServicer
from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing
from taxkit.auth import right_of

RIGHTS = {
    "OpenSession": "cashiering.session",
    "CloseSession": "cashiering.session",
    "GetSession": "cashiering.read",
    "Quote": "cashiering.quote",
    "PostPayment": "cashiering.pay",
    "ReversePayment": "cashiering.reverse",
    "GetReceipt": "cashiering.read",
    "ListReceipts": "cashiering.read",
    "ImportRemittance": "cashiering.import",
    "GetImportRun": "cashiering.read",
    "GetTotals": "cashiering.read",
}


def test_cash_009_every_method_declares_a_right(app) -> None:
    """Of the contract's methods, cashiering's own and the operators', none is without one."""
    assert testing.methods_without_right(SPEC, app) == []


def test_cash_009_the_rights_are_these() -> None:
    """Tokens in the field carry them by name; a new method has to be added here."""
    names = [method.name for method in pb.DESCRIPTOR.services_by_name["CashieringService"].methods]

    assert {name: right_of(getattr(CashieringServicer, name)) for name in names} == RIGHTS


@pytest.mark.parametrize("method", RIGHTS)
def test_cash_009_a_token_with_every_other_right_is_refused(
    counter, keys, refused, unchanged, method: str
) -> None:
    """FORBIDDEN before the request is read; the right itself gets further."""
    others = sorted({*RIGHTS.values(), "levy.*", "receivables.*"} - {RIGHTS[method]})
    metadata = testing.bearer(keys.token(*others))
    call, request = getattr(counter.stub, method), getattr(pb, f"{method}Request")()
    with unchanged():
        if method == "ImportRemittance":
            refused("FORBIDDEN", lambda: list(call(iter([request]), metadata=metadata)))
        else:
            refused("FORBIDDEN", call, request, metadata=metadata)
