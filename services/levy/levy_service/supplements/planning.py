"""What a supplement's events make of bills: computed for a preview and for billing alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from levy_service import roll_store, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain import supplements
from levy_service.domain.billing import BillingTerms, CannotBill, ComputedBill, compute_bill
from levy_service.domain.roll import TaxCodeRates
from levy_service.domain.supplement_refunds import RefundTerms
from levy_service.domain.supplements import Method, SupplementTerms, shares_of_years
from levy_service.value_changes import correcting
from levy_service.value_changes import store as changes_store
from levy_service.value_changes.correcting import Prospect
from levy_service.versions import NextVersion
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal
from taxkit.lawpack import Term


@dataclass(frozen=True, slots=True)
class NewBill:
    """A bill's first version; `is_own`: beside its roll's, of a class of its own."""

    item: Any
    tax_year: int
    bill_number: str
    bill: ComputedBill
    terms: BillingTerms
    bill_class: str
    is_own: bool
    owner_name: str
    owner_email: str | None


@dataclass(frozen=True, slots=True)
class OwedRefund:
    """What a lowered value takes off a year's tax: refunded once the year's bills are paid."""

    tax_year: int
    amount_cents: int
    law: Term[RefundTerms]


@dataclass(frozen=True, slots=True)
class Planned:
    """An event with the bills it makes and changes, and what it gives back."""

    item: Any
    new: Sequence[NewBill] = ()
    nexts: Sequence[NextVersion] = ()
    refunds: Sequence[OwedRefund] = ()
    # Of a parcel whose roll bill goes on: the register has its new value.
    follows_register: bool = False

    @property
    def difference_cents(self) -> int:
        added = sum(each.bill.total_cents for each in self.new)
        return added + sum(correcting.difference(each) for each in self.nexts)

    @property
    def refund_cents(self) -> int:
        return sum(each.amount_cents for each in self.refunds)


@dataclass(frozen=True, slots=True)
class _Revalued:
    """An item as what is corrected for it is asked: by place, to a net value."""

    change_id: int
    tax_year: int
    parcel_number: str
    net_value_dollars: int


class Planner:
    """Plans items of one supplement; law and rates are looked up once a year."""

    def __init__(
        self, app: LevyApp, connection: Connection, supplement: Any, billed_on: date
    ) -> None:
        self._app, self._connection = app, connection
        self._supplement, self._billed_on = supplement, billed_on
        self._rates: dict[int, Mapping[str, TaxCodeRates]] = {}
        self._terms: dict[tuple[int, str], BillingTerms] = {}

    def plan(self, items: Sequence[Any], *, lock: bool) -> list[Planned]:
        """Compute what items make of bills; one that cannot be billed is refused by name."""
        laws = {item.place: self._app.supplements.at(item.event_on).value for item in items}
        numbers = [item.parcel_number for item in items]
        year = self._supplement.tax_year
        parcels = changes_store.registered(self._connection, year, numbers)
        changed = [
            _Revalued(item.place, year, item.parcel_number, item.net_value_dollars)
            for item in items
            if laws[item.place].method is Method.NEXT_VERSION and not item.is_new_parcel
        ]
        found = correcting.prospects(self._app, self._connection, changed, lock=lock)
        prospects = {one.change.change_id: one for one in found}
        return [
            self._planned(item, laws[item.place], parcels, prospects.get(item.place))
            for item in items
        ]

    def _planned(
        self, item: Any, law: SupplementTerms, parcels: Mapping[str, Any], found: Prospect | None
    ) -> Planned:
        try:
            if found is not None:
                if found.problem is not None:
                    raise found.problem
                return Planned(item, (), self._nexts(item, law, found), follows_register=True)
            if law.method is Method.NEXT_VERSION:
                return Planned(item, [self._first(item)])
            if item.net_value_dollars < item.net_before_dollars:
                return Planned(item, refunds=self._refunds(item, law))
            owner = parcels.get(item.parcel_number)
            return Planned(item, self._own(item, law, owner))
        except CannotBill as problem:
            raise Refusal(
                problem.reason.value, f"parcel {item.parcel_number}: {problem.message}"
            ) from problem

    def _own(self, item: Any, law: SupplementTerms, parcel: Any) -> list[NewBill]:
        """A bill for each year the event bills; one of nothing is none."""
        added = item.net_value_dollars - item.net_before_dollars
        if item.owner_name is not None:
            owner = (item.owner_name, item.owner_email)
        else:
            owner = (parcel.owner_name, parcel.owner_email) if parcel else ("", None)
        made = []
        for year, factor in shares_of_years(item.event_on, law):
            terms = self._billing(year, law.bill_class)
            rates = self._rates_at(year, item.tax_code)
            bill = supplements.own_bill(added, factor, rates, terms, law.rounding)
            number = f"{year}-{item.parcel_number}-S{self._numbered(year)}"
            if bill.total_cents:
                made.append(NewBill(item, year, number, bill, terms, law.bill_class, True, *owner))
        return made

    def _refunds(self, item: Any, law: SupplementTerms) -> list[OwedRefund]:
        """What was taken off, as it would have been billed on top; of nothing there is none."""
        lowered = item.net_before_dollars - item.net_value_dollars
        refund = self._app.supplements.refund(item.event_on)
        assert refund is not None, item
        owed = []
        for year, factor in shares_of_years(item.event_on, law):
            terms = self._billing(year, law.bill_class)
            if refund.value.credit not in terms.credits.credits:
                message = f"levy.yaml has no credit {refund.value.credit} in {year}"
                raise Refusal("NO_LAW_IN_FORCE", message)
            rates = self._rates_at(year, item.tax_code)
            tax = supplements.own_bill(lowered, factor, rates, terms, law.rounding)
            if tax.total_cents:
                owed.append(OwedRefund(year, tax.total_cents, refund))
        return owed

    def _numbered(self, year: int) -> str:
        """A supplement is numbered in its own year; a bill of another year says which."""
        own: int = self._supplement.tax_year
        number: int = self._supplement.supplement_number
        return f"{number}" if year == own else f"{own}.{number}"

    def _first(self, item: Any) -> NewBill:
        """The roll's bill of a parcel that was on none: as it would have been billed."""
        year = self._supplement.tax_year
        terms = self._billing(year, "")
        rates = self._rates_at(year, item.tax_code)
        bill = compute_bill(item.net_value_dollars, 0, rates, terms)
        number = f"{year}-{item.parcel_number}"
        owner = (item.owner_name or "", item.owner_email)
        return NewBill(item, year, number, bill, terms, "", False, *owner)

    def _nexts(self, item: Any, law: SupplementTerms, found: Prospect) -> list[NextVersion]:
        """What rises has time to be paid; a bill whose owner alone changes is issued anew, too."""
        after = {each.bill_id: each for each in found.nexts}
        owner = None if item.owner_name is None else (item.owner_name, item.owner_email)
        made = []
        for whole in found.bills:
            head = whole.bill
            version = after.get(head.bill_id)
            if version is None and owner not in (None, (head.owner_name, head.owner_email)):
                terms = versions.terms_of(self._app, whole)
                version = NextVersion(whole, versions.as_issued(whole), terms)
            if version is not None:
                made.append(self._as_supplement(version, law, owner))
        return made

    def _as_supplement(
        self, version: NextVersion, law: SupplementTerms, owner: tuple[str, str | None] | None
    ) -> NextVersion:
        after = version.after
        if law.raised_due_days is not None:
            day = self._billed_on + timedelta(days=law.raised_due_days)
            before = versions.as_computed(version.before).installments
            after = supplements.with_time_to_pay(before, after, day)
        number: int = self._supplement.supplement_number
        return replace(version, after=after, owner=owner, supplement_number=number)

    def _billing(self, year: int, bill_class: str) -> BillingTerms:
        key = (year, bill_class)
        if key not in self._terms:
            self._terms[key] = self._computed_terms(year, bill_class)
        return self._terms[key]

    def _computed_terms(self, year: int, bill_class: str) -> BillingTerms:
        try:
            terms = self._app.law.terms(year, self._billed_on, bill_class)
        except NoTermInForce as error:
            raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
        due = self._app.supplements.due(self._billed_on) if bill_class else None
        if due is None:
            return terms
        return replace(terms, plan=replace(terms.plan, due=due))

    def _rates_at(self, year: int, tax_code: str) -> TaxCodeRates:
        if year not in self._rates:
            self._rates[year] = roll_store.rates_on_file(self._connection, year)
        if tax_code not in self._rates[year]:
            raise Refusal("UNKNOWN_TAX_CODE", f"tax code {tax_code} has no rates in {year}")
        return self._rates[year][tax_code]
