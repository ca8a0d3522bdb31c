"""Takes a supplement in: every event judged by its law, all of them or none put on file."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.roll import Finding, Findings, ParcelRow, TaxCodeRates, check_parcel
from levy_service.domain.supplements import (
    KindCaps,
    Method,
    SupplementKind,
    SupplementTerms,
    shares_of_years,
)
from levy_service.domain.value_caps import CapClaim
from levy_service.domain.value_changes import AskedValue, NewFigures, Registered, figures
from levy_service.register.store import exemptions_said
from levy_service.rulebook import YearLaw
from levy_service.runs import reserving
from levy_service.sent_rows import refusal_of
from levy_service.staged_json import caps_read, caps_said
from levy_service.supplements import store
from levy_service.supplements.store import Item
from levy_service.value_changes import store as changes_store
from taxkit import ids
from taxkit.errors import Refusal
from taxkit.telemetry import trace_id_of

# The form of its number was judged before.
_ANY: Final = re.compile(".*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it was sent; what was left out is empty, a malformed day None."""

    asked: AskedValue
    kind: str
    event_on: date | None
    owner_name: str
    owner_email: str
    tax_code: str
    property_class: str
    township: str


@dataclass(frozen=True, slots=True)
class _OnFile:
    """What the year has of the parcels a supplement names."""

    parcels: Mapping[str, Any]
    beside: Mapping[str, Any]
    not_billed: Mapping[str, int]
    undecided: Mapping[str, UUID]


