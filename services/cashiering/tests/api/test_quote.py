"""CASH-025, CASH-026: quotes come from receivables; when it is away, from the read copy."""

import json
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from uuid import UUID

import grpc
import pytest
from grpc_status import rpc_status

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.receivables.v1 import receivables_pb2 as theirs
from millage.receivables.v1 import receivables_pb2_grpc as their_stubs
from taxkit import rpc, testing
from taxkit.errors import Refusal, RefusalKind

PARCEL = "13264290020000"


class Receivables(their_stubs.ReceivablesServiceServicer):
    """A neighbour that answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[theirs.QuoteRequest, dict[str, str]]] = []
        self.refusal: Refusal | None = None
        self.code: grpc.StatusCode | None = None
        self.called_due_on = ""
        self.bill_id = UUID(int=9)
        self.release = threading.Event()
        self.release.set()

    def Quote(self, request, context):  # noqa: N802
        self.asked.append((request, dict(context.invocation_metadata())))
        self.release.wait(120)
        if self.refusal is not None:
            context.abort_with_status(rpc_status.to_status(rpc.status_of(self.refusal)))
        if self.code is not None:
            context.abort(self.code, "as told")
        if request.parcel_number == "nobody":
            return theirs.QuoteResponse()
        part = theirs.InstallmentBalance(
            installment=1,
            due_on="2022-03-01",
            tax_open_cents=500,
            interest_open_cents=8,
            called_due_on=self.called_due_on,
        )
        bill = theirs.BillQuote(
            bill_id=str(self.bill_id),
            bill_number=f"2021-{PARCEL}",
            bill_version=3,
            parcel_number=PARCEL,
            tax_year=2021,
            owner_name="Imogen Vale",
            open_cents=508,
            installments=[part],
        )
        return theirs.QuoteResponse(bills=[bill])


@pytest.fixture
def receivables() -> Receivables:
    return Receivables()


@pytest.fixture
def patience_ms() -> str:
    """Long enough for any machine: only the test of a late answer is in a hurry."""
    return "60000"


@pytest.fixture
def window(app, make_app, keys, counter, receivables, patience_ms: str) -> Iterator:
    """A counter whose receivables is the one above."""

    @contextmanager
    def listening():
        server = grpc.server(futures.ThreadPoolExecutor(4))
        their_stubs.add_ReceivablesServiceServicer_to_server(receivables, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield f"127.0.0.1:{port}"
        finally:
            receivables.release.set()
            server.stop(grace=0).wait()

    with (
        listening() as address,
        make_app(MILLAGE_RECEIVABLES_ADDR=address, MILLAGE_QUOTE_TIMEOUT_MS=patience_ms) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        yield type(counter)(channel, keys)


def _quote(counter, **asked) -> pb.QuoteResponse:
    return counter.stub.Quote(pb.QuoteRequest(**asked), metadata=counter.metadata, timeout=120)


def test_cash_025_a_quote_is_receivables_own(window, receivables) -> None:
    """Figure for figure, in the version it names, not provisional."""
    quote = _quote(window, parcel_number=PARCEL, as_of="2022-04-01")

    (bill,) = quote.bills
    assert (quote.provisional, quote.as_of, quote.open_cents) == (False, "2022-04-01", 508)
    assert (bill.bill_version, bill.owner_name, bill.open_cents) == (3, "Imogen Vale", 508)
    assert [(one.tax_open_cents, one.interest_open_cents) for one in bill.installments] == [
        (500, 8)
    ]


@pytest.mark.parametrize(
    ("called_due_on", "due_on"), [("", "2022-03-01"), ("2021-09-01", "2021-09-01")]
)
def test_cash_025_an_installment_is_due_by_its_day_or_the_one_it_is_called_for(
    window, receivables, called_due_on: str, due_on: str
) -> None:
    """A missed installment may call the others due before their own days."""
    receivables.called_due_on = called_due_on
    (bill,) = _quote(window, parcel_number=PARCEL, as_of="2022-04-01").bills

    assert [one.due_on for one in bill.installments] == [due_on]


def test_cash_026_the_date_the_token_and_the_trace_go_with_it(window, receivables) -> None:
    """Receivables checks the same caller, in the same trace; without a date, today's."""
    _quote(window, parcel_number=PARCEL)
    ((request, metadata),) = receivables.asked

    assert (request.parcel_number, request.as_of) == (PARCEL, "2023-03-31")
    assert metadata["authorization"] == dict(window.metadata)["authorization"]
    assert metadata["traceparent"].startswith("00-")


