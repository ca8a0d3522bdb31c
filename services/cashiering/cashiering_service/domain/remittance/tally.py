"""Running control figures, compared with what the sender says they are."""

from cashiering_service.domain.remittance.records import MAX_AMOUNT_CENTS, BadFile, FileProblem


class Tally:
    """Counts and adds what was read. An unreadable amount counts, and adds nothing."""

    __slots__ = ("count", "total_cents", "unreadable")

    def __init__(self) -> None:
        self.count = 0
        self.total_cents = 0
        self.unreadable = 0

    def add(self, amount_cents: int | None) -> None:
        self.count += 1
        if amount_cents is None:
            self.unreadable += 1
        else:
            self.total_cents += amount_cents

    def include(self, other: "Tally") -> None:
        self.count += other.count
        self.total_cents += other.total_cents
        self.unreadable += other.unreadable

    def agree(self, what: str, line_number: int, *, count: int, total_cents: int) -> None:
        """Refuse the file unless count and total are what the sender wrote."""
        if self.count != count:
            raise BadFile(
                FileProblem.CONTROL_COUNT_MISMATCH,
                line_number,
                f"the {what} says {count} payments, {self.count} were read",
            )
        if self.total_cents != total_cents:
            unread = f" ({self.unreadable} with an unreadable amount)" if self.unreadable else ""
            raise BadFile(
                FileProblem.CONTROL_TOTAL_MISMATCH,
                line_number,
                f"the {what} says {total_cents} cents, the {self.count} payments read{unread} "
                f"make {self.total_cents}",
            )
        if abs(self.total_cents) > MAX_AMOUNT_CENTS:
            raise BadFile(
                FileProblem.TOTAL_OUT_OF_RANGE,
                line_number,
                f"the {what} is beyond {MAX_AMOUNT_CENTS} cents",
            )
