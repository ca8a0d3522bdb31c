"""COLL-009, NOTI-005: nobody is written to about an exempt parcel, as the register has it now."""

from uuid import UUID

import pytest

from taxkit import testing

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def register(desk):
    """Let levy's register tell what a bill's parcel is."""
    versions = iter(range(1, 100))

    def tell(bill: UUID, property_type: str = "211", *exemptions: str) -> None:
        number, version = f"P-{bill.int}", next(versions)
        owner = {
            "name": "Imogen Vale", "email": "i@example.org", "mailing_address": "",
            "lender_code": "",
        }  # fmt: skip
        data = {
            "parcel_number": number, "version": version, "property_type": property_type,
            "exemptions": [{"code": code, "amount_dollars": None} for code in exemptions],
            "primary_owner": owner,
        }  # fmt: skip
        name = "org.millage.levy.PartiesChanged.v1"
        body = testing.foreign_event(name, f"register/{number}", data, sequence=version)
        desk.hear("on_parties_changed", body, body)

    return tell


def left_out(desk, run) -> list[tuple[str, str]]:
    return [(each.code, each.because) for each in desk.bills(run.run_id) if each.because]


@pytest.mark.parametrize(
    ("property_type", "exemptions", "code"),
    [("EX", (), "EX"), ("211", ("homeowner", "wholly_exempt"), "wholly_exempt")],
    ids=["by its type", "by an exemption"],
)
def test_coll_009_an_exempt_parcel_is_left_out_and_shown_with_why(
    desk, owes, register, property_type, exemptions, code
) -> None:
    """COLL-009: the other one is written to."""
    owes(ONE)
    owes(TWO)
    register(ONE, property_type, *exemptions)
    run = desk.preview()
    assert (run.selected_count, left_out(desk, run)) == (1, [(code, "exempt")])


def test_coll_009_an_exemption_that_pays_a_part_keeps_nobody_out(desk, owes, register) -> None:
    owes(ONE)
    register(ONE, "211", "homeowner")
    assert desk.preview().selected_count == 1


def test_coll_009_one_that_became_exempt_since_the_preview_gets_no_letter(
    desk, owes, register
) -> None:
    """COLL-009: looked at again when the letter is due; and once it is exempt no more, it is."""
    owes(ONE)
    run = desk.preview()
    register(ONE, "EX")
    desk.commit(run.run_id)
    desk.send()
    assert (desk.run(run.run_id).requested_count, desk.asked()) == (0, [])
    register(ONE)
    assert desk.write().requested_count == 1
