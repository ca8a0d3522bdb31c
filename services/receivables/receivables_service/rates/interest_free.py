"""What of a bill bears no interest: the parts of agencies that the law exempts."""

from collections.abc import Mapping
from typing import Any

from receivables_service.domain.terms import Terms


def cents(terms: Terms, bill: Mapping[str, Any]) -> int:
    """Add up a bill's parts that its year's law exempts; most laws exempt none."""
    if not any(law.ways.exempt for _, law in terms.interest):
        return 0
    exempt = terms.interest.at(bill["tax_year"]).ways.exempt
    parts = (one["amount_cents"] for one in bill["components"] if one["agency_code"] in exempt)
    free: int = max(0, min(bill["total_cents"], sum(parts)))
    return free
