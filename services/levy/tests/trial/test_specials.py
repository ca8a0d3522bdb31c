"""The methods of special assessments, each asked in every wrong way (LEVY-017, LEVY-019)."""

import itertools
from typing import Any

import pytest

from millage.levy.v1 import specials_pb2 as pb
from taxkit import trial as trials


class Desk:
    """Requests that are right, and those that were made before."""

    def __init__(self, trial: trials.Trial, parcel_number: str, other: str) -> None:
        self._trial, self._parcel, self._other = trial, parcel_number, other
        self._numbers = itertools.count(1)

    def opening(self) -> pb.OpenSpecialRequest:
        return pb.OpenSpecialRequest(
            assessment_number=f"SSA-{next(self._numbers)}", agency_code="900120000",
            agency_name="Area 12", project="Sewer", parcel_number=self._parcel,
            principal_cents=300_000, years=3, rate_percent="5", method="level_payment",
            first_year=2022, interest_from="2022-11-01",
        )  # fmt: skip

    def opened(self) -> pb.OpenSpecialRequest:
        return self.done(self.opening())

    def on_file(self) -> str:
        return self._trial.do(self.opening()).assessment_id

    def defer(self) -> pb.DeferSpecialRequest:
        return pb.DeferSpecialRequest(assessment_id=self.on_file(), reason="hardship")

    def deferred(self) -> pb.DeferSpecialRequest:
        return self.done(self.defer())

    def resume(self, *, deferred: bool = True) -> pb.ResumeSpecialRequest:
        special = self.deferred().assessment_id if deferred else self.on_file()
        return pb.ResumeSpecialRequest(assessment_id=special, first_year=2024, reason="sold")

    def close(self) -> pb.CloseSpecialRequest:
        return pb.CloseSpecialRequest(assessment_id=self.on_file(), reason="annulled")

    def closed(self) -> pb.CloseSpecialRequest:
        return self.done(self.close())

    def move(self) -> pb.MoveSpecialRequest:
        return pb.MoveSpecialRequest(
            assessment_id=self.on_file(), parcel_number=self._other, reason="divided"
        )

    def divide(self) -> pb.DivideSpecialRequest:
        shares = ((self._parcel, 100_000), (self._other, 200_000))
        parts = [
            pb.SpecialPart(parcel_number=each, principal_cents=cents) for each, cents in shares
        ]
        return pb.DivideSpecialRequest(assessment_id=self.on_file(), parts=parts, reason="divided")

    def divided(self) -> pb.DivideSpecialRequest:
        return self.done(self.divide())

    def moved(self) -> pb.MoveSpecialRequest:
        return self.done(self.move())

    def done(self, asked: Any) -> Any:
        self._trial.do(asked)
        return asked


class TestSpecials(trials.Suite):
    service = "millage.levy.v1.SpecialService"

    @pytest.fixture
    def cases(self, trial, levy, roll) -> dict[str, trials.Case]:
        levy.load(roll.whole(2021))
        one, other, *_ = levy.bills(tax_year=2021).bills
        desk = Desk(trial, one.parcel_number, other.parcel_number)
        known = desk.on_file()
        return {
            "OpenSpecial": trials.Case(
                desk.opening, refused_when={"ASSESSMENT_TAKEN": desk.opened}
            ),
            "DeferSpecial": trials.Case(
                desk.defer, refused_when={"SPECIAL_DEFERRED": desk.deferred}
            ),
            "ResumeSpecial": trials.Case(
                desk.resume,
                refused_when={"SPECIAL_NOT_DEFERRED": lambda: desk.resume(deferred=False)},
            ),
            "CloseSpecial": trials.Case(desk.close, refused_when={"SPECIAL_ENDED": desk.closed}),
            "MoveSpecial": trials.Case(
                desk.move, refused_when={"MOVE_CHANGES_NOTHING": desk.moved}
            ),
            "DivideSpecial": trials.Case(desk.divide, refused_when={"SPECIAL_ENDED": desk.divided}),
            "GetSpecial": trials.Case(lambda: pb.GetSpecialRequest(assessment_id=known)),
            "ListSpecials": trials.Case(lambda: pb.ListSpecialsRequest(agency_code="900120000")),
        }
