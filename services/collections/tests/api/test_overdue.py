"""RECV-058: overdue bills for each purpose, as the codes on them have it."""

import json
from uuid import UUID

import grpc
import pytest

from collections_service.bootstrap import SPEC
from millage.collections.v1 import overdue_pb2 as pb
from millage.collections.v1.overdue_pb2_grpc import OverdueServiceStub
from taxkit import testing

KEYS = testing.make_keys()
READER = testing.bearer(KEYS.token("collections.read"))
BILLS = [UUID(int=place) for place in range(1, 6)]
CODES = [
    ("OUT", "as_usual", ["exclude_from_exports"]),
    ("BANK", "as_usual", ["bankruptcy"]),
    ("QUIET", "exclude", []),
    ("LOUD", "include", []),
]


@pytest.fixture
def overdue(app, balance):
    """Five bills of 500 late cents: none, OUT, BANK, QUIET, and one of 10 cents with LOUD."""
    events = [
        balance(bill, 1, [("2022-03-01", 500), ("2023-12-30", 700)], bill_number=f"B-{bill.int}")
        for bill in BILLS[:4]
    ]
    events.append(balance(BILLS[4], 1, [("2022-03-01", 10)], tax_year=2020, bill_number="B-5"))
    app.consumer.absorb("on_balance_changed", events)
    with app.database.begin() as connection:
        for place, (code, notices, switches) in enumerate(CODES):
            connection.exec_driver_sql(
                "insert into code_settings (code, switches, delinquent_notices)"
                " select %s, array(select jsonb_array_elements_text(%s::jsonb)), %s",
                (code, json.dumps(switches), notices),
            )
            connection.exec_driver_sql(
                "insert into bill_codes values (%s, array[%s, 'UNHEARD'], 1)",
                (BILLS[place + 1], code),
            )
    with testing.server(SPEC, app, KEYS) as channel:
        stub = OverdueServiceStub(channel)

        def ask(**given) -> pb.ListOverdueBillsResponse:
            return stub.ListOverdueBills(pb.ListOverdueBillsRequest(**given), metadata=READER)

        yield ask


def _numbers(bills) -> list[str]:
    return [one.bill_number for one in bills]


@pytest.mark.parametrize(
    ("purpose", "listed", "left_out"),
    [
        ("", ["B-1", "B-2", "B-3", "B-4"], []),
        ("export", ["B-1", "B-3", "B-4"], [("B-2", "OUT", "exclude_from_exports")]),
        (
            "notice",
            ["B-1", "B-2", "B-5"],
            [("B-3", "BANK", "bankruptcy"), ("B-4", "QUIET", "delinquent_notices")],
        ),
    ],
)
def test_recv_058_each_list_has_what_the_codes_let_into_it(
    overdue, purpose: str, listed: list[str], left_out: list[tuple[str, str, str]]
) -> None:
    """RECV-058: what is kept out is named with the code; a least sum is passed by LOUD alone."""
    found = overdue(purpose=purpose, as_of="2023-03-31", least_cents=100)
    assert _numbers(found.bills) == listed
    assert [(one.bill.bill_number, one.code, one.because) for one in found.left_out] == left_out


def test_recv_058_a_bill_says_how_late_it_is_and_which_codes_it_bears(overdue) -> None:
    """RECV-058: what is not due yet does not count."""
    first, second, *_ = overdue(as_of="2022-04-30").bills
    assert (first.overdue_cents, first.due_on, first.days_past_due, first.bucket) == (
        500, "2022-03-01", 60, "31-60",
    )  # fmt: skip
    assert (list(first.codes), list(second.codes)) == ([], ["OUT", "UNHEARD"])
    assert not overdue(as_of="2022-03-01").bills


def test_recv_058_years_and_pages(overdue) -> None:
    """RECV-058: page by page everything once, in any purpose."""
    assert _numbers(overdue(tax_year=2020).bills) == ["B-5"]
    assert len(overdue(tax_year=2021, include_prior_years=True).bills) == 5
    numbers, token = [], ""
    while True:
        page = overdue(purpose="notice", page_size=1, page_token=token)
        numbers += _numbers(page.bills) + [one.bill.bill_number for one in page.left_out]
        if not (token := page.next_page_token):
            break
    assert numbers == ["B-1", "B-2", "B-3", "B-4", "B-5"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"purpose": "sale"}, "PURPOSE_UNKNOWN"),
        ({"tax_year": 10_000}, "TAX_YEAR_INVALID"),
        ({"least_cents": -1}, "AMOUNT_INVALID"),
        ({"as_of": "soon"}, "DATE_INVALID"),
        ({"page_token": "x"}, "ID_INVALID"),
    ],
)
def test_recv_058_what_makes_no_sense_is_refused(overdue, given, reason: str) -> None:
    """RECV-058: by a stable reason."""
    with pytest.raises(grpc.RpcError) as error:
        overdue(**given)
    assert testing.reason_of(error.value) == reason
