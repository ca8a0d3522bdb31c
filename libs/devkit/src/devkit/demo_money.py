"""The scenes with money: two remittance files, two payments at a window, and a reversal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from devkit.paths import REPOSITORY
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import reconciliation_pb2
from millage.cashiering.v1.reconciliation_pb2_grpc import ReconciliationServiceStub
from millage_cli import counter, remittance, typed
from millage_cli.client import Client, one_trace
from millage_cli.counter import Payment, WantedLine
from millage_cli.remittance import Remittance

FILES = REPOSITORY / "examples" / "remittances"
# The day the lockbox file came, just in time for the first installment of tax year 2021 …
LOCKBOX_DAY = "2022-02-28"
# … and one two days before its second is due, when everything older is late.
COUNTER_DAY = "2022-12-28"
BUSINESS_DATES = (LOCKBOX_DAY, COUNTER_DAY)
OUTCOMES = {"posted", "suspense", "rejected", "duplicate"}

LOCKBOX = Remittance(FILES / "lockbox-2022-02-28.txt", "bai-lockbox", "LOCKBOX", LOCKBOX_DAY)
LENDER = Remittance(FILES / "lender-2022-12-28.csv", "csv", "LENDER", COUNTER_DAY)
WINDOW = "WINDOW-1"

_WALK_IN = WantedLine(parcel_number="16313300050000", tax_year=2020)
_BASKET = (
    WantedLine(parcel_number="20304190020000", tax_year=2019),
    WantedLine(parcel_number="13314160290000", tax_year=2020),
)
_CHECK_CENTS = 1_000_00
_NOTE_CENTS = 20_00


@dataclass(frozen=True, slots=True)
class Scene:
    """A payment as it is announced, and the receipt it gave."""

    title: str
    receipt: pb.Receipt


def pay_at_window(client: Client, session: pb.Session) -> Iterator[Scene]:
    """Somebody walks in with a check and cash; then a title company pays for two owners."""
    with one_trace():
        yield Scene("a walk-in payment with a check and cash", _walk_in(client, session))
    with one_trace():
        yield Scene("two bills of different years, one check", _basket(client, session))


def _walk_in(client: Client, session: pb.Session) -> pb.Receipt:
    due = counter.find_bill(client, _WALK_IN, session.effective_on).open_cents
    # Whole twenty-dollar notes cover the rest, so there is change.
    cash = -(-(due - _CHECK_CENTS) // _NOTE_CENTS) * _NOTE_CENTS
    return counter.pay(
        client,
        Payment(
            session_id=session.session_id,
            lines=[_WALK_IN],
            tenders=[
                pb.Tender(
                    tender_type=pb.TENDER_TYPE_CHECK, amount_cents=_CHECK_CENTS, reference="1842"
                ),
                pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cash),
            ],
            payer_name="Ottoline Dragomir",
            payer_email="ottoline.dragomir@example.org",
        ),
    )


def _basket(client: Client, session: pb.Session) -> pb.Receipt:
    due = sum(counter.find_bill(client, line, session.effective_on).open_cents for line in _BASKET)
    return counter.pay(
        client,
        Payment(
            session_id=session.session_id,
            lines=_BASKET,
            tenders=[
                pb.Tender(tender_type=typed.TENDERS["check"], amount_cents=due, reference="77015")
            ],
            payer_name="Lakeside Title Agency",
            payer_email="closings@example.org",
        ),
    )


def send(client: Client, file: Remittance) -> pb.ImportRun:
    """Stream a remittance file in."""
    with one_trace():
        return remittance.import_file(client, file)


def missing_outcomes(runs: Sequence[pb.ImportRun]) -> set[str]:
    """What a file should have shown and did not."""
    return {
        f"{run.file_name}: no {outcome} line"
        for run in runs
        for outcome in OUTCOMES - {line.outcome for line in run.lines}
    }


def take_back(client: Client, receipt: pb.Receipt) -> pb.Receipt:
    """The title company's check comes back from the bank the same day."""
    with one_trace():
        return counter.reverse(client, receipt.receipt_number, "check returned by the bank")


def close(client: Client, session: pb.Session) -> pb.Session:
    """Count the drawer: it holds what it should."""
    with one_trace():
        found = counter.show_session(client, session.session_id)
        return counter.close_session(client, found.session_id, counter.as_expected(found))


def deposit(client: Client, day: str) -> reconciliation_pb2.Deposit:
    """Take a day's closed drawers to the bank: until then no agency is paid out of them."""
    desk = ReconciliationServiceStub(client.channel("cashiering"))
    balance = desk.GetDailyBalance(reconciliation_pb2.GetDailyBalanceRequest(business_date=day))
    return desk.MakeDeposit(
        reconciliation_pb2.MakeDepositRequest(
            idempotency_key=f"deposit of {day}",
            session_ids=[one.session_id for one in balance.sessions],
            deposited_on=day,
            bank_reference=f"bag of {day}",
        )
    )
