"""BillCreated as SQL: the event is made once with marks in it, and columns take their places.

So what an event says is written in one place, levy_service.events, however many are told at once.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from levy_service import events
from levy_service.domain.billing import ComputedBill, ComputedLine
from levy_service.domain.installments import ComputedInstallment, Due
from levy_service.domain.roll import ParcelRow
from taxkit.contracts import OutgoingEvent

# No name of a person or an agency has this character: it is in Unicode's private area.
_MARK: Final = "\ue000"
_MARKED: Final = re.compile(f'"{_MARK}(\\w+){_MARK}"|{_MARK}(\\w+){_MARK}')
_TEXTS: Final = frozenset(
    {
        "bill_number",
        "parcel_number",
        "tax_code",
        "property_class",
        "owner_name",
        "owner_email",
        "agency_code",
        "agency_name",
        "fund_code",
        "bill_class",
    }
)
_PLAIN_TEXTS: Final = frozenset({"bill_id", "event_id", "traceparent", "part"})


def _mark(name: str) -> Any:
    return f"{_MARK}{name}{_MARK}"


@dataclass(frozen=True, slots=True)
class Told:
    """SQL expressions for an event's body and its parts, over the columns that marks name."""

    body: str
    # A component before and after its amount, and an installment by its due date.
    component: tuple[str, str]
    installment: Mapping[tuple[int, Due], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Teller:
    """What all events of a run have in common."""

    county: str
    jurisdiction: str
    tax_year: int
    at: datetime

    def body(self) -> str:
        """The envelope, of a bill whose `components` and `installments` are columns of JSON."""
        text = self._envelope("")
        with_class = self._envelope(_mark("bill_class"))
        member = f',"bill_class":"{_mark("bill_class")}"'
        assert with_class.replace(member, "") == text, "the class is one member of its own"
        for name in ("components", "installments"):
            text, count = re.subn(rf'"{name}":\[\{{.*?\}}\]', f'"{name}":[{_mark(name)}]', text)
            assert count == 1, name
        head, part, tail = text.rpartition("}}")
        assert not tail, text
        class_told = f"case when bill_class = '' then '' else {_sql(member)} end"
        return f"{_sql(head)} || {class_told} || credits_told || {_sql(part)}"

    def component(self) -> tuple[str, str]:
        """A component's JSON before and after its amount."""
        told = self._data("")["components"][0]
        before, after = _around_amount(told)
        member = _sql(f',"fund":"{_mark("fund_code")}"}}')
        # A member of its own, and only where there is a fund: the last one of the object.
        assert after == _literal("}"), after
        return before, f"case when fund_code = '' then {after} else {member} end"

    def installment(self, number: int, due: Due) -> tuple[str, str]:
        """An installment's JSON before and after its amount."""
        told = self._data("", ComputedInstallment(number, due.due_on, _mark("amount")))
        return _around_amount(told["installments"][0])

    def _envelope(self, bill_class: str) -> str:
        event = OutgoingEvent(
            event_id=_mark("event_id"),
            type=events.BILL_CREATED,
            subject=f"bill/{_mark('bill_id')}",
            sequence=1,
            time=self.at,
            data=self._data(bill_class),
            traceparent=_mark("traceparent"),
        )
        return event.body(self.county)

    def _data(
        self, bill_class: str, installment: ComputedInstallment | None = None
    ) -> dict[str, Any]:
        parcel = ParcelRow(
            0, _mark("parcel_number"), _mark("tax_code"), _mark("property_class"), "", 0, 0, 0,
            _mark("owner_name"), _mark("owner_email"),
        )  # fmt: skip
        line = ComputedLine(
            _mark("agency_code"), _mark("agency_name"), 0, _mark("amount"), 0
        )  # fmt: skip
        part = installment or ComputedInstallment(1, self.at.date(), _mark("amount"))
        bill = ComputedBill(_mark("taxed"), 0, _mark("total"), (line,), (part,))
        number = _mark("bill_number")
        return events.bill_created(
            _mark("bill_id"), number, self.jurisdiction, self.tax_year, parcel, bill,
            _mark("part"), bill_class,
        )  # fmt: skip


def _around_amount(told: Mapping[str, Any]) -> tuple[str, str]:
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    before, mark, after = text.partition(f'"{_mark("amount")}"')
    assert mark, text
    return _sql(before), _sql(after)


def _sql(text: str) -> str:
    """A text with marks as an SQL expression: literals and columns put together."""
    parts, place = [], 0
    for found in _MARKED.finditer(text):
        parts.append(_literal(text[place : found.start()]))
        quoted, inside = found.groups()
        parts.append(_column(quoted) if quoted else inside)
        place = found.end()
    parts.append(_literal(text[place:]))
    return " || ".join(part for part in parts if part != "''") or "''"


def _column(name: str) -> str:
    if name in _TEXTS:
        return f"coalesce(to_json({name})::text, 'null')"
    if name in _PLAIN_TEXTS:
        return f"'\"' || {name} || '\"'"
    return name


def _literal(text: str) -> str:
    # A percent sign is doubled for the driver, which looks for parameters behind one.
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
