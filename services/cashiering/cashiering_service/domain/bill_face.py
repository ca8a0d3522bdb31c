"""What is printed on a bill beside what it owes."""

from dataclasses import dataclass

from taxkit.money import Rounding, times_ratio


@dataclass(frozen=True, slots=True)
class Face:
    """A bill as levy told it; of one it has not told nothing is known."""

    # Of a parcel in a tax-increment district there are two: base and increment (CASH-035).
    part: str = "whole"
    net_value_dollars: int | None = None
    billed_cents: int = 0
    # What of it goes to agencies that are specials.
    specials_cents: int = 0
    revenue_accounts: tuple[str, ...] = ()

    def specials_of(self, tax_open_cents: int) -> int:
        """The specials' part of tax that is open: what is paid pays all of a bill alike."""
        if not self.specials_cents or not self.billed_cents:
            return 0
        part = times_ratio(tax_open_cents, self.specials_cents, self.billed_cents, Rounding.HALF_UP)
        return min(part, tax_open_cents)


UNKNOWN = Face()
