"""RECV-062: parts of bills in payment files."""

from dataclasses import replace
from datetime import date

import pytest

from cashiering_service import part_law
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT

PARCEL, OTHER, THIRD = "13264290020000", "18032000510000", "28193130040000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
DAY = date(2022, 12, 27)


def _content(*lines: tuple[str, int]) -> bytes:
    """A file of payments: (parcel, cents), for 2021."""
    rows = [
        f"{COUNTY_FORMAT.write(parcel, 2021)},{cents // 100}.{cents % 100:02d},"
        f"{DAY},2022-12-28,{place},P"
        for place, (parcel, cents) in enumerate(lines, start=1)
    ]
    total = sum(cents for _, cents in lines)
    end = f"TRAILER,{len(lines)},{total // 100}.{total % 100:02d}"
    return "\n".join([HEAD, *rows, end, ""]).encode()


@pytest.fixture
def halves(app, balance):
    """A bill of two halves: the first late with interest, the second to come."""

    def make(parcel: str, first: int = 30_000, interest: int = 600, second: int = 20_000) -> None:
        charged = {"tax_charged_cents": 0, "interest_charged_cents": 0, "paid_cents": 0}
        body = balance(
            parcel, 2021, first + interest + second, sequence=9,
            installments=[
                {"installment": 1, "due_on": "2022-03-01", "tax_open_cents": first,
                 "interest_open_cents": interest, **charged},
                {"installment": 2, "due_on": "2022-12-30", "tax_open_cents": second,
                 "interest_open_cents": 0, **charged},
            ],
        )  # fmt: skip
        app.consumer.absorb("on_balance_changed", [body])

    return make


@pytest.fixture
def only_coded(app) -> None:
    """The office asks for codes."""
    given = (SettingSet("partial_only_coded", "on", date(2022, 1, 1)),)
    app.parts = replace(app.parts, set_here=lambda: given)


def _said(run) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in run.lines]


@pytest.mark.usefixtures("only_coded")
def test_recv_062_a_part_waits_in_suspense_with_its_reason(files_service, halves, rows) -> None:
    """RECV-062: a whole installment and the whole bill post; their bill's money does not move."""
    for parcel in (PARCEL, OTHER, THIRD):
        halves(parcel)
    run = files_service.imported(
        _content((PARCEL, 30_599), (OTHER, 30_600), (THIRD, 50_600)), "csv"
    )

    assert _said(run) == [("suspense", "PARTIAL_NOT_CODED"), ("posted", ""), ("posted", "")]
    assert "50600 cents" in run.lines[0].message
    assert rows(
        "select parcel_number, suspense_reason from receipt_lines where bill_id is null"
    ) == [(PARCEL, "PARTIAL_NOT_CODED")]


@pytest.mark.usefixtures("only_coded")
def test_recv_062_where_money_does_not_wait_a_part_is_rejected(files_service, halves) -> None:
    """RECV-062: the motor vehicle office gets it back."""
    halves(PARCEL)
    run = files_service.imported(_content((PARCEL, 1)), "csv", source="dmv")
    assert _said(run) == [("rejected", "PARTIAL_NOT_CODED")]


@pytest.mark.usefixtures("only_coded")
def test_recv_062_a_code_or_a_running_plan_lets_parts_in(
    app, files_service, halves, bill_of
) -> None:
    """RECV-062: either is enough; another code is not."""
    for parcel in (PARCEL, OTHER, THIRD):
        halves(parcel)
    with app.database.begin() as connection:
        run = connection.exec_driver_sql
        run("insert into code_settings values ('PART', '', '{partial_payment}'), ('X', '', '{}')")
        run("insert into bill_codes values (%s, '{X,PART}', 1)", (bill_of(PARCEL, 2021),))
        run("insert into bill_codes values (%s, '{X}', 1)", (bill_of(OTHER, 2021),))
        run("insert into plans values ('P-1', 'active')")
        run("insert into plan_bills values ('P-1', %s)", (bill_of(THIRD, 2021),))
    posted = files_service.imported(_content((PARCEL, 1), (OTHER, 2), (THIRD, 3)), "csv")

    assert _said(posted) == [("posted", ""), ("suspense", "PARTIAL_NOT_CODED"), ("posted", "")]


@pytest.mark.usefixtures("only_coded")
@pytest.mark.parametrize(("cents", "outcome"), [(50_599, "suspense"), (50_600, "posted")])
def test_recv_062_whole_is_what_was_quoted_for_the_day_of_payment(
    app, files_service, halves, bill_of, cents: int, outcome: str
) -> None:
    """RECV-062: less what is let off; told last, the bill owed 50,000."""
    halves(OTHER, interest=0)
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into quoted (bill_id, as_of, bill_version, installments, discount_cents)"
            " select bill_id, %s, bill_version, jsonb_build_array(jsonb_build_object("
            "  'installment', 1, 'due_on', '2022-03-01', 'tax_open_cents', 50000,"
            "  'interest_open_cents', 700)), 100 from dues where bill_id = %s",
            (DAY, bill_of(OTHER, 2021)),
        )
    run = files_service.imported(_content((OTHER, cents)), "csv")
    assert [one.outcome for one in run.lines] == [outcome]


@pytest.mark.parametrize(
    ("jurisdiction", "cents", "reason"),
    [
        ("us-ia", 599, "PART_BELOW_CHARGES"),
        ("us-ia", 600, ""),
        ("us-co", 30_599, "PART_NOT_AN_INSTALLMENT"),
        ("us-co", 30_600, ""),
        ("us-co", 50_599, "PART_NOT_AN_INSTALLMENT"),
        ("us-il-cook", 1, ""),
    ],
)
def test_recv_062_each_law_asks_its_own(
    app, files_service, halves, jurisdiction: str, cents: int, reason: str
) -> None:
    """Iowa's least part, Colorado's return of parts, and Cook County, which takes any."""
    app.parts = part_law.load(app.settings.jurisdictions_dir, jurisdiction)
    halves(PARCEL)
    run = files_service.imported(_content((PARCEL, cents)), "csv")
    assert _said(run) == [("suspense", reason) if reason else ("posted", "")]


def test_recv_062_a_part_that_is_forbidden_since_the_validation_is_parked_at_the_commit(
    app, files_service, halves
) -> None:
    """RECV-062: what was judged good is asked again."""
    halves(PARCEL)
    prepared = files_service.prepare(_content((PARCEL, 1)), "csv")
    assert _said(files_service.validate(prepared.run_id)) == [("posted", "")]
    app.parts = part_law.load(app.settings.jurisdictions_dir, "us-co")
    done = files_service.commit(prepared.run_id)
    assert _said(done) == [("suspense", "PART_NOT_AN_INSTALLMENT")]
