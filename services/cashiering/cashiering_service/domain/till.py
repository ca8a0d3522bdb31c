"""One order decided: lines, tenders, and everything that is not plain about either."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from cashiering_service.domain import accepting as counter
from cashiering_service.domain.allotment import AllocationRule, Allotment, check_rows, rule_of
from cashiering_service.domain.charges import OpenCharges
from cashiering_service.domain.held import HeldMoney, Key, check_drawn, drawn_by
from cashiering_service.domain.limits import Limits, MayTake
from cashiering_service.domain.override import Action, Asker, Grant, check_named, permit
from cashiering_service.domain.part_findings import check_lines
from cashiering_service.domain.part_payments import ANY_PARTS, Parts
from cashiering_service.domain.receipt import BillDue, Order, OrderedLine, ReceiptLine, SessionHead
from cashiering_service.domain.source_lines import (
    Versions,
    accept_entries,
    check_required,
    in_force,
    numbered_after,
    out_of_escrow,
)
from cashiering_service.domain.sources import Entry, Source
from cashiering_service.domain.tender import Settlement, TenderKind
from cashiering_service.domain.tender_fees import check_fees
from cashiering_service.domain.waiver import check_waiver
from taxkit.errors import Refusal, forbidden


@dataclass(frozen=True, slots=True)
class Facts:
    """What one order is decided on."""

    cashier: str
    at: datetime
    dues: Mapping[UUID, BillDue]
    kinds: Mapping[str, TenderKind]
    limits: Limits
    # The law's own first.
    rules: Sequence[AllocationRule]
    # Of the bills `asks_for_charges` names.
    charges: Mapping[UUID, OpenCharges]
    grants: Sequence[Grant]
    # Money held that the tenders name, and the sorts of surplus that may be tendered.
    held: Mapping[Key, HeldMoney] = field(default_factory=dict)
    tenderable: Sequence[str] = ()
    # Of the miscellaneous sources the order names, and what flags on its bills' parcels ask for.
    sources: Versions = field(default_factory=dict)
    required: Mapping[UUID, tuple[str, Sequence[str]]] = field(default_factory=dict)

    def types_of(self, order: Order, on: date) -> tuple[set[str], set[str]]:
        """Payment types and sources an order pays for, as till and cashier list them."""
        types = {
            source.payment_type
            for entry in order.entries
            if (source := self._in_force(entry, on)) is not None
        }
        return types.union(order.payment_types), {entry.source_code for entry in order.entries}

    def _in_force(self, entry: Entry, on: date) -> Source | None:
        return in_force(self.sources.get(entry.source_code, ()), entry.effective_on or on)

    # Of back-dated orders: the latest date of a payment that stands, by bill.
    paid_on: Mapping[UUID, date] = field(default_factory=dict)
    parts: Parts = ANY_PARTS
    # The law's date of payment for the way the money came, where it is not the session's.
    lawful_on: date | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What becomes a receipt."""

    lines: tuple[ReceiptLine, ...]
    settled: Settlement
    effective_on: date
    grants: tuple[UUID, ...]

    @property
    def total_cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)


def asks_for_charges(order: Order, dues: Mapping[UUID, BillDue], limits: Limits) -> set[UUID]:
    """The bills whose open charges have to be known to decide an order; of a plain one, none."""
    draws = bool(drawn_by(order.tenders))
    return {
        line.bill_id
        for line in order.lines
        if line.waived
        or line.rows
        or draws
        or limits.may_take is not MayTake.ALL
        or (
            limits.tolerance_over_cents
            and (due := dues.get(line.bill_id)) is not None
            and line.amount_cents > due.open_cents
        )
    }


def back_dated(order: Order, session: SessionHead) -> list[UUID]:
    """The bills whose later payments matter: those for which somebody chose an earlier date."""
    return [
        line.bill_id
        for line in order.lines
        if (on := line.effective_on or order.effective_on) and on < session.business_date
    ]


