"""A draft as it stands: its bills as they were drafted, and what it makes of each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import store, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain import modification
from levy_service.domain.billing import CannotBill, ComputedBill
from levy_service.domain.modification import (
    CannotModify,
    Drafted,
    Edit,
    Hindrance,
    Option,
    Standing,
    Told,
    ToldFee,
    ToldInstallment,
)
from levy_service.modifications import rows
from levy_service.queries import WholeBill
from taxkit.errors import not_found

BILLS_MAX = 500
"""A draft is looked through by a person, and sent as one message."""


@dataclass(frozen=True, slots=True)
class DraftedBill:
    """A bill of a draft, in the version it was drafted in."""

    whole: WholeBill
    edit: Edit
    chosen: bool = True
    newest_version: int = 0
    new_version: int | None = None

    @property
    def bill_id(self) -> UUID:
        bill_id: UUID = self.whole.bill.bill_id
        return bill_id

    @property
    def told(self) -> Told | None:
        row = self.whole.bill
        if row.told_installments is None:
            return None
        parts = tuple(
            ToldInstallment(number, date.fromisoformat(due_on), paid, still_open)
            for number, due_on, paid, still_open in row.told_installments
        )
        return Told(row.told_version, parts)

    @property
    def moved_on(self) -> bool:
        return self.new_version is None and self.newest_version > self.whole.bill.bill_version


@dataclass(frozen=True, slots=True)
class DraftedFee:
    """A fee of a draft; of a finished one what it was and what it is."""

    whole: WholeBill
    charge_code: str
    amount_cents: int | None = None
    new_cents: int | None = None

    @property
    def bill_id(self) -> UUID:
        bill_id: UUID = self.whole.bill.bill_id
        return bill_id

    @property
    def told(self) -> ToldFee | None:
        for each in self.whole.bill.told_fees or ():
            if each["charge_code"] == self.charge_code:
                misc = each.get("miscellaneous", False)
                return ToldFee(each["charged_cents"], each["open_cents"], misc)
        return None

    @property
    def hindrance(self) -> str:
        return "" if self.told is not None else Hindrance.FEE_NOT_FOUND.value


@dataclass(frozen=True, slots=True)
class Draft:
    head: Any
    bills: tuple[DraftedBill, ...]
    fees: tuple[DraftedFee, ...] = ()

    @property
    def modification_id(self) -> UUID:
        modification_id: UUID = self.head.modification_id
        return modification_id

    @property
    def bill_ids(self) -> set[UUID]:
        """The bills it is about, those that only bear a fee of it included."""
        return {each.bill_id for each in self.bills} | {each.bill_id for each in self.fees}

    @property
    def option(self) -> Option:
        return Option(self.head.option)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a draft makes of a bill; nothing where something hinders it, with the reason."""

    bill: DraftedBill
    after: ComputedBill | None
    changes: bool = False
    hindrance: str = ""
    message: str = ""


def find(connection: Connection, modification_id: UUID, *, lock: bool = False) -> Draft:
    head = rows.draft(connection, modification_id, lock=lock)
    if head is None:
        raise not_found("MODIFICATION_NOT_FOUND", f"there is no modification {modification_id}")
    kept = rows.bills_of(connection, modification_id)
    wholes = _wholes(connection, [(each.bill_id, each.bill_version) for each in kept])
    by_id = {each.bill_id: each for each in kept}
    bills = []
    for whole in wholes:
        row = by_id[whole.bill.bill_id]
        edit = Edit(row.net_value_dollars, row.total_cents, row.due_on, row.bill_code)
        bills.append(DraftedBill(whole, edit, row.chosen, row.newest_version, row.new_version))
    return Draft(head, tuple(bills), _fees(connection, modification_id))


def _fees(connection: Connection, modification_id: UUID) -> tuple[DraftedFee, ...]:
    kept = rows.fees_of(connection, modification_id)
    newest = {each.bill_id: each.newest_version for each in kept}
    wholes = {one.bill.bill_id: one for one in _wholes(connection, list(newest.items()))}
    return tuple(
        DraftedFee(wholes[each.bill_id], each.charge_code, each.amount_cents, each.new_cents)
        for each in kept
    )


def judge(app: LevyApp, draft: Draft) -> list[Judged]:
    """Tell what finishing a draft would make of each of its bills now."""
    return [judge_bill(app, bill, draft.option) for bill in draft.bills]


def judge_bill(app: LevyApp, bill: DraftedBill, option: Option) -> Judged:
    whole = bill.whole
    asked = Drafted(
        versions.as_issued(whole),
        versions.as_computed(whole),
        whole.bill.bill_version,
        bill.told,
        bill.edit,
    )
    try:
        after = modification.modified(asked, option, versions.terms_of(app, whole))
    except (CannotModify, CannotBill) as error:
        return Judged(bill, None, hindrance=error.reason.value, message=error.message)
    return Judged(bill, after, modification.changes(asked, after, option))


def as_issued(connection: Connection, bills: Sequence[DraftedBill]) -> dict[UUID, WholeBill]:
    """The versions that a finished modification issued."""
    issued = [(each.bill_id, each.new_version) for each in bills if each.new_version is not None]
    return {whole.bill.bill_id: whole for whole in _wholes(connection, issued)}


def modifiable(
    app: LevyApp, connection: Connection, wanted: dict[str, Any], standing: Standing, limit: int
) -> list[DraftedBill]:
    """The bills, as they stand, that a draft could be opened on."""
    standing_today = (standing, app.clock.today())
    found = _with_parts(connection, rows.candidates(connection, wanted, standing_today, limit))
    return [DraftedBill(whole, modification.NO_EDIT) for whole in found]


def _wholes(connection: Connection, wanted: Sequence[tuple[UUID, int]]) -> list[WholeBill]:
    return _with_parts(connection, rows.in_versions(connection, wanted)) if wanted else []


def _with_parts(connection: Connection, bills: Sequence[Any]) -> list[WholeBill]:
    lines = store.lines_of(connection, bills)
    installments = store.installments_of(connection, bills)
    return [WholeBill(row, lines[row.bill_id], installments[row.bill_id]) for row in bills]
