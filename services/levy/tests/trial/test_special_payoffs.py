"""The methods of payoffs, each asked in every wrong way (LEVY-017 to LEVY-019)."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import special_payoffs_pb2 as pb
from millage.levy.v1 import specials_pb2 as specials
from taxkit import trial as trials


class Desk:
    """Assessments in each state a payoff may find them in."""

    def __init__(self, trial: trials.Trial, bill_of: Callable[[str], levy_pb2.Bill]) -> None:
        self._trial, self._bill_of = trial, bill_of
        self._numbers = itertools.count(1)

    def special(self, first_year: int = 2022) -> specials.Special:
        number = next(self._numbers)
        opening = specials.OpenSpecialRequest(
            assessment_number=f"SSA-{number}", agency_code="900120000", agency_name="Area 12",
            project="Sewer", parcel_number=f"{40_000_000_000_000 + number}",
            principal_cents=300_000, years=3, rate_percent="5", method="level_payment",
            first_year=first_year, interest_from="2022-11-01",
        )  # fmt: skip
        self._bill_of(opening.parcel_number, 2020)
        return self._trial.do(opening)

    def unposted(self) -> pb.PayOffUnpostedRequest:
        found = self.special().assessment_id
        return pb.PayOffUnpostedRequest(assessment_id=found, reason="sold")

    def posted(self, *, reason: str = "") -> pb.PayOffPostedRequest:
        special = self.special(first_year=2021)
        bill = self._bill_of(special.parcel_number, 2021)
        return pb.PayOffPostedRequest(
            assessment_id=special.assessment_id, bill_id=bill.bill_id, expected_version=1,
            change_reason=reason, reason="sold",
        )  # fmt: skip

    def unbilled(self) -> pb.SettlePayoffRequest:
        payoff = self._trial.do(self.posted(reason="register_only")).payoff
        return pb.SettlePayoffRequest(payoff_id=payoff.payoff_id, reason="seen to")

    def assigning(self) -> trials.Case:
        def task() -> pb.AssignPayoffRequest:
            payoff = self.unbilled().payoff_id
            return pb.AssignPayoffRequest(payoff_id=payoff, assignee="ben", reason="his ditch")

        def settled() -> pb.AssignPayoffRequest:
            payoff = self.done(self.unbilled()).payoff_id
            return pb.AssignPayoffRequest(payoff_id=payoff, assignee="ben", reason="his ditch")

        states = {
            "ASSIGNMENT_CHANGES_NOTHING": lambda: self.done(task()),
            "PAYOFF_HAS_NO_TASK": settled,
        }
        return trials.Case(task, refused_when=states)

    def due(self) -> pb.WithdrawPayoffRequest:
        payoff = self._trial.do(self.posted()).payoff
        return pb.WithdrawPayoffRequest(payoff_id=payoff.payoff_id, reason="not sold")

    def withdrawing(self) -> trials.Case:
        def settled() -> pb.WithdrawPayoffRequest:
            payoff = self.done(self.unbilled()).payoff_id
            return pb.WithdrawPayoffRequest(payoff_id=payoff, reason="sold after all")

        states = {"PAYOFF_WITHDRAWN": lambda: self.done(self.due()), "PAYOFF_SETTLED": settled}
        return trials.Case(self.due, refused_when=states)

    def done(self, asked: Any) -> Any:
        self._trial.do(asked)
        return asked


class TestSpecialPayoffs(trials.Suite):
    service = "millage.levy.v1.SpecialPayoffService"

    @pytest.fixture
    def cases(self, trial, levy, roll) -> dict[str, trials.Case]:
        def bill_of(parcel_number: str, tax_year: int) -> levy_pb2.Bill:
            parcel = roll.parcels(tax_year)[0]
            code = parcel.parcel.tax_code
            parcel.parcel.parcel_number = parcel_number
            rates = [one for one in roll.rates(tax_year) if one.rate.tax_code == code]
            header = roll.header(tax_year, f"{parcel_number} {tax_year}")
            return levy.bill(levy.load([header, *rates, parcel]).bill_ids[0])

        desk = Desk(trial, bill_of)
        due = trial.do(desk.unposted()).payoff
        return {
            "QuotePayoff": trials.Case(
                lambda: pb.QuotePayoffRequest(assessment_id=desk.special().assessment_id)
            ),
            "PayOffPosted": trials.Case(
                desk.posted,
                refused_when={
                    "ALREADY_PAID_OFF": lambda: desk.done(desk.posted(reason="register_only"))
                },
            ),
            "PayOffUnposted": trials.Case(
                desk.unposted, refused_when={"ALREADY_PAID_OFF": lambda: desk.done(desk.unposted())}
            ),
            "GetPayoff": trials.Case(lambda: pb.GetPayoffRequest(payoff_id=due.payoff_id)),
            "ListPayoffs": trials.Case(lambda: pb.ListPayoffsRequest(state="due")),
            "WithdrawPayoff": desk.withdrawing(),
            "AssignPayoff": desk.assigning(),
            "SettlePayoff": trials.Case(
                desk.unbilled,
                refused_when={
                    "PAYOFF_HAS_NO_TASK": lambda: pb.SettlePayoffRequest(
                        payoff_id=due.payoff_id, reason="seen to"
                    )
                },
            ),
        }
