"""What a modification makes of a bill: its amounts, its due dates, or what was paid of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from levy_service.domain.billing import ComputedBill
from levy_service.domain.correction import (
    CorrectionTerms,
    StandingBill,
    to_net_value,
    to_total,
)
from levy_service.domain.installments import ComputedInstallment


class Option(StrEnum):
    """How a modification calculates; RB is no option of its own: it drops a draft's edits."""

    # Taxable amount and tax due as they are edited (LEVY-008).
    AMOUNTS = "MN"
    # Amounts stay, the effective due date changes (LEVY-009).
    DUE_DATE = "NC"
    # The bill is what was paid of it (LEVY-011).
    TO_PAID = "TP"


class Purpose(StrEnum):
    WRITE_OFF = "write_off"
    REFUND = "refund"
    EXEMPTION = "exemption"
    DUE_DATE = "due_date"


class Standing(StrEnum):
    """Which bills a draft is opened on: by whether something of them is past due."""

    ALL = "all"
    CURRENT = "current"
    DELINQUENT = "delinquent"


class Hindrance(StrEnum):
    """Why a bill cannot be modified as its draft has it."""

    # Nobody has said what was paid of it, or only of a version before this one.
    PAID_NOT_KNOWN = "PAID_NOT_KNOWN"
    # The bill bears no such fee any more, or the ledger has not told of one.
    FEE_NOT_FOUND = "FEE_NOT_FOUND"
    # An edit that is none of the draft's option.
    EDIT_NOT_OF_OPTION = "EDIT_NOT_OF_OPTION"


@dataclass(frozen=True, slots=True)
class ToldFee:
    """A fee of a bill as the ledger last told of it."""

    charged_cents: int
    open_cents: int
    # A miscellaneous receipt fee, as the ledger says.
    miscellaneous: bool = False

    @property
    def paid_cents(self) -> int:
        return self.charged_cents - self.open_cents

    def after(self, option: Option) -> int:
        """What it is after a modification: what was paid of it, or as it is."""
        return self.paid_cents if option is Option.TO_PAID else self.charged_cents


def option_with(asked: Option, fees: Iterable[ToldFee]) -> Option:
    """With a miscellaneous receipt fee in the draft it is TP; no other fee asks that (LEVY-012)."""
    return Option.TO_PAID if any(fee.miscellaneous for fee in fees) else asked


class CannotModify(Exception):
    """The draft asks for what cannot be done to a bill."""

    def __init__(self, reason: Hindrance, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Edit:
    """What a draft changes of one bill; nothing of what is none."""

    net_value_dollars: int | None = None
    total_cents: int | None = None
    due_on: date | None = None
    bill_code: str | None = None


NO_EDIT = Edit()


@dataclass(frozen=True, slots=True)
class ToldInstallment:
    """An installment as the ledger last told of it."""

    number: int
    due_on: date
    tax_paid_cents: int
    open_cents: int


@dataclass(frozen=True, slots=True)
class Told:
    """What the ledger last told of a bill, and of which version."""

    bill_version: int
    installments: tuple[ToldInstallment, ...]

    @property
    def tax_paid_cents(self) -> int:
        return sum(each.tax_paid_cents for each in self.installments)

    @property
    def open_cents(self) -> int:
        return sum(each.open_cents for each in self.installments)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A bill of a draft: as it was issued, what the ledger told of it, and what is to change."""

    issued: ComputedBill
    standing: StandingBill
    bill_version: int
    told: Told | None
    edit: Edit


def amended(before: Edit, given: Edit) -> Edit:
    """Put an edit on top of another: a new taxable amount brings its own tax due (LEVY-008)."""
    net_value, total = before.net_value_dollars, before.total_cents
    if given.net_value_dollars is not None:
        net_value, total = given.net_value_dollars, None
    if given.total_cents is not None:
        total = given.total_cents
    code = before.bill_code if given.bill_code is None else given.bill_code
    return Edit(net_value, total, given.due_on or before.due_on, code)


def check(edit: Edit, option: Option) -> None:
    """Refuse what the option does not let a clerk edit."""
    amounts = edit.net_value_dollars is not None or edit.total_cents is not None
    if amounts and option is not Option.AMOUNTS:
        raise _not_of(option, "taxable amount and tax due")
    if edit.due_on is not None and option is not Option.DUE_DATE:
        raise _not_of(option, "a due date")


def _not_of(option: Option, what: str) -> CannotModify:
    return CannotModify(
        Hindrance.EDIT_NOT_OF_OPTION, f"a draft with option {option} edits no {what}"
    )


def modified(bill: Drafted, option: Option, terms: CorrectionTerms) -> ComputedBill:
    """Tell what a bill of a draft is to be; CannotModify or CannotBill where it cannot be."""
    match option:
        case Option.AMOUNTS:
            return _to_amounts(bill, terms)
        case Option.DUE_DATE:
            moved = due_dates(bill.issued.installments, bill.edit.due_on)
            return replace(bill.issued, installments=moved)
        case Option.TO_PAID:
            return _to_paid(bill, terms)


def due_dates(
    installments: Sequence[ComputedInstallment], first_due_on: date | None
) -> tuple[ComputedInstallment, ...]:
    """The first is due on the new day, every other one not before it (LEVY-009, AC-18)."""
    if first_due_on is None:
        return tuple(installments)
    first, *others = installments
    return (
        replace(first, due_on=first_due_on),
        *(replace(each, due_on=max(each.due_on, first_due_on)) for each in others),
    )


def changes(bill: Drafted, after: ComputedBill, option: Option) -> bool:
    """Tell whether a bill needs another version to be what its draft makes of it."""
    if (after.total_cents, after.net_value_dollars, after.installments) != (
        bill.issued.total_cents,
        bill.issued.net_value_dollars,
        bill.issued.installments,
    ):
        return True
    # The tax may be paid while interest or penalty is not: that goes, too.
    return option is Option.TO_PAID and bill.told is not None and bill.told.open_cents > 0


def _to_amounts(bill: Drafted, terms: CorrectionTerms) -> ComputedBill:
    edit, standing, after = bill.edit, bill.standing, bill.issued
    if edit.net_value_dollars is not None:
        after = to_net_value(standing, edit.net_value_dollars, terms)
        standing = replace(standing, net_value_dollars=edit.net_value_dollars)
    if edit.total_cents is not None:
        after = to_total(standing, edit.total_cents, terms)
    return after


def _to_paid(bill: Drafted, terms: CorrectionTerms) -> ComputedBill:
    told = bill.told
    if told is None or told.bill_version < bill.bill_version:
        raise CannotModify(
            Hindrance.PAID_NOT_KNOWN,
            f"what is paid of it was not told for version {bill.bill_version} yet: try again",
        )
    paid = {each.number: each.tax_paid_cents for each in told.installments}
    if sum(paid.values()) == bill.issued.total_cents:
        return bill.issued
    return replace(
        to_total(bill.standing, sum(paid.values()), terms),
        installments=tuple(
            replace(each, amount_cents=paid.get(each.installment, 0))
            for each in bill.issued.installments
        ),
    )
