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


def test_cash_025_specials_are_what_the_laws_agencies_get(app, rows, bill_of) -> None:
    """Of a year the law says nothing of there are none; a line that is none parks the bill."""
    kind = "org.millage.levy.BillCreated.v1"
    lines = [
        {"agency_code": "010010000", "agency_name": "County", "amount_cents": 90},
        {"agency_code": "030210111", "agency_name": "Service area", "amount_cents": 10},
    ]
    for year, components in (
        (2021, lines),
        (1850, lines),
        (2020, [{"agency_code": 7}]),
        (2019, [1]),
    ):
        bill_id = bill_of("1", year)
        data = {
            "bill_id": str(bill_id), "tax_code": "71163", "property_class": "211",
            "tax_year": year, "total_cents": 100, "components": components,
        }  # fmt: skip
        body = testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)
        app.consumer.absorb("on_bill_created", [body])

    assert rows("select specials_cents from bill_faces order by 1") == [(0,), (10,)]
    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"] * 2