def take(order: Order, session: SessionHead, facts: Facts) -> Taken:
    """Decide an order: every refusal comes from here, and nothing is done yet."""
    effective_on = counter.effective_date(order, session, facts.lawful_on)
    beside = accept_entries(order.entries, facts.sources, effective_on)
    check_fees(order.tenders, beside, facts.kinds)
    beside_cents = sum(line.amount_cents for line in beside)
    lines, bills_cents = counter.accept_lines(order, facts.dues, beside_cents)
    asked_cents = bills_cents + beside_cents
    _check_back_dated(lines, facts, effective_on)
    check_named(order.grants, facts.grants)
    _check_may_take(lines, facts)
    asker = Asker(facts.cashier, order.keys, facts.grants)
    used = [_permit_shortage(order, asked_cents, facts, asker)]
    short_cents = asked_cents - order.tendered_cents if used[0] else 0
    # What a source costs is paid whole: only a bill's line may be let go of a little.
    tolerance_cents = max(facts.limits.tolerance_short_cents, short_cents) if lines else 0
    settled = counter.weigh_tenders(order, asked_cents, facts.kinds, tolerance_cents)
    _check_advance_alone(lines, settled)
    used += _permit_waivers(order.lines, facts.limits, asker)
    wished = {line.bill_id: (place, line) for place, line in enumerate(order.lines)}
    lines = tuple(_with_terms(line, wished, facts) for line in lines)
    _check_held(order, lines, facts, effective_on, out_of_escrow(beside))
    lines = _settle_tolerance(lines, settled, facts, effective_on)
    _check_required(beside, lines, facts)
    lines = counter.keep_surplus(lines, settled.surplus_cents)
    check_lines(lines, facts.parts, effective_on)
    return Taken(
        numbered_after(beside, lines),
        settled,
        effective_on,
        tuple(sorted({one for one in used if one is not None})),
    )


def _check_held(
    order: Order, lines: Sequence[ReceiptLine], facts: Facts, effective_on: date, beside_cents: int
) -> None:
    """Hold tenders of money held to what is left of it, and to what the bills owe (CASH-048)."""
    if drawn := drawn_by(order.tenders):
        due_cents = sum(
            min(line.amount_cents, balance)
            if (balance := _balance(line, facts, effective_on)) is not None
            else line.amount_cents
            for line in lines
            if line.bill is not None
        )
        check_drawn(drawn, facts.held, facts.tenderable, due_cents, facts.at, beside_cents)


def _check_advance_alone(lines: Sequence[ReceiptLine], settled: Settlement) -> None:
    """Without a bill there is nowhere to put what is over, nor reason to let go what is short."""
    if lines and lines[-1].bill is None and (settled.surplus_cents or settled.short_cents):
        raise Refusal(
            "ADVANCE_NOT_EXACT", "an advance alone is tendered exactly, or with change given"
        )


def _check_required(
    beside: Sequence[ReceiptLine], lines: Sequence[ReceiptLine], facts: Facts
) -> None:
    bills = [line.bill.bill_id for line in lines if line.bill]
    check_required(dict(facts.required[one] for one in bills if one in facts.required), beside)


def _check_back_dated(lines: Sequence[ReceiptLine], facts: Facts, effective_on: date) -> None:
    """Refuse money for charges before a later payment that stands (CASH-032, Q-21)."""
    for line in lines:
        later = facts.paid_on.get(line.bill.bill_id) if line.bill else None
        on = line.effective_on or effective_on
        if line.bill and later and on < later and line.bill.open_cents:
            raise Refusal(
                "BACK_DATED",
                f"bill {line.bill.bill_number} has a payment of {later}, after {on}:"
                " nothing is applied before it",
                metadata={"later_on": later.isoformat()},
            )


def _check_may_take(lines: Sequence[ReceiptLine], facts: Facts) -> None:
    """Refuse bills of a collection type the cashier takes no money for (CASH-006)."""
    if facts.limits.may_take is MayTake.ALL:
        return
    for line in lines:
        if line.bill is None:
            continue
        types = facts.charges[line.bill.bill_id].collection_types
        carried = MayTake.UNSECURED if types == {"U"} else MayTake.SECURED
        if carried is not facts.limits.may_take:
            raise forbidden(
                "COLLECTION_TYPE_NOT_ALLOWED",
                f"{facts.cashier} takes {facts.limits.may_take} only, bill"
                f" {line.bill.bill_number} is {carried}",
            )


