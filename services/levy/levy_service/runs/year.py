"""What all bills of a run have in common."""

from dataclasses import dataclass

from levy_service.domain.billing import BillingTerms
from levy_service.domain.increment import IncrementTerms
from levy_service.runs.telling import Teller


@dataclass(frozen=True, slots=True)
class YearTerms:
    tax_year: int
    billing: BillingTerms
    increment: IncrementTerms
    teller: Teller
    # Empty for real property.
    bill_class: str = ""
