"""An assessment's yearly installment is a direct charge of the parcel's bill."""

import json

import pytest

from levy_service.specials.events import SPECIAL_ASSESSMENT_CHANGED
from millage.levy.v1 import specials_pb2 as pb
from taxkit import testing

AGENCY = "900120000"


def charged(bill) -> list[int]:
    return [each.amount_cents for each in bill.lines if each.agency_code == AGENCY]


def changes(app) -> list[dict]:
    kind = f"org.millage.{SPECIAL_ASSESSMENT_CHANGED.owner}.SpecialAssessmentChanged.v1"
    return [each for each in testing.emitted(app) if each["type"] == kind]


def test_levy_017_the_first_installment_is_on_the_first_years_bill(
    specials, bill_of, on_file, app
) -> None:
    """1,000.00 of principal and 150.00 of interest, in the total and in the installments."""
    on_file()
    opened = specials.open()
    assert (opened.status, opened.left_cents) == ("not_posted", 300_000)
    bill = bill_of()

    assert charged(bill) == [115_000]
    assert bill.total_cents == sum(each.amount_cents for each in bill.lines)
    assert bill.total_cents == sum(each.amount_cents for each in bill.installments)
    found = specials.get(opened)
    assert (found.status, found.left_cents) == ("posted", 200_000)
    assert [each.bill_id for each in found.installments] == [bill.bill_id, "", ""]
    assert [(int(each["sequence"]), each["data"]["action"]) for each in changes(app)] == [
        (1, "opened"),
        (2, "posted"),
    ]
    assert changes(app)[1]["data"]["left_cents"] == 200_000


def test_assessments_of_one_agency_are_one_line(specials, bill_of, on_file) -> None:
    """Distribution could not tell two lines of an agency apart."""
    on_file()
    first, second = specials.open(), specials.open(principal_cents=30_000, project="Lights")
    bill = bill_of()

    assert charged(bill) == [115_000 + 11_500]
    assert {specials.get(each).status for each in (first, second)} == {"posted"}


def test_what_an_earlier_year_did_not_ask_for_is_asked_for_now(specials, bill_of, on_file) -> None:
    """The parcel had no bill of 2020 when the assessment was opened: 2021 has both years."""
    on_file()
    opened = specials.open(first_year=2020)

    assert charged(bill_of()) == [115_000 + 110_000]
    assert specials.get(opened).left_cents == 100_000


def test_a_bill_before_the_first_year_asks_for_nothing(specials, bill_of, on_file) -> None:
    """The assessment waits."""
    on_file()
    opened = specials.open(first_year=2022)

    assert charged(bill_of()) == []
    assert specials.get(opened).status == "not_posted"


def test_levy_019_a_deferred_assessment_is_not_billed(specials, bill_of, on_file) -> None:
    """And what is left is spread over the years left once it is resumed, with the interest."""
    on_file()
    opened = specials.open()
    asked = pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship")
    assert specials.do(asked).status == "deferred"

    assert charged(bill_of()) == []
    resumed = specials.do(
        pb.ResumeSpecialRequest(assessment_id=opened.assessment_id, first_year=2023, reason="sold")
    )
    assert resumed.status == "not_posted"
    assert [each.tax_year for each in resumed.installments] == [2023, 2024, 2025]
    # 3,000.00 at 5 % from November 2021 to the end of March 2023: 515 days of 365.
    assert resumed.installments[0].interest_cents == 15_000 + 21_164
    assert resumed.installments[0].interest_from == "2023-03-31"


