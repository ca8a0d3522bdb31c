"""A basket's header: what lines start with, or what of some lines is to be different (CASH-004)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from cashiering_service.domain.basket import Basket, Line, LineKind, changed
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.line_changes import LineChange, change_line
from cashiering_service.domain.paying import Quoted
from taxkit.errors import invalid


@dataclass(frozen=True, slots=True)
class Total:
    """What a basket pays of one kind: a tax type, an advance, a miscellaneous source."""

    kind: str
    name: str
    line_count: int
    paying_cents: int


def check_header(basket: Basket, effective_on: date | None, lines: Collection[int]) -> None:
    """Refuse a change of a basket's lines that names none, and a date still to come."""
    if basket.lines and not lines:
        raise invalid("LINES_MISSING", "name the lines that are to be different", "line_numbers")
    for number in lines:
        basket.line(number)
    if effective_on and effective_on > basket.session.business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{effective_on} is after the business date {basket.session.business_date}",
            "effective_on",
        )


def change_header(
    basket: Basket,
    effective_on: date | None,
    rule_id: str,
    quoted: Mapping[int, tuple[int, Quoted] | None],
    terms: BasketTerms,
) -> Basket:
    """Change what lines start with; once there are any, only the lines that are given."""
    if not basket.lines:
        return changed(
            basket,
            effective_on=effective_on or basket.effective_on,
            rule_id=rule_id or basket.rule_id,
        )
    change = LineChange(effective_on=effective_on, rule_id=rule_id)
    return changed(
        basket,
        lines=tuple(
            change_line(_quoted_anew(line, quoted[line.line_number]), change, terms, basket)
            if line.line_number in quoted
            else line
            for line in basket.lines
        ),
    )


def totals(basket: Basket, tax_types: Mapping[UUID, str]) -> Sequence[Total]:
    """What the lines pay, kind by kind, in a fixed order (CASH-003)."""
    counted: Counter[tuple[str, str]] = Counter()
    cents: Counter[tuple[str, str]] = Counter()
    for line in basket.lines:
        key = (line.kind.value, _name(line, tax_types))
        counted[key] += 1
        cents[key] += line.paying_cents
    return [Total(*key, counted[key], cents[key]) for key in sorted(counted)]


def _name(line: Line, tax_types: Mapping[UUID, str]) -> str:
    if line.kind is LineKind.SOURCE:
        return line.details["source_code"]
    if line.kind is LineKind.ADVANCE:
        return line.details["advance_type"]
    bill_id = line.subject.bill_id
    return (tax_types.get(bill_id, "") if bill_id else "") or line.service_type


def _quoted_anew(line: Line, quoted: tuple[int, Quoted] | None) -> Line:
    if quoted is None:
        return line
    return replace(line, subject=replace(line.subject, bill_version=quoted[0]), quoted=quoted[1])
