"""Levy's commands on trust taxes: accounts, and returns that become bills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, events, queries, returns, roll_store, versions
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain import true_up
from levy_service.domain.billing import ComputedBill, ComputedLine
from levy_service.domain.increment import Part
from levy_service.domain.installments import ComputedInstallment
from levy_service.domain.roll import ParcelRow
from levy_service.domain.true_up import CannotPost, PeriodReturn, Posting
from levy_service.guard import gate
from levy_service.trust_taxes import store
from levy_service.trust_taxes.rulebook import TrustTaxType
from levy_service.trust_taxes.store import Account, Filed
from levy_service.versions import Because, NextVersion
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.errors import Refusal, invalid
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Return:
    """A return to be posted."""

    account_number: str
    return_number: str
    tax_year: int
    posting: Posting


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a return."""

    bill_id: UUID
    bill_number: str
    billed_cents: int
    due_on: date
    taken_off_cents: int


def open_account(app: LevyApp, connection: Connection, row: dict[str, Any]) -> None:
    app.trust_taxes.find(row["tax_type"], row["opened_on"].year)
    store.insert_account(connection, row)


def close_account(app: LevyApp, connection: Connection, number: str, on: date, user: str) -> None:
    """Close an account: the period of that day is its last."""
    account = store.account(connection, number, lock=True)
    kind, _ = app.trust_taxes.find(account.tax_type, on.year)
    last = true_up.last_period_of(kind.periods, on.year, on)
    known = store.last_return(connection, number)
    if on < account.opened_on or (known is not None and (on.year, last) < known):
        raise invalid(
            "CLOSED_ON_TOO_EARLY",
            f"{on} is before the account was opened, or before a period whose return is on file",
            "closed_on",
        )
    row = {
        "account_number": number,
        "closed_on": on,
        "closed_by": user,
        "recorded_at": app.clock.now(),
    }
    if not store.insert_closing(connection, row):
        raise Refusal("ACCOUNT_CLOSED", f"account {number} was closed on {account.closed_on}")


def year_of(app: LevyApp, account: Account, tax_year: int) -> tuple[TrustTaxType, true_up.Account]:
    """An account's tax and what its year looks like."""
    kind, _ = app.trust_taxes.find(account.tax_type, tax_year)
    last = true_up.last_period_of(kind.periods, tax_year, account.closed_on)
    return kind, true_up.Account(kind.periods, last, kind.last_period_recap)


def post(app: LevyApp, connection: Connection, asked: Asked, given: Return) -> Posted:
    """Post a period's return: its bill is issued; a recap also mends what was billed too much."""
    account = store.account(connection, given.account_number, lock=True)
    kind, year = year_of(app, account, given.tax_year)
    filed = store.filed(connection, given.account_number, given.tax_year)
    billed = [PeriodReturn(each.period, each.billed_cents) for each in filed]
    try:
        wanted = true_up.asked_of(year, billed, given.posting)
    except CannotPost as problem:
        raise Refusal(problem.reason.value, problem.message) from problem
    posted = _issue(app, connection, asked, given, account, kind, wanted)
    returns.file(connection, app.clock, posted.bill_id, given.return_number, asked.user)
    store.insert_return(
        connection,
        (posted.bill_id, given.account_number, given.tax_year, given.posting.period,
         given.posting.tax_cents, given.posting.is_recap),
    )  # fmt: skip
    if wanted.too_much_cents:
        _take_off(app, connection, asked, filed, true_up.taken_off(billed, wanted.too_much_cents))
    return posted


