"""Parcels that cannot be billed: found in sets, told by the domain."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from levy_service import bill_credits
from levy_service.domain.billing import CannotBill, Charge, compute_bill
from levy_service.domain.increment import Value, compute_parts
from levy_service.domain.roll import Finding, Findings, TaxCodeRates
from levy_service.runs import tables
from levy_service.runs.year import YearTerms


def judge(
    connection: Connection, year: YearTerms, rates: Mapping[str, TaxCodeRates], findings: Findings
) -> None:
    """Add a finding for each parcel of the batch that cannot be billed."""
    for parcel in tables.suspects(connection, year.billing):
        try:
            _bill(parcel, rates[parcel.tax_code], year)
        except CannotBill as problem:
            place = f"parcels[{parcel.ord}]"
            findings.add([Finding(problem.reason.value, place, problem.message)])


def _bill(parcel: Any, rates: TaxCodeRates, year: YearTerms) -> None:
    charges = [Charge("", "", parcel.charged)]
    claims: Mapping[str, Mapping[str, Any]] = parcel.credits or {}
    kept = [{"code": code, "amount_cents": 0, **said} for code, said in claims.items()]
    claimed = [each.claim for each in bill_credits.read(kept) if each.claim is not None]
    if parcel.frozen is None and parcel.share is None:
        compute_bill(parcel.net, parcel.prior, rates, year.billing, charges, claimed)
    else:
        value = Value(parcel.net, parcel.frozen, parcel.share)
        compute_parts(value, parcel.prior, rates, year.billing, year.increment, charges, claimed)
