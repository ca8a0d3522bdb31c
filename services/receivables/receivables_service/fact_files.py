"""Facts of one bill as a person writes them down, and what follows from them, as plain values."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    Allotment,
    AllottedRow,
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    DrawnFor,
    Fact,
    FeeCharged,
    GraceExpired,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
    WaivedAmount,
)
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    DeferralEnded,
)
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis, Terms
from receivables_service.fact_answers import installment, key
from taxkit import ids, requests
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

_RECEIPTS = UUID("6f1c8f3c-3a53-5d64-9d0b-6d6c5f0c2f11")
_START = datetime(2000, 1, 1, tzinfo=UTC)
_INSTALLMENT_MAX = 1000
_FACTS_MAX = 1_000_000


class FactsInvalid(ValueError):
    """A file of facts that cannot be read; says at which fact and why."""


def read(document: Any) -> list[Fact]:
    """Read the facts of one bill in the order they are written, which breaks ties of a day."""
    rows = document.get("facts") if isinstance(document, dict) else document
    if not isinstance(rows, list) or not rows:
        raise FactsInvalid('a list of facts is needed, or an object with the list "facts"')
    facts = [_fact(number, row) for number, row in enumerate(rows, 1)]
    if sum(isinstance(fact, BillIssued) for fact in facts) != 1:
        raise FactsInvalid('exactly one fact is "issued": the demand itself')
    _check_draws(facts)
    return facts


def _check_draws(facts: Sequence[Fact]) -> None:
    """Refuse to draw on what is no payment of the receipt named."""
    paid = {fact.fact_id: fact.receipt_id for fact in facts if isinstance(fact, PaymentReceived)}
    for number, fact in enumerate(facts, 1):
        if isinstance(fact, MoneyDrawn) and paid.get(fact.payment_id) != fact.receipt_id:
            of = fact.payment_id.int
            raise FactsInvalid(f"fact {number}, draw: fact {of} is no payment of that receipt")


def derived(document: Any, terms: Terms, as_of: date | None) -> dict[str, Any]:
    """Derive a bill from a file of facts; the amounts of a date, or the ledger's own."""
    facts = read(document)
    try:
        state = derive(facts, terms, as_of)
    except ValueError as error:
        raise FactsInvalid(str(error)) from error
    receipts = {
        row["receipt"]: _receipt(row["receipt"])
        for row in (document["facts"] if isinstance(document, dict) else document)
        if "receipt" in row
    }
    names = {receipt_id: name for name, receipt_id in receipts.items()}
    return {
        "pack_version": terms.pack_version,
        "as_of": as_of.isoformat() if as_of else None,
        **told(state, names, {fact.fact_id: n for n, fact in enumerate(facts, 1)}),
    }


def told(
    state: BillState, receipts: Mapping[UUID, str], facts: Mapping[UUID, int]
) -> dict[str, Any]:
    """Everything a bill's state says, each row with the number of the fact it comes from."""
    return {
        "open_cents": state.open_cents,
        "received_cents": state.received_cents,
        "applied_cents": state.applied_cents,
        "surplus_cents": state.surplus_cents,
        "suspense_cents": state.suspense_cents,
        "paid_in_full": state.paid_in_full,
        "defaulted": state.defaulted,
        "pi_locked": state.locked,
        "pi_deferred": state.deferred,
        "interest_basis": state.basis.value if state.basis else None,
        "codes": list(state.codes),
        "installments": [installment(each) for each in state.installments],
        "charges": [
            {**key(row), "fact": None if row.fact_id is None else facts[row.fact_id]}
            for row in state.charges
        ],
        "payments": [
            {**key(row), "fact": facts[row.fact_id], "receipt": receipts[row.receipt_id]}
            for row in state.payments
        ],
        "held": [
            {
                "kind": row.kind.value,
                "amount_cents": row.amount_cents,
                "rule_id": row.rule_id,
                "fact": facts[row.fact_id],
                "receipt": receipts[row.receipt_id],
            }
            for row in state.unapplied
        ],
    }


def _fact(number: int, row: Any) -> Fact:
    if not isinstance(row, dict):
        raise FactsInvalid(f"fact {number} is no object")
    kind = row.get("fact")
    make = _MAKERS.get(kind) if isinstance(kind, str) else None
    if make is None:
        raise FactsInvalid(f"fact {number} is {kind!r}: there are {', '.join(_MAKERS)}")
    try:
        head = (UUID(int=number), _day(row, "on"), _START + timedelta(seconds=number))
        return make(head, row)
    except KeyError as error:
        raise FactsInvalid(f"fact {number}, {kind}: no {error.args[0]}") from error
    except (TypeError, ValueError, AttributeError, ArithmeticError, Refusal) as error:
        raise FactsInvalid(f"fact {number}, {kind}: {error}") from error


def _day(row: Mapping[str, Any], name: str) -> date:
    return requests.required_date(row[name], name)


