"""The moves' methods, each asked in every wrong way (LEVY-016)."""

import pytest

from millage.levy.v1 import moves_pb2 as pb
from taxkit import trial as trials


class TestMoves(trials.Suite):
    service = "millage.levy.v1.MoveService"

    @pytest.fixture
    def cases(self, trial, one_bill) -> dict[str, trials.Case]:
        def move() -> pb.MoveBillsRequest:
            bill = pb.BillToMove(bill_id=one_bill(), expected_version=1)
            return pb.MoveBillsRequest(bills=[bill], owner_name="Dolores Park", reason="sold")

        def moved() -> pb.MoveBillsRequest:
            asked = move()
            trial.do(asked)
            return asked

        def nowhere() -> pb.MoveBillsRequest:
            asked = moved()
            asked.bills[0].expected_version = 2
            return asked

        known = moved().bills[0].bill_id
        return {
            "MoveBills": trials.Case(
                move,
                refused_when={"BILL_VERSION_STALE": moved, "MOVE_CHANGES_NOTHING": nowhere},
            ),
            "ListMovableBills": trials.Case(
                lambda: pb.ListMovableBillsRequest(parcel_number="20000000000000")
            ),
            "ListMoves": trials.Case(lambda: pb.ListMovesRequest(bill_id=known)),
        }
