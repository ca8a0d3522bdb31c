"""What a receipt says of a discount: granted, waiting, refused, or expected from a quote."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class DiscountState(StrEnum):
    # The ledger took it off the bill; or took it off and put it back.
    GRANTED = "granted"
    TAKEN_BACK = "taken_back"
    # A second person has to agree.
    PENDING = "pending"
    REFUSED = "refused"
    # Quoted with it, and the ledger has not said anything yet.
    EXPECTED = "expected"


_REASONS = {
    "timely": "the payment came too late",
    "tax_class": "the bill is of another class",
    "prior_years": "an earlier year is unpaid",
    "flags": "the account is flagged",
    "holds": "the account is on hold",
    "proof_age": "no proof of age is on file",
    "proof_income": "no proof of income is on file",
    "short": "the payment is short of what settles the bill",
    "stacking": "another discount stands in its way",
    "nothing_open": "nothing is open that bears it",
}


@dataclass(frozen=True, slots=True)
class ReceiptDiscount:
    """One program's discount on one bill of a receipt."""

    bill_number: str
    program: str
    # A decimal part, as told; empty where more than one program was quoted together.
    rate: str
    state: DiscountState
    reason: str
    amount_cents: int

    @property
    def words(self) -> str:
        name = f"{self.program} {percent(self.rate)}".strip()
        match self.state:
            case DiscountState.GRANTED:
                return f"{name}: taken off the bill"
            case DiscountState.TAKEN_BACK:
                return f"{name}: taken back, owed again"
            case DiscountState.PENDING:
                return f"{name}: subject to a second person's approval"
            case DiscountState.EXPECTED:
                return f"{name}: subject to the check of the account"
            case DiscountState.REFUSED:
                why = _REASONS.get(self.reason, "the account does not qualify")
                return f"{name}: not granted, {why}"


def percent(rate: str) -> str:
    """A rate as people write it: 0.05 is 5%."""
    if not rate:
        return ""
    text = f"{Decimal(rate) * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"
