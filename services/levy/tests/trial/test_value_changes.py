"""Value changes, each method asked in every wrong way (LEVY-003)."""

from typing import Any

import pytest

from millage.levy.v1 import value_changes_pb2 as pb
from taxkit import ids
from taxkit import trial as trials


class Desk:
    """Changes of bills nobody else has."""

    def __init__(self, trial: trials.Trial, levy: Any, one_bill: Any) -> None:
        self._trial, self._levy, self._one_bill = trial, levy, one_bill

    def batch(self, *, parcel: str = "", reason: str = "") -> list[pb.PostValueChangesRequest]:
        number = parcel or self.parcel()
        header = pb.ValueChangeHeader(tax_year=2021, source="list", reason_code=reason)
        row = pb.ValueChangeRow(parcel_number=number, net_value_dollars=1_000)
        return [
            pb.PostValueChangesRequest(header=header),
            pb.PostValueChangesRequest(row=row),
            pb.PostValueChangesRequest(end=pb.ValueChangeEnd(row_count=1)),
        ]

    def parcel(self) -> str:
        number: str = self._levy.bill(self._one_bill()).parcel_number
        return number

    def waiting(self) -> str:
        """A change that waits; posted by another person than asks here."""
        parcel = self.parcel()
        parts = self.batch(parcel=parcel, reason="board_of_review")
        parts[0].header.idempotency_key = str(ids.new_id())
        self._trial.do(parts, user="ada")
        asked = pb.ListValueChangesRequest(parcel_number=parcel)
        found: str = self._trial.do(asked).changes[0].change_id
        return found

    def twice(self) -> list[pb.PostValueChangesRequest]:
        asked = pb.ListValueChangesRequest(state="waiting")
        self.waiting()
        found = self._trial.do(asked).changes
        return self.batch(parcel=found[-1].parcel_number)


class TestValueChanges(trials.Suite):
    service = "millage.levy.v1.ValueChangeService"

    @pytest.fixture
    def cases(self, trial, levy, one_bill) -> dict[str, trials.Case]:
        desk = Desk(trial, levy, one_bill)

        def accept() -> pb.AcceptValueChangesRequest:
            return pb.AcceptValueChangesRequest(change_ids=[desk.waiting()], comment="seen")

        def reject() -> pb.RejectValueChangesRequest:
            return pb.RejectValueChangesRequest(change_ids=[desk.waiting()], comment="no")

        def settled(make: Any) -> Any:
            asked = make()
            asked.idempotency_key = str(ids.new_id())
            trial.do(asked)
            return asked

        return {
            "PostValueChanges": trials.Case(
                desk.batch, refused_when={"CHANGE_WAITING": desk.twice}
            ),
            "ListValueChanges": trials.Case(lambda: pb.ListValueChangesRequest(state="waiting")),
            "GetValueChange": trials.Case(
                lambda: pb.GetValueChangeRequest(change_id=desk.waiting())
            ),
            "AcceptValueChanges": trials.Case(
                accept, refused_when={"CHANGE_SETTLED": lambda: settled(accept)}
            ),
            "RejectValueChanges": trials.Case(
                reject, refused_when={"CHANGE_SETTLED": lambda: settled(reject)}
            ),
            "ListChangeReasons": trials.Case(pb.ListChangeReasonsRequest),
        }