@pytest.mark.parametrize(
    ("trouble", "patience_ms"), [("late", "300"), ("unavailable", "60000"), ("broken", "60000")]
)
def test_cash_025_the_counter_quotes_provisionally_without_receivables(
    window, receivables, bill_of, trouble: str
) -> None:
    """From the read copy and marked so; what ails receivables is no matter of the counter's."""
    if trouble == "late":
        receivables.release.clear()
    else:
        receivables.code = {
            "unavailable": grpc.StatusCode.UNAVAILABLE,
            "broken": grpc.StatusCode.INTERNAL,
        }[trouble]
    quote = _quote(window, parcel_number=PARCEL)

    assert quote.provisional
    (bill,) = quote.bills
    assert bill.bill_id == str(bill_of(PARCEL, 2021))
    assert bill.open_cents == quote.open_cents == 1_260_222
    assert sum(one.tax_open_cents for one in bill.installments) == 1_260_222


def test_cash_025_a_counter_that_was_told_no_address_quotes_provisionally(counter, bill_of) -> None:
    """By parcel or by bills."""
    bill_id = str(bill_of(PARCEL, 2021))

    assert _quote(counter, parcel_number=PARCEL).provisional
    assert [bill.bill_id for bill in _quote(counter, bill_ids=[bill_id]).bills] == [bill_id]


def test_cash_025_a_refusal_without_a_reason_is_a_refusal_all_the_same(
    window, receivables, refused
) -> None:
    """QUOTE_REFUSED: whatever stands between may leave a reason out; nobody guesses a figure."""
    receivables.code = grpc.StatusCode.INVALID_ARGUMENT
    error = refused("QUOTE_REFUSED", _quote, window, parcel_number=PARCEL)

    assert (error.code(), error.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "as told")


def test_a_provisional_quote_can_be_paid(window, receivables) -> None:
    """The counter never waits for another service."""
    receivables.code = grpc.StatusCode.UNAVAILABLE
    (bill,) = _quote(window, parcel_number=PARCEL).bills
    session = window.open()
    line = window.line(bill.open_cents, UUID(bill.bill_id), bill.bill_version)
    tenders = [window.check(bill.open_cents)]

    assert window.pay(session.session_id, lines=[line], tenders=tenders).total_cents == 1_260_222


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (RefusalKind.PRECONDITION, grpc.StatusCode.FAILED_PRECONDITION),
        (RefusalKind.INVALID, grpc.StatusCode.INVALID_ARGUMENT),
        (RefusalKind.FORBIDDEN, grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_what_receivables_refuses_is_refused_in_its_words(
    window, receivables, refused, kind, code
) -> None:
    """No second figure is made up where the first was refused."""
    receivables.refusal = Refusal("NO_LAW_IN_FORCE", "no interest rule for 1999", kind=kind)
    error = refused("NO_LAW_IN_FORCE", _quote, window, parcel_number=PARCEL)

    assert (error.code(), error.details()) == (code, "no interest rule for 1999")


def test_a_parcel_without_bills_is_said_so(window, counter, receivables, refused) -> None:
    """BILL_NOT_FOUND, whoever was asked."""
    refused("BILL_NOT_FOUND", _quote, window, parcel_number="nobody")
    receivables.refusal = Refusal("BILL_NOT_FOUND", "none", kind=RefusalKind.NOT_FOUND)
    refused("BILL_NOT_FOUND", _quote, window, parcel_number=PARCEL)
    error = refused("BILL_NOT_FOUND", _quote, counter, bill_ids=[str(UUID(int=8))])

    assert str(UUID(int=8)) in error.details()


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "QUOTE_KEY_MISSING"),
        ({"bill_ids": ["x"]}, "ID_INVALID"),
        ({"parcel_number": PARCEL, "as_of": "soon"}, "DATE_INVALID"),
        ({"parcel_number": "\x00"}, "TEXT_INVALID"),
    ],
)
def test_a_quote_that_cannot_be_meant_is_refused(counter, refused, asked, reason: str) -> None:
    """Before anybody is asked."""
    refused(reason, _quote, counter, **asked)


