"""Supplements, each method asked in every wrong way (LEVY-006)."""

from typing import Any

import pytest

from millage.levy.v1 import supplement_refunds_pb2
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import ids
from taxkit import trial as trials


class Desk:
    """Supplements of parcels nobody else has."""

    def __init__(self, trial: trials.Trial, levy: Any, one_bill: Any) -> None:
        self._trial, self._levy, self._one_bill = trial, levy, one_bill

    def parts(self, parcel: str = "") -> list[pb.LoadSupplementRequest]:
        number = parcel or self._levy.bill(self._one_bill()).parcel_number
        row = pb.SupplementEvent(
            parcel_number=number, kind="new_construction", event_on="2022-11-01",
            value_dollars=900_000, net_value_dollars=800_000,
        )  # fmt: skip
        return [
            pb.LoadSupplementRequest(header=pb.SupplementHeader(tax_year=2021, source="list")),
            pb.LoadSupplementRequest(row=row),
            pb.LoadSupplementRequest(end=pb.SupplementEnd(row_count=1)),
        ]

    def loaded(self) -> str:
        found: str = self._trial.do(self.parts()).supplement_id
        return found

    def twice(self) -> list[pb.LoadSupplementRequest]:
        parts = self.parts()
        parts[0].header.idempotency_key = str(ids.new_id())
        self._trial.do(parts)
        return self.parts(parts[1].row.parcel_number)

    def billing(self) -> pb.CreateSupplementBillsRequest:
        return pb.CreateSupplementBillsRequest(supplement_id=self.loaded())

    def discarding(self) -> pb.DiscardSupplementRequest:
        return pb.DiscardSupplementRequest(supplement_id=self.loaded(), reason="loaded twice")

    def billed(self) -> str:
        asked = self.billing()
        self._trial.do(asked)
        found: str = asked.supplement_id
        return found

    def discarded(self) -> str:
        asked = self.discarding()
        self._trial.do(asked)
        found: str = asked.supplement_id
        return found


class TestSupplements(trials.Suite):
    service = "millage.levy.v1.SupplementService"

    @pytest.fixture
    def cases(self, trial, levy, one_bill) -> dict[str, trials.Case]:
        desk = Desk(trial, levy, one_bill)

        def create(supplement_id: str) -> pb.CreateSupplementBillsRequest:
            return pb.CreateSupplementBillsRequest(supplement_id=supplement_id)

        def discard(supplement_id: str) -> pb.DiscardSupplementRequest:
            return pb.DiscardSupplementRequest(supplement_id=supplement_id, reason="again")

        return {
            "LoadSupplement": trials.Case(
                desk.parts, refused_when={"SUPPLEMENT_WAITING": desk.twice}
            ),
            "GetSupplement": trials.Case(
                lambda: pb.GetSupplementRequest(supplement_id=desk.loaded())
            ),
            "ListSupplements": trials.Case(lambda: pb.ListSupplementsRequest(tax_year=2021)),
            "PreviewSupplement": trials.Case(
                lambda: pb.PreviewSupplementRequest(supplement_id=desk.loaded())
            ),
            "ListSupplementItems": trials.Case(
                lambda: pb.ListSupplementItemsRequest(supplement_id=desk.loaded())
            ),
            "DiscardSupplement": trials.Case(
                desk.discarding,
                refused_when={
                    "SUPPLEMENT_BILLED": lambda: discard(desk.billed()),
                    "SUPPLEMENT_DISCARDED": lambda: discard(desk.discarded()),
                },
            ),
            "CreateSupplementBills": trials.Case(
                desk.billing,
                refused_when={
                    "SUPPLEMENT_BILLED": lambda: create(desk.billed()),
                    "SUPPLEMENT_DISCARDED": lambda: create(desk.discarded()),
                },
            ),
        }


class TestSupplementRefunds(trials.Suite):
    service = "millage.levy.v1.SupplementRefundService"

    @pytest.fixture
    def cases(self) -> dict[str, trials.Case]:
        asked = supplement_refunds_pb2.ListSupplementRefundsRequest
        return {
            "ListSupplementRefunds": trials.Case(
                lambda: asked(tax_year=2021, parcel_number="20000000000000", state="waiting")
            )
        }
