"""What of a bill bears no penalty: the parts of agencies that the law exempts."""

from collections.abc import Mapping
from typing import Any

from receivables_service.domain.terms import Terms


def cents(terms: Terms, bill: Mapping[str, Any]) -> int:
    """Add up a bill's parts that its year's law exempts; most laws exempt none."""
    if not any(law is not None and law.exempt for _, law in terms.penalty):
        return 0
    law = terms.penalty.at(bill["tax_year"])
    exempt = law.exempt if law is not None else ()
    parts = (one["amount_cents"] for one in bill["components"] if one["agency_code"] in exempt)
    free: int = max(0, min(bill["total_cents"], sum(parts)))
    return free