def test_levy_019_a_tract_that_is_paid_off_gives_the_others_no_year_more(
    specials, payoffs, bill_of, on_file
) -> None:
    """Of three years one was billed: what is left of the other tract is of two."""
    on_file()
    tracts = [pb.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    opened = specials.open(tracts=tracts)
    payoffs.unposted(opened, tracts=["B"])
    assert charged(bill_of()) == [57_500]
    specials.do(pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship"))
    resumed = specials.do(
        pb.ResumeSpecialRequest(assessment_id=opened.assessment_id, first_year=2023, reason="sold")
    )

    coming = [each for each in resumed.installments if not each.bill_id]
    assert [(each.tract, each.tax_year, each.principal_cents) for each in coming] == [
        ("A", 2023, 50_000),
        ("A", 2024, 50_000),
    ]


def test_levy_019_an_assessment_is_resumed_on_a_day_after_its_deferral(specials, on_file) -> None:
    """Not before it, and not on a day to come."""
    on_file()
    opened = specials.open()
    specials.do(pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship"))
    for day, reason in (
        ("2023-03-30", "RESUMED_ON_BEFORE_DEFERRAL"),
        ("2023-04-01", "RESUMED_ON_IN_FUTURE"),
    ):
        asked = pb.ResumeSpecialRequest(
            assessment_id=opened.assessment_id, first_year=2023, reason="sold", resumed_on=day
        )
        assert specials.refused(asked) == reason


def test_a_closed_assessment_is_not_billed_and_stays_closed(specials, bill_of, on_file) -> None:
    """Nothing can be done with it any more."""
    on_file()
    opened = specials.open()
    close = pb.CloseSpecialRequest(assessment_id=opened.assessment_id, reason="annulled")
    assert specials.do(close).status == "closed"

    assert charged(bill_of()) == []
    again = pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship")
    assert specials.refused(again) == "SPECIAL_ENDED"


def test_a_ditch_is_billed_by_tracts(specials, bill_of, on_file) -> None:
    """Each is amortised by itself; they add up."""
    on_file()
    tracts = [pb.SpecialTract(tract=name, principal_cents=150_000) for name in ("A", "B")]
    opened = specials.open(tracts=tracts)
    assert opened.is_ditch

    assert charged(bill_of()) == [2 * 57_500]
    assert [each.left_cents for each in specials.get(opened).tracts] == [100_000, 100_000]


def test_an_agency_that_is_on_the_bill_already_refuses_the_roll(
    specials, levy, roll, on_file
) -> None:
    """It says which agency and which parcel."""
    on_file()
    code = roll.rates(2021)[0].rate.agency_code
    specials.open(agency_code=code, agency_name="County")
    refusal = levy.refused(roll.whole(2021), ended=True)

    assert testing.reason_of(refusal) == "SPECIAL_AGENCY_BILLED"
    assert code in refusal.details()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"parcel_number": "99999999999999"}, "PARCEL_UNKNOWN"),
        ({"rate_percent": "5.12345"}, "RATE_INVALID"),
        ({"years": 0}, "YEARS_OUT_OF_RANGE"),
        ({"years": 51}, "YEARS_OUT_OF_RANGE"),
        ({"method": "balloon"}, "METHOD_UNKNOWN"),
        ({"principal_cents": 0}, "AMOUNT_NOT_POSITIVE"),
        ({"principal_cents": 2**53 - 1}, "PRINCIPAL_OUT_OF_RANGE"),
        ({"first_year": 0}, "TAX_YEAR_INVALID"),
        ({"interest_from": "soon"}, "DATE_INVALID"),
        ({"days_in_year": 366}, "DAYS_IN_YEAR_INVALID"),
        ({"assessment_number": "a b"}, "ASSESSMENT_NUMBER_INVALID"),
        ({"agency_code": " "}, "TEXT_MISSING"),
        ({"tracts": [pb.SpecialTract(tract="A", principal_cents=1)]}, "TRACTS_DO_NOT_ADD_UP"),
        (
            {"tracts": [pb.SpecialTract(tract="A", principal_cents=150_000)] * 2},
            "TRACT_TWICE",
        ),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_is_no_assessment_is_refused(specials, on_file, changes, reason: str) -> None:
    """A stable reason each."""
    on_file()

    assert specials.refused(specials.asked(**changes)) == reason


def test_a_number_is_given_out_once(specials, on_file) -> None:
    """And the one it was given to is found by it."""
    on_file()
    opened = specials.open()
    asked = specials.asked(assessment_number=opened.assessment_number)

    assert specials.refused(asked) == "ASSESSMENT_TAKEN"
    (listed,) = specials.list(parcel_number=opened.parcel_number, status="not_posted").specials
    assert listed.assessment_id == opened.assessment_id


def test_a_list_goes_on_where_its_page_ends(specials, on_file) -> None:
    """By number."""
    on_file()
    numbers = [specials.open().assessment_number for _ in range(3)]
    first = specials.list(page_size=2)
    second = specials.list(page_size=2, page_token=first.next_page_token)

    listed = [each.assessment_number for page in (first, second) for each in page.specials]
    assert (listed, second.next_page_token) == (numbers, "")


def test_the_event_of_a_step_is_what_its_schema_says(specials, on_file, app) -> None:
    """Every field, as promised."""
    on_file()
    specials.open()
    (told,) = changes(app)

    assert SPECIAL_ASSESSMENT_CHANGED.schema().validate(told["data"]) == {}
    assert json.dumps(told["data"])


def test_levy_019_what_is_wholly_on_bills_is_not_deferred(specials, bill_of, on_file) -> None:
    """LEVY-019: of an assessment of one year nothing is left to put off."""
    on_file()
    opened = specials.open(years=1)
    bill_of()
    asked = pb.DeferSpecialRequest(assessment_id=opened.assessment_id, reason="hardship")
    assert specials.refused(asked) == "NOTHING_LEFT_TO_BILL"
