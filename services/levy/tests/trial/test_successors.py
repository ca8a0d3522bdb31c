"""The methods of retired parcels, each asked in every wrong way (LEVY-024)."""

import pytest

from millage.levy.v1 import successors_pb2 as pb
from taxkit import trial as trials

_SUCCESSOR = "29999999999999"


class TestSuccessors(trials.Suite):
    service = "millage.levy.v1.SuccessorService"

    @pytest.fixture
    def cases(self, trial, levy, one_bill) -> dict[str, trials.Case]:
        def retire() -> pb.RetireParcelRequest:
            number = levy.bill(one_bill()).parcel_number
            return pb.RetireParcelRequest(
                parcel_number=number, successor_number=_SUCCESSOR, reason="split"
            )

        def retired() -> pb.RetireParcelRequest:
            asked = retire()
            trial.do(asked)
            return asked

        def circle() -> pb.RetireParcelRequest:
            goal = levy.bill(one_bill()).parcel_number
            first = retire()
            first.successor_number = goal
            trial.do(first)
            return pb.RetireParcelRequest(
                parcel_number=goal, successor_number=first.parcel_number, reason="back"
            )

        return {
            "RetireParcel": trials.Case(
                retire, refused_when={"PARCEL_RETIRED": retired, "SUCCESSOR_CYCLE": circle}
            ),
            "GetSuccession": trials.Case(lambda: pb.GetSuccessionRequest(parcel_number=_SUCCESSOR)),
        }
