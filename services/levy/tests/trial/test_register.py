"""The methods of the register, each asked in every wrong way (LEVY-001)."""

import itertools
from types import SimpleNamespace

import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as pb
from taxkit import trial as trials


@pytest.fixture
def asked(levy, one_bill) -> SimpleNamespace:
    """A right request of each command, of a parcel or a lender of its own."""
    numbers = itertools.count(1)

    def record() -> pb.RecordParcelRequest:
        number = levy.bill(one_bill()).parcel_number
        facts = pb.ParcelFacts(ain=f"A-{number}")
        return pb.RecordParcelRequest(parcel_number=number, facts=facts, reason="survey")

    def parties() -> pb.ChangePartiesRequest:
        number = levy.bill(one_bill()).parcel_number
        said = pb.PartiesOfRole(
            role="deeded_owner", parties=[levy_pb2.RegisteredParty(name="Dolores Park")]
        )
        return pb.ChangePartiesRequest(parcel_number=number, parties=[said], reason="deed")

    def lender() -> pb.RegisterLenderRequest:
        code = f"L{next(numbers)}"
        sent = pb.RegisteredLender(lender_code=code, name=f"Bank {code}")
        return pb.RegisterLenderRequest(lender=sent, reason="new")

    return SimpleNamespace(record=record, parties=parties, lender=lender)


class TestRegister(trials.Suite):
    service = "millage.levy.v1.RegisterService"

    @pytest.fixture
    def cases(self, trial, asked) -> dict[str, trials.Case]:
        def again(make, version=0):
            """The same once more, when it was done; as one who saw that version."""
            sent = make()
            trial.do(sent)
            if version:
                sent.expected_version = version
            return sent

        known = asked.record().parcel_number
        reads = {
            "GetParcel": pb.GetParcelRequest(parcel_number=known),
            "SearchParcels": pb.SearchParcelsRequest(name="Im"),
            "ListParcelChanges": pb.ListParcelChangesRequest(parcel_number=known),
            "ListLenders": pb.ListLendersRequest(like="L"),
        }
        changes = {"RecordParcel": asked.record, "ChangeParties": asked.parties}
        return {
            **{name: trials.Case(lambda sent=sent: sent) for name, sent in reads.items()},
            **{
                name: trials.Case(
                    make,
                    refused_when={
                        "PARCEL_CHANGED": lambda make=make: again(make),
                        "REGISTER_CHANGES_NOTHING": lambda make=make: again(make, 1),
                    },
                )
                for name, make in changes.items()
            },
            "RegisterLender": trials.Case(
                asked.lender,
                refused_when={"REGISTER_CHANGES_NOTHING": lambda: again(asked.lender)},
            ),
        }
