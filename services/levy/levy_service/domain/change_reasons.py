"""Why a parcel's value changes, and what follows for its bill (LEVY-003)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChangeReason:
    """`corrects`: the bill follows the value; `needs_acceptance`: not before somebody accepts."""

    code: str
    description: str
    corrects: bool
    needs_acceptance: bool = False

    def __post_init__(self) -> None:
        if not self.code.strip() or not self.description.strip():
            raise ValueError("a reason has a code and a description")
        if self.needs_acceptance and not self.corrects:
            raise ValueError(f"{self.code} makes no correction: there is nothing to accept")


@dataclass(frozen=True, slots=True)
class ChangeReasons:
    """The reasons of a time, the one that stands for those not named, and one for payoffs."""

    default_reason: str
    reasons: tuple[ChangeReason, ...]
    # By which a special assessment's payoff changes its parcel's values; empty: the default.
    special_assessment_reason: str = ""

    def __post_init__(self) -> None:
        codes = [each.code for each in self.reasons]
        if len(set(codes)) < len(codes):
            raise ValueError(f"the reasons {', '.join(codes)}, one of them twice")
        # A payoff's reason may be one that is not configured: then the default stands for it.
        if self.default_reason not in codes:
            named = ", ".join(codes) or "none"
            raise ValueError(f"default_reason {self.default_reason} is not among {named}")

    def find(self, code: str) -> ChangeReason | None:
        """The reason of a code, the default for none; None for a code that is not configured."""
        wanted = code or self.default_reason
        return next((each for each in self.reasons if each.code == wanted), None)

    def find_or_default(self, code: str) -> ChangeReason:
        """The reason of a code; one that is not configured stands for the default (LEVY-018)."""
        found = self.find(code) or self.find("")
        assert found is not None, self
        return found