def _permit_shortage(order: Order, asked_cents: int, facts: Facts, asker: Asker) -> UUID | None:
    """The grant that lets more go than the tolerance, if the order names one for it."""
    short_cents = asked_cents - order.tendered_cents
    named = any(grant.action is Action.TOLERANCE for grant in facts.grants)
    if not named or order.allocate_tendered is None:
        return None
    return permit(Action.TOLERANCE, short_cents, facts.limits, asker)


def _permit_waivers(
    lines: Sequence[OrderedLine], limits: Limits, asker: Asker
) -> list[UUID | None]:
    """Hold each line's waiver to the cashier's limits; one grant serves all lines of its order."""
    asked: list[tuple[Action, Callable[[OrderedLine], int]]] = [
        (Action.PENALTY_WAIVER, lambda line: line.waived.penalty_cents if line.waived else 0),
        (Action.INTEREST_WAIVER, lambda line: line.waived.interest_cents if line.waived else 0),
    ]
    return [
        permit(action, max(map(cents, lines), default=0), limits, asker) for action, cents in asked
    ]


def _with_terms(
    line: ReceiptLine, wished: Mapping[UUID, tuple[int, OrderedLine]], facts: Facts
) -> ReceiptLine:
    """A line with its waiver and allocation, both held to what the bill has open."""
    if line.bill is None:
        return line
    place, wish = wished[line.bill.bill_id]
    said = bool(wish.service or wish.interest_basis or wish.account_keys)
    if not (line.rule_id or wish.waived or wish.rows or said):
        return replace(line, rule_id=facts.rules[0].code)
    field = f"lines[{place}]"
    rule = rule_of(line.rule_id, wish.service, facts.rules, f"{field}.allocation_rule")
    if wish.waived:
        charges = facts.charges[line.bill.bill_id]
        check_waiver(wish.waived, f"{field}.waived", charges, rule.charge_types, rule.code)
    if wish.rows:
        charges = facts.charges[line.bill.bill_id]
        check_rows(wish.rows, f"{field}.allocation", line.amount_cents, charges)
    chosen = bool(wish.rows) or bool(line.rule_id and rule is not facts.rules[0])
    # The service's own rule is receivables' to know, unless one is named here.
    named = rule.code if line.rule_id or chosen else ""
    allotment = Allotment(
        named,
        wish.rows,
        facts.cashier,
        facts.at,
        wish.service,
        wish.interest_basis,
        wish.account_keys,
    )
    return replace(
        line,
        rule_id=named if wish.service else rule.code,
        waived=wish.waived,
        allotment=allotment if chosen or said else None,
    )


def _settle_tolerance(
    lines: tuple[ReceiptLine, ...], settled: Settlement, facts: Facts, effective_on: date
) -> tuple[ReceiptLine, ...]:
    """Put what was short on the last line, and keep what a line brings just above its balance."""
    if not lines or not (facts.charges or settled.short_cents):
        return lines
    *others, last = [_keep_over(line, facts, effective_on) for line in lines]
    if settled.surplus_cents:
        # What the tender brings on top of the line is surplus, whole (CASH-043).
        last = lines[-1]
    return (*others, replace(last, tolerance_cents=last.tolerance_cents + settled.short_cents))


def _keep_over(line: ReceiptLine, facts: Facts, effective_on: date) -> ReceiptLine:
    """Q-18: above the whole balance and within the tolerance is kept; above that is surplus.

    Only when the balance is certain: where interest may have accrued since, the ledger decides.
    """
    balance = _balance(line, facts, effective_on)
    if not balance or not 0 < line.amount_cents - balance <= facts.limits.tolerance_over_cents:
        return line
    return replace(line, amount_cents=balance, tolerance_cents=balance - line.amount_cents)


def _balance(line: ReceiptLine, facts: Facts, effective_on: date) -> int | None:
    """What a line's bill owes less what is waived; None where that is not certain."""
    if line.bill is None:
        return None
    charges = facts.charges.get(line.bill.bill_id)
    if charges is None or not charges.is_certain(line.effective_on or effective_on):
        return None
    return charges.balance_cents - (sum(line.waived.by_type.values()) if line.waived else 0)
