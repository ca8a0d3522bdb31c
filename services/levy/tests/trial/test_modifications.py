"""Drafts of modifications, each method asked in every wrong way."""

import itertools

import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import modifications_pb2 as pb
from taxkit import trial as trials


class TestModifications(trials.Suite):
    service = "millage.levy.v1.ModificationService"

    @pytest.fixture
    def wanted(self, trial, roll) -> pb.ModifiableBills:
        """The one bill of a parcel."""
        parcel = roll.parcels(2021)[0].parcel
        rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.tax_code]
        end = levy_pb2.RollEnd(rate_count=len(rates), parcel_count=1)
        trial.do(
            [
                roll.header(2021),
                *rates,
                levy_pb2.LoadRollRequest(parcel=parcel),
                levy_pb2.LoadRollRequest(end=end),
            ]
        )
        return pb.ModifiableBills(parcel_number=parcel.parcel_number)

    @pytest.fixture
    def drafts(self, trial, wanted) -> "Drafts":
        return Drafts(trial, wanted)

    @pytest.fixture
    def cases(self, drafts, wanted) -> dict[str, trials.Case]:
        kept = drafts.opened().modification_id
        stranger = pb.ModifiableBills(taxpayer="A. Stranger")
        return {
            "FindModifiable": trials.Case(lambda: pb.FindModifiableRequest(bills=wanted)),
            "OpenModification": trials.Case(
                drafts.opening,
                refused_when={"NO_BILLS_FOUND": lambda: drafts.opening(bills=stranger)},
            ),
            "EditModification": trials.Case(
                lambda: drafts.edit(drafts.opened()),
                refused_when={
                    "MODIFICATION_EDITED": lambda: drafts.edit(drafts.edited(), seen=-1),
                    "MODIFICATION_NOT_OPEN": lambda: drafts.edit(drafts.dropped()),
                },
            ),
            "RollBackModification": drafts.case(pb.RollBackModificationRequest),
            "DropModification": trials.Case(
                lambda: drafts.drop(drafts.opened()),
                refused_when={"MODIFICATION_NOT_OPEN": lambda: drafts.drop(drafts.dropped())},
            ),
            "GetModification": trials.Case(lambda: pb.GetModificationRequest(modification_id=kept)),
            "ListModifications": trials.Case(pb.ListModificationsRequest),
            "FinishModification": drafts.case(pb.FinishModificationRequest),
        }


class Drafts:
    """Drafts on one bill in the states that methods want."""

    def __init__(self, trial, wanted) -> None:
        self._do, self._wanted = trial.do, wanted
        self._keys = itertools.count()

    def opening(self, **changes: object) -> pb.OpenModificationRequest:
        asked = {"bills": self._wanted, "option": "MN", "purpose": "refund", "reason": "appeal"}
        return pb.OpenModificationRequest(**{**asked, **changes})

    def opened(self) -> pb.Modification:
        return self._keyed(self.opening())

    def edit(self, draft: pb.Modification, seen: int = 0) -> pb.EditModificationRequest:
        (bill,) = draft.modified
        # Never what the bill is already, however often one was finished.
        edited = pb.ModificationEdit(bill_id=bill.bill_id, total_cents=bill.total_cents + 100)
        return pb.EditModificationRequest(
            modification_id=draft.modification_id,
            expected_revision=draft.revision + seen,
            edits=[edited],
        )

    def edited(self) -> pb.Modification:
        return self._keyed(self.edit(self.opened()))

    def drop(self, draft: pb.Modification) -> pb.DropModificationRequest:
        return pb.DropModificationRequest(modification_id=draft.modification_id)

    def dropped(self) -> pb.Modification:
        return self._keyed(self.drop(self.opened()))

    def case(self, kind: type) -> trials.Case:
        """Of a method that takes an edited draft in the revision its caller saw."""

        def named(draft: pb.Modification) -> object:
            return kind(modification_id=draft.modification_id, expected_revision=draft.revision)

        return trials.Case(
            lambda: named(self.edited()),
            refused_when={"MODIFICATION_NOT_OPEN": lambda: named(self.dropped())},
        )

    def _keyed(self, asked: object) -> pb.Modification:
        asked.idempotency_key = f"draft {next(self._keys)}"
        return self._do(asked)
