"""The read copy of bills' faces: where the property lies and what it is."""

from taxkit import testing


def test_cash_025_a_bills_face_is_kept(app, rows, bill_of) -> None:
    """Once, however often and in whatever order it comes."""
    bill_id = bill_of("1", 2021)
    data = {"bill_id": str(bill_id), "tax_code": "71163", "property_class": "211"}
    kind = "org.millage.levy.BillCreated.v1"
    body = testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)
    again = testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)
    app.consumer.absorb("on_bill_created", [body, body])
    app.consumer.absorb("on_bill_created", [again])

    assert rows("select tax_code, property_class from bill_faces") == [("71163", "211")]
    assert testing.parked(app) == []


def test_a_face_that_cannot_be_read_is_parked(app, rows) -> None:
    kind = "org.millage.levy.BillCreated.v1"
    app.consumer.absorb("on_bill_created", [testing.foreign_event(kind, "bill/1", {}, sequence=1)])

    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"]
    assert rows("select count(*) from bill_faces") == [(0,)]