def load(
    app: LevyApp, connection: Connection, tax_year: int, source: str, rows: Sequence[Row],
    asked: Asked,
) -> UUID:  # fmt: skip
    """Put a supplement on file under the year's next number."""
    reserving.hold_year(connection, tax_year)
    reserving.refuse_while_running(connection, tax_year)
    law = reserving.year_law(app, tax_year, "")
    supplement_id = ids.new_id()
    items = _Judge(app, connection, tax_year, law).items(supplement_id, rows)
    store.insert(
        connection,
        "supplements",
        {
            "supplement_id": supplement_id,
            "tax_year": tax_year,
            "supplement_number": store.next_number(connection, tax_year),
            "source": source,
            "item_count": len(items),
            "loaded_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    store.insert_items(connection, items)
    return supplement_id


class _Judge:
    """Judges a supplement's rows against what the year has on file."""

    def __init__(self, app: LevyApp, connection: Connection, tax_year: int, law: YearLaw) -> None:
        self._app, self._connection, self._tax_year, self._law = app, connection, tax_year, law
        self._rates: dict[int, Mapping[str, TaxCodeRates]] = {}
        self._seen: dict[str, int] = {}

    def items(self, supplement_id: UUID, rows: Sequence[Row]) -> list[Item]:
        """Everything that is wrong refuses all of it."""
        known, findings, found = self._on_file(rows), Findings(), []
        for row in rows:
            slips, item = self._item(supplement_id, row, known)
            findings.add(slips)
            if item is not None:
                found.append(item)
        if findings.count:
            raise refusal_of(findings, "the supplement", "SUPPLEMENT_INVALID")
        return found

    def _on_file(self, rows: Sequence[Row]) -> _OnFile:
        form, year = self._law.parcel_number, self._tax_year
        sent = [each.asked.parcel_number for each in rows]
        numbers = [each for each in sent if form.fullmatch(each)]
        return _OnFile(
            changes_store.registered(self._connection, year, numbers),
            store.billed_beside(self._connection, year, numbers),
            store.not_billed(self._connection, year, numbers),
            changes_store.undecided(self._connection, year, numbers),
        )

    def _item(
        self, supplement_id: UUID, row: Row, known: _OnFile
    ) -> tuple[list[Finding], Item | None]:
        slips = [*self._of_parcel(row, known)]
        term, more = self._term(row)
        if term is None or slips:
            return [*slips, *more], None
        kind = term.find(row.kind)
        if kind is None:
            codes = ", ".join(each.code for each in term.kinds)
            message = f"{row.kind[:60]!r} is none of {codes}"
            return [_at(row, "kind", "SUPPLEMENT_KIND_UNKNOWN", message)], None
        parcel = known.parcels.get(row.asked.parcel_number)
        slips = [*self._as_kind(row, kind, parcel)]
        if slips:
            return slips, None
        made, slips = self._figures(row, kind, parcel, known)
        if made is None:
            return slips, None
        before = _before(parcel, known.beside.get(row.asked.parcel_number))
        item = _item(supplement_id, row, kind, parcel, made, before)
        slips = [*self._as_bill(row, item, term)]
        return slips, None if slips else item

    def _of_parcel(self, row: Row, known: _OnFile) -> Iterator[Finding]:
        number = row.asked.parcel_number
        if not self._law.parcel_number.fullmatch(number):
            message = f"{number[:60]!r} is not a parcel number: {self._law.parcel_number.pattern}"
            yield _at(row, "parcel_number", "PARCEL_NUMBER_INVALID", message)
        elif number in self._seen:
            message = (
                f"{number} is on row {self._seen[number]} already: what happened to it later"
                " is for the next supplement"
            )
            yield _at(row, "parcel_number", "DUPLICATE_PARCEL", message)
        elif number in known.not_billed:
            message = f"{number} is in supplement {known.not_billed[number]}: bill that first"
            yield _at(row, "parcel_number", "SUPPLEMENT_WAITING", message)
        elif number in known.undecided:
            message = f"change {known.undecided[number]} of the parcel waits: decide on it first"
            yield _at(row, "parcel_number", "CHANGE_WAITING", message)
        self._seen.setdefault(number, row.asked.row)

    def _term(self, row: Row) -> tuple[SupplementTerms | None, list[Finding]]:
        if row.event_on is None:
            return None, [_at(row, "event_on", "DATE_INVALID", "write a date as YYYY-MM-DD")]
        if row.event_on > self._app.clock.today():
            return None, [_at(row, "event_on", "EVENT_IN_FUTURE", f"{row.event_on} is to come")]
        try:
            return self._app.supplements.at(row.event_on).value, []
        except Refusal as refusal:
            return None, [_at(row, "event_on", refusal.reason, refusal.message)]

    def _as_kind(self, row: Row, kind: SupplementKind, parcel: Any) -> Iterator[Finding]:
        number, year = row.asked.parcel_number, self._tax_year
        if kind.adds_parcel and parcel is not None:
            message = f"{number} is on the roll of {year}: {kind.code} is for what is on none"
            yield _at(row, "parcel_number", "PARCEL_ON_ROLL", message)
        if not kind.adds_parcel and parcel is None:
            message = f"parcel {number} is not on the roll of {year}"
            yield _at(row, "parcel_number", "PARCEL_UNKNOWN", message)
        if not kind.adds_parcel and (row.tax_code or row.property_class or row.township):
            message = "what a parcel is, is said only of one that is on no roll"
            yield _at(row, "tax_code", "PARCEL_ON_ROLL", message)
        yield from _texts(row, adds_parcel=kind.adds_parcel)

    def _figures(
        self, row: Row, kind: SupplementKind, parcel: Any, known: _OnFile
    ) -> tuple[NewFigures | None, list[Finding]]:
        if parcel is None:
            return figures(row.asked, Registered(0, 0, row.property_class), self._law.value)
        beside: Any = known.beside.get(row.asked.parcel_number)
        stood = parcel if beside is None else beside
        caps = self._caps(parcel, beside)
        if caps is None:
            if row.asked.caps is None and kind.caps is not KindCaps.END:
                message = f"an event of {beside.tax_year} changed its caps: tell those of this year"
                return None, [_at(row, "value_caps", "BAD_VALUE_CAP", message)]
            caps = ()
        value = row.asked.value_dollars
        risen = 0 if value is None else value - stood.value_dollars
        after = kind.caps_after(caps, risen)
        registered = Registered(
            stood.value_dollars, _before(parcel, beside), parcel.property_class, after
        )
        made, slips = figures(row.asked, registered, self._law.value)
        if made is not None and made.caps is None and after != caps_read(parcel.value_caps):
            made = replace(made, caps=after)
        return made, slips

    def _caps(self, parcel: Any, beside: Any) -> tuple[CapClaim, ...] | None:
        """What limits the value until the event; None: what an event of another year's made it."""
        if beside is None or beside.value_caps is None:
            return caps_read(parcel.value_caps)
        if beside.value_caps and beside.tax_year != self._tax_year:
            return None
        return caps_read(beside.value_caps)

    def _as_bill(self, row: Row, item: Item, terms: SupplementTerms) -> Iterator[Finding]:
        years = [self._tax_year]
        if terms.method is Method.OWN_BILL:
            years = [year for year, _ in shares_of_years(item.event_on, terms)]
            if years[0] != self._tax_year:
                message = f"an event of {item.event_on} is of {years[0]}, not {self._tax_year}"
                yield _at(row, "event_on", "EVENT_OF_ANOTHER_YEAR", message)
                return
            lowered = item.net_value_dollars < item.net_before_dollars
            if lowered and self._app.supplements.refund(item.event_on) is None:
                message = (
                    f"from {item.net_before_dollars} to {item.net_value_dollars}: no law on file"
                    " says how that is refunded, post it as a change of value"
                )
                yield _at(row, "net_value_dollars", "SUPPLEMENT_LOWERS_VALUE", message)
        for year in years:
            if item.tax_code not in self._rates_of(year):
                message = f"tax code {item.tax_code} has no rates in {year}"
                yield _at(row, "tax_code", "UNKNOWN_TAX_CODE", message)

    def _rates_of(self, year: int) -> Mapping[str, TaxCodeRates]:
        if year not in self._rates:
            self._rates[year] = roll_store.rates_on_file(self._connection, year)
        return self._rates[year]


def _before(parcel: Any, beside: Any) -> int:
    """What a further event adds to: the roll's value, or what supplements made of it."""
    found = parcel if beside is None else beside
    net: int = 0 if found is None else found.net_value_dollars
    return net


def _texts(row: Row, *, adds_parcel: bool) -> list[Finding]:
    """As a roll's parcel is judged; who owns a new one has to be said."""
    as_parcel = ParcelRow(
        row.asked.row, row.asked.parcel_number, row.tax_code or ("" if adds_parcel else "-"),
        row.property_class, row.township, 0, 0, 0, row.owner_name, row.owner_email or None,
    )  # fmt: skip
    found = [
        Finding(each.reason, each.place.replace("parcels[", "rows["), each.message)
        for each in check_parcel(as_parcel, _ANY)
    ]
    if adds_parcel and not row.owner_name.strip():
        found.append(_at(row, "owner_name", "TEXT_MISSING", "who owns it has to be said"))
    if row.owner_email and not row.owner_name:
        found.append(_at(row, "owner_name", "TEXT_MISSING", "an address without a name"))
    return found


def _item(
    supplement_id: UUID, row: Row, kind: SupplementKind, parcel: Any, made: NewFigures, before: int
) -> Item:
    steps = [[each.name, each.value_dollars] for each in made.steps]
    of = row if parcel is None else parcel
    claims = made.exemptions
    exemptions = None if claims is None else Jsonb(exemptions_said(claims))
    caps = None if made.caps is None else Jsonb(caps_said(made.caps))
    return Item(
        supplement_id, row.asked.row, row.asked.parcel_number, kind.code, kind.description,
        row.event_on, before, made.value_dollars, made.net_value_dollars,
        json.dumps(steps) if steps else None, kind.adds_parcel, of.tax_code, of.property_class,
        of.township, row.owner_name or None, row.owner_email or None, row.asked.note, exemptions,
        caps,
    )  # fmt: skip


def _at(row: Row, field: str, reason: str, message: str) -> Finding:
    return Finding(reason, f"{row.asked.at}.{field}", message)
