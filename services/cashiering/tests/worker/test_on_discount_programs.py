"""RECV-021: the counter's copies of discount programs, of proofs, and of what bears a discount."""

from datetime import date

import pytest

from cashiering_service.discounts import offering
from taxkit import ids, testing

DAY = date(2023, 3, 31)
PERIOD = {"rate": "0.05", "first_day": "2023-01-01", "last_day": "2023-03-31"} | dict.fromkeys(
    ["days_after_notice", "months_after_notice", "days_after_correction"]
)
DISCOUNTING = {
    "issued_on": "2022-11-01", "bill_class": "", "billed_cents": 1, "specials_cents": 0,
    "corrected_on": [],
}  # fmt: skip


def program(sequence: int, **more) -> str:
    data = {
        "tax_year": 2021, "program": "early", "offered": True, "automatic": True, "weekend": "none",
        "cut_off": "", "rounding": "half_up", "classes": [], "fee_codes": ["mailing"],
        "specials": True, "good_standing": False, "excluded_flags": [], "proofs": [],
        "stacks_with": [], "periods": [PERIOD], **more,
    }  # fmt: skip
    name = "org.millage.receivables.DiscountProgramChanged.v1"
    subject = "discount-program/2021/early"
    return testing.foreign_event(name, subject, data, sequence=sequence)


@pytest.fixture
def offered(app, balance, bill_of):
    """Tell the counter of programs, and ask what one bill is let off."""
    fees = [{"charge_code": "mailing", "charged_cents": 400, "open_cents": 200}]
    body = balance("77", 2021, 100_000, discounting=DISCOUNTING, fees=fees)
    app.consumer.absorb("on_balance_changed", [body])

    def tell(*bodies: str) -> int:
        app.consumer.absorb("on_discount_program_changed", bodies)
        offers = offering.load(app.settings.jurisdictions_dir, app.settings.jurisdiction, app.clock)
        with app.database.begin() as connection:
            found = offers.of(connection, [bill_of("77", 2021)], DAY)
        return sum(one.discount_cents for one in found.values())

    return tell


def test_the_newest_of_a_program_counts_whatever_came_first(offered) -> None:
    """One not offered any more, or not by itself, is none."""
    assert offered() == 0
    assert offered(program(2), program(1, offered=False)) == 5_010
    assert offered(program(3, automatic=False)) == 0
    assert offered(program(5, offered=False), program(4)) == 0


def test_recv_024_a_proof_counts_on_its_days(app, offered) -> None:
    """Filed for another parcel, or for days gone by, it proves nothing."""
    assert offered(program(1, proofs=["age"])) == 0
    for parcel, until, cents in (("78", None, 0), ("77", "2023-03-30", 0), ("77", None, 5_010)):
        data = {
            "proof_id": str(ids.new_id()), "parcel_number": parcel, "kind": "age",
            "valid_from": "2020-01-01", "valid_through": until,
        }  # fmt: skip
        name = "org.millage.receivables.DiscountProofFiled.v1"
        body = testing.foreign_event(name, f"discount-proof/{data['proof_id']}", data)
        app.consumer.absorb("on_discount_proof_filed", [body, body])
        assert offered() == cents


@pytest.mark.parametrize("more", [{"rounding": "sideways"}, {"cut_off": "25:00"}, {"periods": 3}])
def test_what_is_no_program_is_parked(app, more) -> None:
    """The copy stays as it was."""
    app.consumer.absorb("on_discount_program_changed", [program(1, **more)])
    assert [reason for reason, _ in testing.parked(app)] == ["DATA_INVALID"]
