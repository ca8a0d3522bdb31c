"""CASH-066: what a defaulted bill owes on its day of payment is asked of receivables."""

from concurrent import futures

import grpc
import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.receivables.v1 import receivables_pb2 as theirs
from millage.receivables.v1 import receivables_pb2_grpc as their_stubs
from taxkit import testing

PARCEL, OTHER = "13264290020000", "18032000510000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


class Receivables(their_stubs.ReceivablesServiceServicer):
    """A neighbour that knows what each bill has accrued by a day."""

    def __init__(self) -> None:
        self.asked: list[theirs.QuoteRequest] = []
        self.accrued: dict[str, int] = {}
        self.code: grpc.StatusCode | None = None

    def Quote(self, request, context):  # noqa: N802
        self.asked.append(request)
        if self.code is not None:
            context.abort(self.code, "as told")
        return theirs.QuoteResponse(
            bills=[self._bill(bill_id) for bill_id in request.bill_ids if bill_id in self.accrued]
        )

    def _bill(self, bill_id: str) -> theirs.BillQuote:
        part = theirs.InstallmentBalance(
            installment=1, due_on="2022-03-01", tax_open_cents=40_000,
            interest_open_cents=self.accrued[bill_id], collection_type="DS",
        )  # fmt: skip
        cents = 40_000 + self.accrued[bill_id]
        return theirs.BillQuote(
            bill_id=bill_id, bill_version=1, open_cents=cents, installments=[part]
        )


@pytest.fixture
def receivables():
    return Receivables()


@pytest.fixture
def window(app, make_app, keys, counter, receivables, balance):
    """A counter with that receivables; both bills are defaulted, at 400.00 when last told of."""
    for parcel in (PARCEL, OTHER):
        part = {
            "installment": 1, "due_on": "2022-03-01", "tax_charged_cents": 40_000,
            "tax_open_cents": 40_000, "interest_charged_cents": 0, "interest_open_cents": 0,
            "paid_cents": 0, "collection_type": "DS", "defaulted_open_cents": 40_000,
        }  # fmt: skip
        body = balance(parcel, 2021, 40_000, sequence=9, installments=[part])
        app.consumer.absorb("on_balance_changed", [body])
    server = grpc.server(futures.ThreadPoolExecutor(4))
    their_stubs.add_ReceivablesServiceServicer_to_server(receivables, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    from cashiering_service.bootstrap import SPEC

    try:
        with (
            make_app(MILLAGE_RECEIVABLES_ADDR=address, MILLAGE_QUOTE_TIMEOUT_MS="60000") as built,
            testing.server(SPEC, built, keys) as channel,
        ):
            yield type(counter)(channel, keys)
    finally:
        server.stop(grace=0).wait()


def content(*lines: tuple[str, int]) -> bytes:
    from cashiering_service.domain.remittance.reference import COUNTY_FORMAT

    rows = [
        f"{COUNTY_FORMAT.write(parcel, 2021)},{cents // 100}.{cents % 100:02d},"
        f"2022-12-27,2022-12-28,{place},P"
        for place, (parcel, cents) in enumerate(lines, start=1)
    ]
    total = sum(cents for _, cents in lines)
    end = f"TRAILER,{len(lines)},{total // 100}.{total % 100:02d}"
    return "\n".join([HEAD, *rows, end, ""]).encode()


def said(run: pb.ImportRun) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in run.lines]


def test_cash_066_a_file_pays_what_a_defaulted_bill_owes_on_its_day(
    window, receivables, bill_of
) -> None:
    """406.00 settles the one; the other's 400.00 of the last balance is short of it."""
    receivables.accrued = {str(bill_of(parcel, 2021)): 600 for parcel in (PARCEL, OTHER)}
    run = window.imported(content((PARCEL, 40_600), (OTHER, 40_000)), "csv")

    assert said(run) == [("posted", ""), ("suspense", "DEFAULTED_IN_PART")]
    assert "owes 40600 cents" in run.lines[1].message
    (asked,) = receivables.asked
    assert (asked.as_of, len(asked.bill_ids)) == ("2022-12-27", 2)


def test_cash_066_where_nothing_accrued_the_last_balance_is_it(
    window, receivables, bill_of
) -> None:
    receivables.accrued = {str(bill_of(PARCEL, 2021)): 0}
    run = window.imported(content((PARCEL, 40_000)), "csv")

    assert said(run) == [("posted", "")]


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.PERMISSION_DENIED])
def test_cash_066_what_nobody_says_is_not_taken_for_full(window, receivables, code) -> None:
    """The money waits in suspense without the bill; other lines go on."""
    receivables.code = code
    run = window.imported(content((PARCEL, 99_999)), "csv")

    assert said(run) == [("suspense", "DEFAULTED_DUE_UNKNOWN")]
    assert "could not be asked" in run.lines[0].message


def test_cash_066_a_bill_that_receivables_does_not_know_is_held(
    window, receivables, bill_of
) -> None:
    """Though it answers for the others."""
    receivables.accrued = {str(bill_of(PARCEL, 2021)): 0}
    run = window.imported(content((PARCEL, 40_000), (OTHER, 40_000)), "csv")

    assert ("suspense", "DEFAULTED_DUE_UNKNOWN") in said(run)