def _cents(row: Mapping[str, Any], name: str = "amount_cents") -> int:
    return _whole(row[name], name, CENTS_MAX)


def _number(row: Mapping[str, Any]) -> int:
    return _whole(row["installment"], "installment", _INSTALLMENT_MAX)


def _whole(value: Any, name: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"{name} is {value!r}, no whole number from 0 to {most}")
    return value


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is {value!r}, no text")
    return value


def _receipt(name: Any) -> UUID:
    if not isinstance(name, str) or not name:
        raise ValueError(f"receipt is {name!r}, no text")
    return ids.derived_id(_RECEIPTS, name)


Head = tuple[UUID, date, datetime]


def _issued(head: Head, row: Mapping[str, Any]) -> Fact:
    demand = tuple(
        BillInstallment(_number(one), _day(one, "due_on"), _cents(one))
        for one in row["installments"]
    )
    year = _whole(row["tax_year"], "tax_year", 9999)
    names = (row.get("district", ""), row.get("bill_class", ""))
    return BillIssued(*head, year, demand, *names, funds=_funds(row))


def _corrected(head: Head, row: Mapping[str, Any]) -> Fact:
    targets = [
        InstallmentTarget(
            _number(one), _cents(one), _day(one, "due_on") if "due_on" in one else None
        )
        for one in row["installments"]
    ]
    return BillCorrected(*head, tuple(targets), funds=_funds(row))


def _funds(row: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((_text(one, "fund"), _cents(one)) for one in row.get("funds", ()))


def _waived(head: Head, row: Mapping[str, Any]) -> Fact:
    waived = [
        WaivedAmount(_number(one), ChargeType(one["charge_type"]), _cents(one))
        for one in row["waived"]
    ]
    return InterestAndPenaltyWaived(*head, tuple(waived))


def _fee(head: Head, row: Mapping[str, Any]) -> Fact:
    said = (_text(row, "charge_code"), _cents(row), row.get("rule_id", "by-hand"))
    return FeeCharged(*head, *said, miscellaneous=row.get("miscellaneous", False) is True)


def _transfer(head: Head, row: Mapping[str, Any]) -> Fact:
    return CollectionTypeTransferred(*head, CollectionType(row["to"]), row.get("reason", ""))


def _allotted(row: Mapping[str, Any]) -> AllottedRow:
    carried = CollectionType(row["collection_type"]) if "collection_type" in row else None
    narrower = (row.get("charge_code", ""), carried, row.get("fund", ""))
    return AllottedRow(_number(row), ChargeType(row["charge_type"]), _cents(row), *narrower)


def _payment(head: Head, row: Mapping[str, Any]) -> Fact:
    asked = Allotment(
        rule=row.get("rule", ""),
        service=row.get("service", ""),
        rows=tuple(map(_allotted, row.get("rows", ()))),
        basis=InterestBasis(row["basis"]) if "basis" in row else None,
    )
    return PaymentReceived(*head, _receipt(row["receipt"]), _cents(row), asked)


def _drawn(head: Head, row: Mapping[str, Any]) -> Fact:
    payment = UUID(int=_whole(row["payment"], "payment", _FACTS_MAX))
    comes_back = row.get("comes_back", False) is True
    cents = -_cents(row) if comes_back else _cents(row)
    return MoneyDrawn(*head, _receipt(row["receipt"]), payment, cents, DrawnFor(row["for"]))


def _code_set(head: Head, row: Mapping[str, Any]) -> Fact:
    monthly, penalty = (
        Decimal(_text(row, name)) if name in row else None
        for name in ("monthly_rate", "penalty_rate")
    )
    through = _day(row, "through") if "through" in row else None
    fee = row.get("charge_code", "")
    return CodeSet(*head, _text(row, "code"), monthly, penalty, through, fee)


_MAKERS: dict[str, Callable[[Head, Mapping[str, Any]], Fact]] = {
    "issued": _issued,
    "payment": _payment,
    "reversal": lambda head, row: PaymentReversed(*head, _receipt(row["receipt"])),
    "draw": _drawn,
    "correction": _corrected,
    "default": lambda head, _row: DefaultDeclared(*head),
    "transfer": _transfer,
    "fee": _fee,
    "waiver": _waived,
    "unlocked": lambda head, _row: LockLifted(*head),
    "reallocation": lambda head, _row: Reallocated(*head),
    "grace_ended": lambda head, _row: GraceExpired(*head),
    "code_set": _code_set,
    "code_lifted": lambda head, row: CodeLifted(
        *head, _text(row, "code"), row.get("charge_code", "")
    ),
    "agency_holding": lambda head, row: AgencyHolding(*head, row["held"] is True),
    "deferred": lambda head, row: AccrualDeferred(*head, _text(row, "plan")),
    "deferral_ended": lambda head, row: DeferralEnded(
        *head, _text(row, "plan"), row["comes_back"] is True
    ),
}
KINDS: Sequence[str] = tuple(_MAKERS)
