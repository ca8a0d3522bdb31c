"""`millage drawer`: from a session's header to its second count, its checks and the bank."""

from typing import Annotated

import typer
from rich.console import Group

from millage.cashiering.v1 import cashiering_pb2, reconciliation_pb2, sessions_pb2
from millage.cashiering.v1.reconciliation_pb2_grpc import ReconciliationServiceStub
from millage.cashiering.v1.sessions_pb2_grpc import SessionsServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import ExitCode, usage

drawer = typer.Typer(help="A drawer counted, reconciled and deposited.", no_args_is_help=True)
SessionId = Annotated[
    str, typer.Argument(envvar="MILLAGE_SESSION", help="The session's id.", show_default=False)
]


def _sessions(run: Invocation) -> SessionsServiceStub:
    return SessionsServiceStub(run.client.channel("cashiering"))


def _office(run: Invocation) -> ReconciliationServiceStub:
    return ReconciliationServiceStub(run.client.channel("cashiering"))


@command(drawer)
def header(run: Invocation, session: SessionId = "") -> None:
    """Show a session's header; without a session, the one to go on with."""
    if session:
        request = sessions_pb2.GetSessionHeaderRequest(session_id=session)
        found = _sessions(run).GetSessionHeader(request)
    else:
        found = _sessions(run).ResumeSession(sessions_pb2.ResumeSessionRequest())
    run.out.answer(found, _header_view(found))


@command(drawer)
def use(run: Invocation, session: SessionId, key: Key = "") -> None:
    """Make an open session of yours the one to go on with."""
    request = sessions_pb2.SetDefaultSessionRequest(
        idempotency_key=key_or_new(key), session_id=session
    )
    found = _sessions(run).SetDefaultSession(request)
    run.out.answer(found, _header_view(found))


@command(drawer, "effective-date")
def effective_date(
    run: Invocation,
    session: SessionId,
    day: Annotated[str, typer.Argument(metavar="DATE", help="The one to count from.")],
    key: Key = "",
) -> None:
    """Move an open session to another effective date, with a series of numbers of its own."""
    request = sessions_pb2.ChangeEffectiveDateRequest(
        idempotency_key=key_or_new(key), session_id=session, effective_on=typed.day(day, "DATE")
    )
    found = _sessions(run).ChangeEffectiveDate(request)
    run.out.answer(found, _header_view(found))


@command(drawer)
def recount(
    run: Invocation,
    session: SessionId,
    count: Annotated[
        list[str] | None, typer.Option(metavar="KIND=AMOUNT", help="What was counted again.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why it differs from the first count.")] = "",
    key: Key = "",
) -> None:
    """Count a closed drawer again and approve it; never its own cashier."""
    counts = [
        cashiering_pb2.TenderCount(
            tender_type=cashiering_pb2.TenderType.ValueType(kind), counted_cents=cents
        )
        for kind, cents in typed.counts(count or ()).items()
    ]
    request = reconciliation_pb2.RecountSessionRequest(
        idempotency_key=key_or_new(key), session_id=session, counts=counts, note=note
    )
    found = _office(run).RecountSession(request)
    shown = facts(
        ("counted again by", found.recounted_by),
        ("over or short", money(found.over_short_cents, signed=True)),
        ("against the first count", money(found.difference_cents, signed=True)),
        ("note", found.note),
    )
    run.out.answer(found, shown)


@command(drawer)
def checks(
    run: Invocation,
    session: SessionId,
    check: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER=AMOUNT", help="A check in the drawer.")
    ] = None,
    key: Key = "",
) -> None:
    """Enter checks that lie in a drawer, and show which match; without any, only show."""
    if check:
        request = reconciliation_pb2.EnterChecksRequest(
            idempotency_key=key_or_new(key), session_id=session, checks=map(_check, check)
        )
        found = _office(run).EnterChecks(request)
    else:
        asked = reconciliation_pb2.GetCheckReconciliationRequest(session_id=session)
        found = _office(run).GetCheckReconciliation(asked)
    shown = table("", "check", "amount", "receipt", "", right=("amount",))
    for said, rows in (
        ("matched", found.matched),
        ("only in the drawer", found.only_entered),
        ("only on the receipt", found.only_tendered),
    ):
        for one in rows:
            shown.add_row(one.check_number, money(one.amount_cents), one.receipt_number, said)
    run.out.answer(found, shown)
    if found.only_entered or found.only_tendered:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _check(text: str) -> reconciliation_pb2.EnteredCheck:
    number, equals, amount = text.rpartition("=")
    if not equals:
        raise usage("CHECK_INVALID", f"--check {text}: write NUMBER=AMOUNT")
    return reconciliation_pb2.EnteredCheck(
        check_number=number, amount_cents=typed.cents(amount, f"--check {number}")
    )


@command(drawer)
def deposit(
    run: Invocation,
    session: Annotated[list[str], typer.Argument(help="Closed sessions.", metavar="SESSION...")],
    on: Annotated[str, typer.Option(help="The day it goes to the bank.")],
    reference: Annotated[str, typer.Option(help="The bank's slip, bag or account.")] = "",
    key: Key = "",
) -> None:
    """Take the money of closed sessions to the bank, so that it may be released."""
    request = reconciliation_pb2.MakeDepositRequest(
        idempotency_key=key_or_new(key),
        session_ids=session,
        deposited_on=typed.day(on, "--on"),
        bank_reference=reference,
    )
    found = _office(run).MakeDeposit(request)
    shown = facts(
        ("deposit", found.deposit_number),
        ("day", found.deposited_on),
        ("total", money(found.total_cents)),
        ("sessions", len(found.session_ids)),
    )
    run.out.answer(found, shown)


@command(drawer, "day")
def day_(
    run: Invocation, date: Annotated[str, typer.Argument(metavar="DATE", help="Business date.")]
) -> None:
    """Show a day's drawers, and whether they are what the ledger has, to the cent."""
    request = reconciliation_pb2.GetDailyBalanceRequest(business_date=typed.day(date, "DATE"))
    found = _office(run).GetDailyBalance(request)
    shown = table("", "till", "cashier", "receipts", "total", "over", "deposit", right=("total",))
    for one in found.sessions:
        over = money(one.over_short_cents, signed=True)
        row = (one.till_code, one.cashier, str(one.receipt_count), money(one.total_cents), over)
        shown.add_row(*row, one.deposit_number)
    totals = facts(
        ("received", money(found.received_cents)),
        ("deposited", money(found.deposited_cents)),
        ("for sources", money(found.source_cents)),
        ("against the ledger", _against(found)),
    )
    run.out.answer(found, Group(shown, totals))
    if found.ledger.known and not found.ties:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _against(found: reconciliation_pb2.DailyBalance) -> str:
    if not found.ledger.known:
        return "receivables did not answer"
    return "it ties" if found.ties else money(found.difference_cents, signed=True)


def _header_view(found: sessions_pb2.SessionHeader) -> Group:
    session = found.session
    shown = table("", "paid for", "year", "bills", "amount", right=("bills", "amount"))
    for one in found.totals:
        year = str(one.tax_year) if one.tax_year else ""
        shown.add_row(one.payment_type, year, str(one.bill_count), money(one.amount_cents))
    for each in found.misc_totals:
        shown.add_row(f"  {each.source_code}", "", str(each.line_count), money(each.amount_cents))
    head = facts(
        ("session", session.session_id),
        ("till", session.till_code),
        ("business date", session.business_date),
        ("effective date", session.effective_on),
        ("source", found.payment_source),
        ("next receipt", found.next_receipt_number),
        ("total", money(session.total_cents)),
    )
    return Group(head, shown)
