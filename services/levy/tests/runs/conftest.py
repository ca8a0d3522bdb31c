"""A roll that was put on file without bills, and the calls that preview, certify and issue it."""

import itertools
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing


class Runs:
    """Levy runs through the public API."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = RunServiceStub(channel)
        self._metadata = testing.bearer(keys.token("levy.*", user="auditor-controller"))
        # Who certifies a roll does not run it.
        self.clerk = testing.bearer(keys.token("levy.*", user="clerk"))

    def preview(self, tax_year: int = 2021, key: str = "preview", **more: str) -> pb.Preview:
        return self.preview_steps(tax_year, key, **more)[-1].preview

    def preview_steps(
        self, tax_year: int = 2021, key: str = "preview", **more: str
    ) -> list[pb.PreviewProgress]:
        asked = pb.PreviewLevyRequest(idempotency_key=key, tax_year=tax_year, **more)
        return list(self.stub.PreviewLevy(asked, metadata=self._metadata, timeout=120))

    def certify(self, preview: pb.Preview, key: str = "", **changes: Any) -> pb.Certification:
        asked = pb.CertifyRollRequest(
            **{
                "idempotency_key": key or f"certify {preview.preview_id}",
                "preview_id": preview.preview_id,
                "statement": "Extended as the clerk's rates say",
                "bill_count": preview.bill_count,
                "total_cents": preview.total_cents,
                **changes,
            }
        )
        return self.stub.CertifyRoll(asked, metadata=self._metadata, timeout=60)

    def discard(self, preview_id: str, reason: str = "Rates of a school were wrong") -> pb.Preview:
        asked = pb.DiscardPreviewRequest(
            idempotency_key=f"discard {preview_id}", preview_id=preview_id, reason=reason
        )
        return self.stub.DiscardPreview(asked, metadata=self._metadata, timeout=60)

    def run(self, tax_year: int = 2021, key: str = "run", **more: str) -> pb.Run:
        return list(self.begin(tax_year, key, **more))[-1].run

    def run_steps(self, tax_year: int = 2021, key: str = "run") -> list[pb.RunProgress]:
        return list(self.begin(tax_year, key))

    def begin(
        self, tax_year: int = 2021, key: str = "run", **more: str
    ) -> Iterator[pb.RunProgress]:
        asked = pb.RunLevyRequest(idempotency_key=key, tax_year=tax_year, **more)
        return self.stub.RunLevy(asked, metadata=self.clerk, timeout=120)

    def insist(self, tax_year: int = 2021, key: str = "run") -> pb.Run:
        """Ask again while somebody else is at the year's roll."""
        for _ in itertools.count():
            try:
                return self.run(tax_year, key)
            except grpc.RpcError as error:
                if testing.reason_of(error) != "ROLL_IN_PROGRESS":
                    raise
        raise AssertionError

    def get(self, run_id: str) -> pb.Run:
        return self.stub.GetRun(pb.GetRunRequest(run_id=run_id), metadata=self._metadata)

    def get_preview(self, preview_id: str) -> pb.Preview:
        asked = pb.GetPreviewRequest(preview_id=preview_id)
        return self.stub.GetPreview(asked, metadata=self._metadata)


@pytest.fixture
def runs(channel: grpc.Channel, keys: testing.Keys) -> Runs:
    return Runs(channel, keys)


@pytest.fixture
def staged(levy, roll):
    """Put a year's example roll on file; gives the roll's answer."""

    def stage(tax_year: int = 2021, key: str = "stage", **changes: str) -> Any:
        rows = [*roll.rates(tax_year), *roll.parcels(tax_year)]
        return levy.load([roll.header(tax_year, key, only_stage=True, **changes), *rows])

    return stage


@pytest.fixture
def changed_parcel(roll):
    """The first parcel of the roll at another value."""

    def make(net_value_dollars: int) -> levy_pb2.LoadRollRequest:
        message = roll.parcels(2021)[0]
        message.parcel.net_value_dollars = net_value_dollars
        message.parcel.value_dollars = max(net_value_dollars, message.parcel.value_dollars)
        return message

    return make
