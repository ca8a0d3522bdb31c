"""LEVY-017, LEVY-024: an assessment is divided among the parcels that its own became."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millage.levy.v1 import specials_pb2 as pb
from taxkit import ids, testing

PARCEL, AGENCY = "13264290020000", "900120000"


@pytest.fixture
def posted(specials, bill_of, on_file):
    """An assessment whose first installment is on the bill of 2021."""
    on_file()
    opened = specials.open()
    bill_of()
    return specials.get(opened)


@pytest.fixture
def others(levy) -> list[str]:
    """Parcels that levy knows beside the assessment's."""
    return sorted({one.parcel_number for one in levy.bills().bills} - {PARCEL})


def dividing(special: pb.Special, *parts: tuple[str, int], **changes: Any) -> Any:
    given = {"assessment_id": special.assessment_id, "reason": "the parcel was divided"}
    shares = [
        pb.SpecialPart(parcel_number=parcel, principal_cents=cents) for parcel, cents in parts
    ]
    return pb.DivideSpecialRequest(**{**given, "parts": shares, **changes})


def test_levy_024_what_is_on_no_bill_is_divided_over_the_years_left(
    specials, posted, others, app
) -> None:
    """Each part on its parcel; the one there was is closed, and its bills stay."""
    answer = specials.do(dividing(posted, (PARCEL, 150_000), (others[0], 50_000)))
    one, two = answer.parts

    assert (answer.divided.status, answer.divided.steps[-1].action) == ("closed", "divided")
    assert [each.assessment_number for each in answer.parts] == [
        f"{posted.assessment_number}-1", f"{posted.assessment_number}-2",
    ]  # fmt: skip
    assert [each.parcel_number for each in answer.parts] == [PARCEL, others[0]]
    assert (two.divided_from, posted.divided_from) == (posted.assessment_number, "")
    years = [
        (each.tax_year, each.principal_cents, each.interest_cents) for each in one.installments
    ]
    assert years == [(2022, 75_000, 7_500), (2023, 75_000, 3_750)]
    was = [each for each in posted.installments if not each.bill_id]
    asked = [
        sum(each.principal_cents + each.interest_cents for each in pair)
        for pair in zip(one.installments, two.installments, strict=True)
    ]
    assert asked == [each.principal_cents + each.interest_cents for each in was]
    closed = [each["data"] for each in testing.emitted(app) if "SpecialAssessment" in each["type"]]
    assert [(each["action"], each["left_cents"]) for each in closed[-3:]] == [
        ("opened", 150_000), ("opened", 50_000), ("divided", 200_000),
    ]  # fmt: skip


def test_levy_019_a_part_is_paid_off_as_its_share_of_the_whole(
    specials, payoffs, posted, others
) -> None:
    """Interest runs on since the day up to which the whole was billed."""
    whole = payoffs.quote(posted)
    answer = specials.do(dividing(posted, (PARCEL, 100_000), (others[0], 100_000)))
    quotes = [payoffs.quote(each) for each in answer.parts]

    assert sum(each.principal_cents for each in quotes) == whole.principal_cents
    assert [each.interest_cents for each in quotes] == [whole.interest_cents // 2] * 2


def test_levy_024_what_ran_while_it_was_deferred_is_divided_too(specials, posted, others) -> None:
    """It goes with the parts' first installments."""
    named = {"assessment_id": posted.assessment_id, "reason": "hardship"}
    specials.do(pb.DeferSpecialRequest(**named))
    parts = ((PARCEL, 100_000), (others[0], 100_000))
    assert specials.refused(dividing(posted, *parts)) == "SPECIAL_DEFERRED"
    resumed = specials.do(pb.ResumeSpecialRequest(**named, first_year=2024))
    answer = specials.do(dividing(posted, *parts))

    was = [each for each in resumed.installments if not each.bill_id]
    for place, each in enumerate(was):
        found = [part.installments[place] for part in answer.parts]
        assert sum(one.principal_cents for one in found) == each.principal_cents
        assert abs(sum(one.interest_cents for one in found) - each.interest_cents) <= 1


def test_what_cannot_be_divided_says_why(specials, payoffs, posted, others, on_file) -> None:
    """And stays as it is."""
    half = [(PARCEL, 100_000), (others[0], 100_000)]
    wrong = [
        (dividing(posted, *half[:1]), "PARTS_INVALID"),
        (dividing(posted, half[0], half[0]), "PARCEL_TWICE"),
        (dividing(posted, half[0], (others[0], 99_999)), "PARTS_DO_NOT_ADD_UP"),
        (dividing(posted, half[0], ("99", 100_000)), "PARCEL_UNKNOWN"),
        (dividing(posted, (PARCEL, 200_000), (others[0], 0)), "AMOUNT_NOT_POSITIVE"),
        (dividing(posted, *half, assessment_id=str(ids.new_id())), "SPECIAL_NOT_FOUND"),
    ]
    assert [specials.refused(each) for each, _ in wrong] == [reason for _, reason in wrong]
    specials.open(assessment_number=f"{posted.assessment_number}-2")
    assert specials.refused(dividing(posted, *half)) == "ASSESSMENT_TAKEN"
    tracts = [pb.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    ditch = specials.open(tracts=tracts)
    assert (
        specials.refused(dividing(ditch, (PARCEL, 1), (others[0], 299_999))) == "SPECIAL_IS_DITCH"
    )
    due = specials.open(assessment_number="DUE")
    payoffs.unposted(due)
    assert specials.refused(dividing(due, (PARCEL, 1), (others[0], 2))) == "PAYOFF_DUE"

    assert specials.get(posted) == posted


def test_levy_024_of_any_shares_no_cent_is_lost(specials, posted, others) -> None:
    """Divided again and again, what all parts ask for is what was left."""

    @settings(
        max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.integers(1, 199_998), st.integers(1, 10**6))
    def check(first: int, other: int) -> None:
        special = specials.open(principal_cents=200_000, first_year=2024)
        second = 1 + other % (199_999 - first)
        shares = [first, second, 200_000 - first - second]
        parcels = [PARCEL, *others[:2]]
        pairs = [pair for pair in zip(parcels, shares, strict=True) if pair[1]]
        parts = specials.do(dividing(special, *pairs)).parts
        assert sum(each.left_cents for each in parts) == 200_000
        for each in parts:
            asked = sum(one.principal_cents for one in each.installments)
            assert asked == each.principal_cents

    check()
