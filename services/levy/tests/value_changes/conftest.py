"""Value changes through the public API, and a law whose value is a parcel's own."""

from collections.abc import Iterator, Sequence
from typing import Any

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import value_changes_pb2 as pb
from millage.levy.v1.value_changes_pb2_grpc import ValueChangeServiceStub
from taxkit import ids, testing


class ValueChanges:
    """The public API, asked by a clerk and decided on by another person."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = ValueChangeServiceStub(channel)
        self._keys = keys

    def _who(self, user: str, *rights: str) -> Any:
        return testing.bearer(self._keys.token(*(rights or ("levy.*",)), user=user))

    def post(
        self, *rows: pb.ValueChangeRow, rights: Sequence[str] = (), user: str = "ada", **header: Any
    ) -> pb.ValueChangeBatch:
        parts = stream(rows, **header)
        metadata = self._who(user, *rights)
        return self.stub.PostValueChanges(parts, metadata=metadata, timeout=120)

    def listed(self, **asked: Any) -> list[pb.ValueChange]:
        request = pb.ListValueChangesRequest(**asked)
        return list(self.stub.ListValueChanges(request, metadata=self._who("eve")).changes)

    def get(self, change_id: str) -> pb.ValueChange:
        asked = pb.GetValueChangeRequest(change_id=change_id)
        return self.stub.GetValueChange(asked, metadata=self._who("eve"))

    def accept(self, *change_ids: str, user: str = "sam", **asked: Any) -> pb.DecidedValueChanges:
        request = pb.AcceptValueChangesRequest(
            **{"idempotency_key": str(ids.new_id()), "change_ids": change_ids, **asked}
        )
        return self.stub.AcceptValueChanges(request, metadata=self._who(user), timeout=120)

    def reject(self, *change_ids: str, user: str = "sam", **asked: Any) -> pb.DecidedValueChanges:
        request = pb.RejectValueChangesRequest(
            **{
                "idempotency_key": str(ids.new_id()),
                "change_ids": change_ids,
                "comment": "No evidence",
                **asked,
            }
        )
        return self.stub.RejectValueChanges(request, metadata=self._who(user), timeout=120)


def stream(
    rows: Sequence[pb.ValueChangeRow], *, count: int | None = None, **header: Any
) -> Iterator[pb.PostValueChangesRequest]:
    given = {"idempotency_key": str(ids.new_id()), "tax_year": 2021, "source": "list", **header}
    yield pb.PostValueChangesRequest(header=pb.ValueChangeHeader(**given))
    for row in rows:
        yield pb.PostValueChangesRequest(row=row)
    end = pb.ValueChangeEnd(row_count=len(rows) if count is None else count)
    yield pb.PostValueChangesRequest(end=end)


@pytest.fixture
def changes(channel: grpc.Channel, keys: testing.Keys) -> ValueChanges:
    return ValueChanges(channel, keys)


@pytest.fixture
def bills(levy, roll) -> list[levy_pb2.Bill]:
    """The issued bills of 2021 that ask for something, in whole."""
    levy.load(roll.whole(2021))
    found = levy.bills(tax_year=2021).bills
    return [one for one in found if one.total_cents > 100_000 and one.part == "whole"]


@pytest.fixture
def parcels(app):
    """The register's figures of a parcel of 2021: value, net value."""

    def read(parcel_number: str) -> tuple[int, int]:
        with app.database.begin() as connection:
            return tuple(
                connection.exec_driver_sql(
                    "select value_dollars, net_value_dollars from parcels"
                    " where tax_year = 2021 and parcel_number = %s",
                    (parcel_number,),
                ).one()
            )

    return read
