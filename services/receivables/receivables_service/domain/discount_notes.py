"""The ledger's note on a discount: what it is, what was verified, who authorised it."""

from collections.abc import Sequence
from decimal import Decimal

from receivables_service.domain.discount_checks import Check

LEDGER = "ledger"
"""Who grants what nobody has to ask for."""

_AUTHORISED = {
    "approved": "approved by {actor}",
    "reversed": "taken back by {actor}",
    "applied": "granted by {actor}",
    "refused": "nothing granted",
}


def note_on(
    discount_type: str,
    rate: str,
    checks: Sequence[Check],
    action: str,
    actor: str,
    evidence: str = "",
) -> str:
    """Write one line: type and rate; each check that was made; the authorisation."""
    percent = f"{Decimal(rate) * 100:f}"
    percent = percent.rstrip("0").rstrip(".") if "." in percent else percent
    passed = ", ".join(each.name for each in checks if each.passed)
    failed = ", ".join(each.name for each in checks if not each.passed)
    by = "the program itself" if actor == LEDGER else actor
    said = (
        f"{discount_type} discount of {percent}%",
        f"verified: {passed}" if passed else "",
        f"by exception, failed: {failed}" if failed else "",
        _AUTHORISED.get(action, "{actor}").format(actor=by),
        f"on evidence of {evidence}" if evidence else "",
    )
    return "; ".join(filter(None, said))
