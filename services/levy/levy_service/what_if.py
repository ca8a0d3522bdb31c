"""What a roll's parcels would be billed by a law; nothing is stored or told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from levy_service.domain.billing import CannotBill, ComputedBill
from levy_service.domain.parcel_extras import bill_parcel, completed
from levy_service.domain.roll import Finding, Findings, RateBook, TaxCodeRates
from levy_service.rulebook import YearLaw
from levy_service.sent_rows import parcel_row, rate_row, refusal_of
from millage.levy.v1 import levy_pb2 as pb

# One bill, or in a tax-increment district two.
ParcelBill = Sequence[ComputedBill]


def bills_of(
    rates: Iterable[pb.AgencyRate], parcels: Iterable[pb.Parcel], law: YearLaw
) -> Iterator[ParcelBill]:
    """Bill parcels in their order; Refusal, as a roll is refused, at the first that cannot be."""
    book = _book(rates, law)
    for row, parcel in enumerate(parcels, start=1):
        yield _bill(row, parcel, book, law)


def _book(rates: Iterable[pb.AgencyRate], law: YearLaw) -> Mapping[str, TaxCodeRates]:
    book, findings = RateBook({}, law.billing.rate_unit), Findings()
    for row, rate in enumerate(rates, start=1):
        findings.add(book.add(rate_row(row, rate)))
    findings.add(book.review(law.billing.residual_agency_code))
    if findings.count:
        raise refusal_of(findings)
    return book.all()


def _bill(row: int, given: pb.Parcel, book: Mapping[str, TaxCodeRates], law: YearLaw) -> ParcelBill:
    place, findings = f"parcels[{row}]", Findings()
    parcel, found = completed(parcel_row(row, given), law.value, law.billing.credits)
    findings.add(found)
    if findings.count:
        raise refusal_of(findings)
    rates = book.get(parcel.tax_code)
    if rates is None:
        missing = f"tax code {parcel.tax_code} has no rates"
        findings.add([Finding("UNKNOWN_TAX_CODE", f"{place}.tax_code", missing)])
        raise refusal_of(findings)
    try:
        return tuple(bill_parcel(parcel, rates, law.billing, law.increment).values())
    except CannotBill as problem:
        findings.add([Finding(problem.reason.value, place, problem.message)])
        raise refusal_of(findings) from problem
