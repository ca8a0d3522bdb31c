"""Answers as JSON: whole numbers, short words, every field."""

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.reports.v1 import reports_pb2
from millage_cli.plain import plain


def test_cents_stay_numbers_and_enums_become_words():
    """protobuf's own JSON writes 64-bit numbers as text; a program would add up strings."""
    receipt = pb.Receipt(
        state=pb.RECEIPT_STATE_REVERSED,
        total_cents=2**53 - 1,
        tenders=[pb.Tender(tender_type=pb.TENDER_TYPE_MONEY_ORDER, amount_cents=5)],
    )

    told = plain(receipt)

    assert told["total_cents"] == 2**53 - 1
    assert told["state"] == "reversed"
    assert told["tenders"][0]["tender_type"] == "money_order"


def test_empty_fields_are_there_and_absent_messages_are_not():
    """A program may rely on names; a message that was not sent is no empty one."""
    told = plain(pb.ImportProgress(lines_read=3))

    assert told == {"lines_read": 3, "lines_posted": 0, "lines_to_post": 0}
    assert plain(pb.ReceiptLine())["suspense_reason"] == ""


def test_an_enum_value_of_a_newer_service_is_shown_as_its_number():
    """An older command line does not fail on it."""
    assert plain(pb.Session(state=17))["state"] == "17"  # type: ignore[arg-type]


def test_a_map_is_an_object_by_key():
    """In the order of its keys, so that two answers can be compared."""
    run = reports_pb2.ReportRun(totals={"paid_cents": 5, "held_cents": 0})

    assert plain(run)["totals"] == {"held_cents": 0, "paid_cents": 5}
    assert plain(run)["parameters"] == {}
