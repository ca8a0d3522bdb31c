"""LEVY-024, SALE-029: what took a retired parcel's place is kept, in whatever order it comes."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millage.taxsale.v1 import successions_pb2, successions_pb2_grpc, taxsale_pb2, taxsale_pb2_grpc
from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC

METHOD = "on_parcel_retired"
PARTS = [("2022-03-01", 500), ("2022-12-30", 600)]
PARCEL = "13264290020000"


def retired(parcel: str, successor: str) -> str:
    data = {
        "parcel_number": parcel, "successor_number": successor, "retired_on": "2022-11-14",
        "retired_by": "ada", "reason": "split",
    }  # fmt: skip
    kind = "org.millage.levy.ParcelRetired.v1"
    return testing.foreign_event(kind, f"parcel/{parcel}", data, sequence=1)


@pytest.fixture
def ask(app):
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        metadata = testing.bearer(keys.token("taxsale.read"))
        links = successions_pb2_grpc.SuccessionServiceStub(channel)
        sale = taxsale_pb2_grpc.TaxsaleServiceStub(channel)

        def send(method, **asked):
            if method == "GetParcelSuccession":
                request = successions_pb2.GetParcelSuccessionRequest(**asked)
                return links.GetParcelSuccession(request, metadata=metadata)
            return getattr(sale, method)(
                getattr(taxsale_pb2, f"{method}Request")(**asked), metadata=metadata
            )

        yield send


def test_sale_029_a_standing_bill_says_what_is_in_its_parcels_place(
    app, ask, balance, bill_id
) -> None:
    """SALE-029: it stays for sale on the old number, and the list says where to look."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, PARTS)])
    assert ask("GetSaleStanding", bill_id=str(bill_id)).successor_number == ""
    app.consumer.absorb(METHOD, [retired(PARCEL, "2"), retired("2", "3")])
    assert ask("GetSaleStanding", bill_id=str(bill_id)).successor_number == "3"
    (item,) = ask("ListEligible", as_of="2024-03-31").items
    assert (item.parcel_number, item.successor_number) == (PARCEL, "3")
    found = ask("GetParcelSuccession", parcel_number=PARCEL)
    assert (found.current_number, list(found.open_bill_ids)) == ("3", [str(bill_id)])
    back = ask("GetParcelSuccession", parcel_number="3")
    assert ([one.parcel_number for one in back.predecessors], back.current_number) == (
        [PARCEL, "2"], "3",
    )  # fmt: skip
    assert list(back.open_bill_ids) == [str(bill_id)]
    paid = balance(bill_id, 2, [("2022-03-01", 0), ("2022-12-30", 0)])
    app.consumer.absorb("on_balance_changed", [paid])
    assert list(ask("GetParcelSuccession", parcel_number="3").open_bill_ids) == []


_names = itertools.count(1)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(5)), st.integers(0, 4))
def test_sale_029_chains_are_whole_in_any_order(app, ask, order, twice) -> None:
    """SALE-029: links may come late, again and in any order; nothing of it shows."""
    start = next(_names) * 100
    links = [retired(str(start + n), str(start + n + 1)) for n in range(5)]
    for n in order:
        app.consumer.absorb(METHOD, [links[n]])
    app.consumer.absorb(METHOD, [links[twice]])
    found = ask("GetParcelSuccession", parcel_number=str(start))
    assert (found.current_number, len(found.links)) == (str(start + 5), 5)


def test_sale_029_an_unknown_number_is_its_own_place(ask) -> None:
    """SALE-029: nobody has to know it."""
    found = ask("GetParcelSuccession", parcel_number="9")
    assert (found.current_number, list(found.links)) == ("9", [])


def test_sale_029_what_cannot_be_read_is_parked_and_what_is_kept_stands(app) -> None:
    """SALE-029: nothing of a spoilt link is kept; the kept ones are never altered."""
    spoilt = testing.foreign_event(
        "org.millage.levy.ParcelRetired.v1", "parcel/1", {"parcel_number": str(ids.new_id())}
    )
    app.consumer.absorb(METHOD, [spoilt, retired("1", "2")])
    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"]
    with pytest.raises(Exception, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql("update parcel_successors set successor_number = '9'")
