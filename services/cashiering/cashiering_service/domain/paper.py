"""What goes out on paper about a receipt, or does not (CASH-055)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """What the payer wants of paper; all of it unless something else is said."""

    is_print_suppressed: bool = False
    is_surplus_notice_suppressed: bool = False
    # Codes of the county's own papers that are printed with the receipt.
    custom: tuple[str, ...] = ()


ALL_PAPER = Paper()
