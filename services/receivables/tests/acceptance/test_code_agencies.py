"""RECV-060: bills are chosen by the agencies that have a part of them."""

import pytest

from millage.receivables.v1 import codes_pb2 as pb
from receivables_service.codes import agencies
from taxkit.ids import new_id
from taxkit.testing import reason_of

PARCEL = "13264290020000"
SPECIAL = "031000100"
pytestmark = pytest.mark.parametrize("law_folder", ["agency"], indirect=True)


def _components(*codes: str):
    part = 100_000 // len(codes)
    return [{"agency_code": each, "agency_name": each, "amount_cents": part} for each in codes]


@pytest.fixture
def bills(quiet):
    """Two bills of a statement: one bears a special assessment, the other does not."""
    plain, special = quiet.bill, new_id()
    quiet.issue(500, 500, components=_components("010010000"))
    quiet.issue(
        500, 500, bill=special, bill_number="2019-2", components=_components("010010000", SPECIAL)
    )
    settings = pb.CodeSettings(description="Lighting district")
    made = pb.CreateCodeRequest(
        idempotency_key=quiet.key(), code="LIGHT", settings=settings, reason="new"
    )
    quiet.codes.CreateCode(made, metadata=quiet.caller())
    return plain, special


def _set(quiet, kind=pb.SetCodeRequest, **narrowed):
    asked = kind(
        idempotency_key=quiet.key(), code="LIGHT", comment="lit",
        statement=pb.CodeStatement(statement_id=PARCEL, tax_year=2019, **narrowed),
    )  # fmt: skip
    call = quiet.codes.SetCode if kind is pb.SetCodeRequest else quiet.codes.RemoveCode
    return [line.bill_id for line in call(asked, metadata=quiet.caller()).lines]


def _listed(quiet, **narrowed):
    asked = pb.ListCodeItemsRequest(statement_id=PARCEL, **narrowed)
    return {one.bill_id for one in quiet.codes.ListCodeItems(asked, metadata=quiet.caller()).items}


def test_recv_060_a_code_goes_on_the_bills_of_an_agency(quiet, bills):
    """RECV-060: and is taken off the same way; the list is narrowed alike."""
    plain, special = map(str, bills)
    assert _listed(quiet, agency=SPECIAL) == {special}
    assert _listed(quiet, agency="010010000") == {plain, special}
    assert _set(quiet, agency=SPECIAL) == [special]
    assert _set(quiet, pb.RemoveCodeRequest, agency=SPECIAL) == [special]
    assert sorted(_set(quiet)) == sorted([plain, special])


def test_recv_060_filters_narrow_each_other(quiet, bills):
    """RECV-060: of a district and an agency both."""
    _, special = map(str, bills)
    assert _listed(quiet, agency=SPECIAL, district="71001") == {special}
    assert _listed(quiet, agency=SPECIAL, district="71002") == set()
    assert _listed(quiet, agency=SPECIAL, standing="delinquent") == set()


def test_recv_060_an_agency_with_no_part_of_the_statement_is_refused(quiet, bills):
    """RECV-060: nothing is coded."""
    with pytest.raises(Exception) as error:  # noqa: PT011 - a gRPC error has no class of its own
        _set(quiet, agency="039999999")
    assert reason_of(error.value) == "STATEMENT_NOT_FOUND"


class _Told:
    def __init__(self, bill_id, version, *codes):
        parts = [{"agency_code": each} for each in codes]
        self.data = {"bill_id": bill_id, "bill_version": version, "components": parts}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_recv_060_the_newest_version_s_parts_count_in_any_order(quiet, app, order):
    """RECV-060: a correction may bring an agency or drop one; one without parts says nothing."""
    bill = new_id()
    told = [_Told(bill, 1, "a"), _Told(bill, 2, "a", "b"), _Told(bill, 3, "c", "c")]

    class Work:
        pass

    for place in order:
        with app.database.begin() as connection:
            Work.connection = connection
            agencies.keep(Work, [told[place], _Told(bill, 9)])
    with app.database.begin() as connection:
        assert agencies.of_bills(connection, [bill]) == {bill: frozenset("c")}


def test_recv_060_several_versions_come_in_one_batch(quiet, app):
    """RECV-060: of one bill the newest is kept."""
    bill = new_id()
    with app.database.begin() as connection:
        work = type("Work", (), {"connection": connection})
        agencies.keep(work, [_Told(bill, 2, "b"), _Told(bill, 1, "a")])
        assert agencies.of_bills(connection, [bill]) == {bill: frozenset("b")}
