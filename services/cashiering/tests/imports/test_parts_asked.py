"""RECV-062: what is a part of a bill that has grown, or has a discount, receivables is asked."""

from concurrent import futures
from dataclasses import replace
from datetime import date

import grpc
import pytest

from cashiering_service.bootstrap import SPEC
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from millage.receivables.v1 import receivables_pb2 as theirs
from millage.receivables.v1 import receivables_pb2_grpc as their_stubs
from taxkit import testing

PARCEL = "13264290020000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
DAY = "2022-12-27"


class Receivables(their_stubs.ReceivablesServiceServicer):
    """A neighbour that says what a bill of 400.00 has accrued, and what paying all lets off."""

    def __init__(self) -> None:
        self.asked: list[theirs.QuoteRequest] = []
        self.accrued_cents = self.discount_cents = 0
        self.code: grpc.StatusCode | None = None

    def Quote(self, request, context):  # noqa: N802
        self.asked.append(request)
        if self.code is not None:
            context.abort(self.code, "as told")
        part = theirs.InstallmentBalance(
            installment=1, due_on="2022-03-01", tax_open_cents=40_000,
            interest_open_cents=self.accrued_cents,
        )  # fmt: skip
        cents = 40_000 + self.accrued_cents
        quotes = [
            theirs.BillQuote(
                bill_id=bill_id, bill_version=1, open_cents=cents, installments=[part],
                discount_cents=self.discount_cents, settles_cents=cents - self.discount_cents,
            )
            for bill_id in request.bill_ids
        ]  # fmt: skip
        return theirs.QuoteResponse(bills=quotes)


@pytest.fixture
def receivables():
    return Receivables()


@pytest.fixture
def window(app, make_app, keys, counter, receivables, balance):
    """A counter that takes coded parts only, with that receivables; the bill is late."""
    part = {
        "installment": 1, "due_on": "2022-03-01", "tax_charged_cents": 40_000,
        "tax_open_cents": 40_000, "interest_charged_cents": 0, "interest_open_cents": 0,
        "paid_cents": 0,
    }  # fmt: skip
    body = balance(PARCEL, 2021, 40_000, sequence=9, installments=[part])
    app.consumer.absorb("on_balance_changed", [body])
    server = grpc.server(futures.ThreadPoolExecutor(4))
    their_stubs.add_ReceivablesServiceServicer_to_server(receivables, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    given = (SettingSet("partial_only_coded", "on", date(2022, 1, 1)),)
    try:
        with make_app(MILLAGE_RECEIVABLES_ADDR=address, MILLAGE_QUOTE_TIMEOUT_MS="60000") as built:
            built.parts = replace(built.parts, set_here=lambda: given)
            with testing.server(SPEC, built, keys) as channel:
                yield type(counter)(channel, keys)
    finally:
        server.stop(grace=0).wait()


def content(cents: int) -> bytes:
    amount = f"{cents // 100}.{cents % 100:02d}"
    line = f"{COUNTY_FORMAT.write(PARCEL, 2021)},{amount},{DAY},2022-12-28,1,P"
    return "\n".join([HEAD, line, f"TRAILER,1,{amount}", ""]).encode()


@pytest.mark.parametrize(("cents", "outcome"), [(40_599, "suspense"), (40_600, "posted")])
def test_recv_062_a_late_bill_is_whole_with_what_it_has_grown_by(
    window, receivables, cents: int, outcome: str
) -> None:
    """RECV-062: told last it owed 400.00; on its day of payment 406.00."""
    receivables.accrued_cents = 600
    (line,) = window.imported(content(cents), "csv").lines
    assert line.outcome == outcome
    (asked,) = receivables.asked
    assert asked.as_of == DAY


@pytest.mark.parametrize(("cents", "outcome"), [(39_199, "suspense"), (39_200, "posted")])
def test_recv_026_all_but_the_discount_is_no_part(
    window, receivables, cents: int, outcome: str
) -> None:
    """RECV-026: 2% are let off who pays the rest."""
    receivables.discount_cents = 800
    (line,) = window.imported(content(cents), "csv").lines
    assert line.outcome == outcome


@pytest.mark.parametrize(("cents", "outcome"), [(39_999, "suspense"), (40_000, "posted")])
def test_recv_062_without_an_answer_what_was_told_last_decides(
    window, receivables, cents: int, outcome: str
) -> None:
    """RECV-062: a file does not wait for another service."""
    receivables.code = grpc.StatusCode.UNAVAILABLE
    (line,) = window.imported(content(cents), "csv").lines
    assert line.outcome == outcome