def test_cash_025_a_provisional_quote_knows_what_is_called_due_by_its_day(
    app, counter, bill_of
) -> None:
    """Told ahead with the last balance: nobody tells anew when the day comes."""
    call = {"from_on": "2022-03-02", "due_on": "2022-03-01"}
    bill_id = bill_of(PARCEL, 2021)
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "update dues set installments = jsonb_set(installments, '{1,call}', %s)"
            " where bill_id = %s",
            (json.dumps(call), bill_id),
        )
    days = [
        [
            one.due_on
            for one in _quote(counter, bill_ids=[str(bill_id)], as_of=day).bills[0].installments
        ]
        for day in ("2022-03-01", "2022-03-02")
    ]
    assert days == [["2022-03-01", "2022-12-30"], ["2022-03-01", "2022-03-01"]]


@pytest.fixture
def stayed(app, bill_of) -> Iterator[None]:
    """A bill in a pending plan, with a code of bankruptcy, on a parcel that is on hold."""
    tables = ("collection_holds", "plans", "plan_bills", "code_settings", "bill_codes")
    testing.empty(app, tables)
    bill_id = str(bill_of(PARCEL, 2021))
    for method, event, subject, data in (
        ("on_hold_placed", "collections.HoldPlaced", "hold/1", {
            "hold_id": str(UUID(int=7)), "parcel_number": PARCEL, "kind": "litigation",
            "reason": "suit", "authority": "22-L-7", "begins_on": "2023-03-01", "ends_on": None}),
        ("on_plan_status_changed", "receivables.PlanStatusChanged", "plan/P-1", {
            "plan_number": "P-1", "status": "pending", "bill_ids": [bill_id]}),
        ("on_code_setting_changed", "receivables.CodeSettingChanged", "code/BANK", {
            "code": "BANK", "description": "In bankruptcy", "switches": ["bankruptcy"]}),
        ("on_bill_code_changed", "receivables.BillCodeChanged", f"bill/{bill_id}", {
            "bill_id": bill_id, "code": "BANK", "codes": [{"code": "BANK"}]}),
    ):  # fmt: skip
        body = testing.foreign_event(f"org.millage.{event}.v1", subject, data)
        app.consumer.absorb(method, [body])
    yield
    testing.empty(app, tables)


def test_coll_010_a_provisional_quote_warns_as_a_full_one(
    stayed, window, receivables, bill_of
) -> None:
    """Holds, plans and codes are this service's own copies: receivables may be away."""
    bill_id = bill_of(PARCEL, 2021)
    receivables.bill_id = bill_id
    full = _quote(window, parcel_number=PARCEL)
    receivables.code = grpc.StatusCode.UNAVAILABLE
    away = _quote(window, parcel_number=PARCEL)

    assert (full.provisional, away.provisional) == (False, True)
    (said,), (said_again,) = (
        [[(one.code, one.severity) for one in bill.warnings] for bill in answer.bills]
        for answer in (full, away)
    )
    assert said == said_again
    assert sorted(said) == [
        ("CODE_BANKRUPTCY", "warn"), ("COLLECTION_HOLD", "warn"), ("PLAN_PENDING", "refuse"),
    ]  # fmt: skip


def test_a_bill_nobody_stays_is_quoted_without_a_word(window, receivables) -> None:
    """Nor is one this copy has not heard of."""
    answers = [_quote(window, parcel_number=PARCEL)]
    receivables.code = grpc.StatusCode.UNAVAILABLE
    answers.append(_quote(window, parcel_number=PARCEL))
    assert [list(bill.warnings) for answer in answers for bill in answer.bills] == [[], []]