def _issue(
    app: LevyApp, connection: Connection, asked: Asked, given: Return, account: Account,
    kind: TrustTaxType, wanted: true_up.Asked,
) -> Posted:  # fmt: skip
    """Issue the bill of a return: one line for the tax's agency, one installment."""
    period, year, bill_id = given.posting.period, given.tax_year, ids.new_id()
    due_on = kind.due_on(year, period, app.trust_taxes.days)
    number = f"{year}-{given.account_number}-{period:02d}"
    line = ComputedLine(kind.agency_code, kind.agency_name, 0, wanted.billed_cents, 0)
    demand = ComputedInstallment(1, due_on, wanted.billed_cents)
    computed = ComputedBill(0, 0, wanted.billed_cents, (line,), (demand,))
    payer = _payer(account)
    roll_id = _roll(app, connection, asked, given, kind, wanted.billed_cents)
    told = events.bill_created(
        str(bill_id), number, app.law.jurisdiction_id, year, payer, computed, Part.WHOLE,
        returns.TRUST_TAX,
    )  # fmt: skip
    store.write_bill(
        connection,
        app.settings.county,
        {
            "bill_id": bill_id, "bill_version": 1, "bill_number": number, "tax_year": year,
            "parcel_number": payer.parcel_number, "tax_code": "", "property_class": "",
            "owner_name": payer.owner_name, "owner_email": payer.owner_email,
            "net_value_dollars": 0, "composite_thousandths": 0,
            "total_cents": wanted.billed_cents, "roll_id": roll_id, "part": Part.WHOLE.value,
        },
        {
            "bill_id": bill_id, "bill_version": 1, "place": 1, "agency_code": kind.agency_code,
            "agency_name": kind.agency_name, "amount_cents": wanted.billed_cents,
        },
        (bill_id, 1, 1, due_on, wanted.billed_cents),
        OutgoingEvent(
            ids.new_id(), events.BILL_CREATED, f"bill/{bill_id}", 1, app.clock.now(), told,
            asked.traceparent,
        ),
    )  # fmt: skip
    return Posted(bill_id, number, wanted.billed_cents, due_on, wanted.too_much_cents)


def _payer(account: Account) -> ParcelRow:
    """The account where a roll has a parcel."""
    return ParcelRow(
        row=1, parcel_number=account.account_number, tax_code="", property_class="", township="",
        value_dollars=0, net_value_dollars=0, prior_year_total_cents=0,
        owner_name=account.owner_name, owner_email=account.owner_email,
    )  # fmt: skip


def _roll(
    app: LevyApp, connection: Connection, asked: Asked, given: Return, kind: TrustTaxType,
    cents: int,
) -> UUID:  # fmt: skip
    """A return is a roll of one bill: what every bill names as where it comes from."""
    roll_id = ids.new_id()
    _, rule_id = app.trust_taxes.find(kind.code, given.tax_year)
    roll_store.insert_roll(
        connection,
        {
            "roll_id": roll_id, "jurisdiction": app.law.jurisdiction_id,
            "tax_year": given.tax_year, "source": f"return {given.return_number}",
            "bill_class": returns.TRUST_TAX, "pack_version": app.trust_taxes.pack_version,
            "rule_ids": [rule_id], "loaded_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent), "recorded_at": app.clock.now(),
        },
    )  # fmt: skip
    roll_store.finish_roll(connection, roll_id, 1, 1, cents)
    return roll_id


def _take_off(
    app: LevyApp,
    connection: Connection,
    asked: Asked,
    filed: Sequence[Filed],
    amounts: dict[int, int],
) -> None:
    """Issue the next version of bills that were too high; what was paid of it becomes surplus."""
    bills = {each.period: each.bill_id for each in filed}
    lowered = [bills[period] for period in amounts]
    gate.refuse_while_held(connection, lowered)
    corrections_store.lock_all(connection, lowered)
    todo = []
    for period, cents in amounts.items():
        before = queries.bill_in(connection, bills[period])
        terms = versions.terms_of(app, before)
        todo.append(NextVersion(before, _lowered(before, cents), terms))
    why = Because(
        app.clock.today(), "the year's recap is less than was billed", asked.user, asked.traceparent
    )
    versions.issue(app, connection, todo, why)


def _lowered(before: queries.WholeBill, cents: int) -> ComputedBill:
    (line,), (part,) = before.lines, before.installments
    return ComputedBill(
        0,
        0,
        cents,
        (ComputedLine(line.agency_code, line.agency_name, 0, cents, 0),),
        (ComputedInstallment(part.installment, part.due_on, cents),),
    )
