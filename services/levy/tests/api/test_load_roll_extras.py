"""LEVY-001, LEVY-002: what a roll may bring beside net values: claims, charges, shares, mailing."""

import csv
from pathlib import Path

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from levy_service.events import BillCorrectedV1, BillCreatedV1
from millage.levy.v1 import levy_pb2 as pb
from taxkit import testing

DISTRICTS = Path(__file__).parents[4] / "examples" / "roll" / "increment"
# 187,561 dollars of value, 12,602.22 of tax.
PARCEL = "13264290020000"
SEWER = pb.DirectCharge(agency_code="990010001", agency_name="Sewer charge", amount_cents=4_321)
LIGHT = pb.DirectCharge(agency_code="990010000", agency_name="Street light", amount_cents=1_000)


@pytest.fixture
def sent(roll):
    """A roll of 2021 with one parcel, changed as a test needs it."""

    def make(head=None, **changes) -> list[pb.LoadRollRequest]:
        (found,) = [each for each in roll.parcels(2021) if each.parcel.parcel_number == PARCEL]
        parcel = pb.Parcel()
        parcel.CopyFrom(found.parcel)
        for name in changes:
            parcel.ClearField(name)
        parcel.MergeFrom(pb.Parcel(**changes))
        code = parcel.tax_code
        rates = [each for each in roll.rates(2021) if each.rate.tax_code == code]
        return [roll.header(2021, **(head or {})), *rates, pb.LoadRollRequest(parcel=parcel)]

    return make


def reasons(error) -> set[str]:
    """The reasons of a refused roll's findings."""
    status = rpc_status.from_call(error)
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in status.details)
    return {each.description.split(":")[0] for each in found.field_violations}


def test_levy_001_a_net_value_is_computed_and_explained(levy, sent) -> None:
    """187,561 less 10,000 and 8,000, step by step."""
    answer = levy.load(
        sent(
            net_value_dollars=0,
            compute_net_value=True,
            exemptions=[
                pb.Exemption(code="homeowner"),
                pb.Exemption(code="freeze", amount_dollars=8_000),
            ],
        )
    )
    bill = levy.bill(answer.bill_ids[0])

    assert bill.net_value_dollars == 169_561
    assert [(each.name, each.value_dollars) for each in bill.value_steps] == [
        ("value", 187_561),
        ("homeowner", 177_561),
        ("freeze", 169_561),
    ]


def test_levy_001_a_corrected_value_is_not_explained_by_the_old_steps(
    levy, sent, corrections
) -> None:
    """What the correction was for says why."""
    answer = levy.load(sent(net_value_dollars=0, compute_net_value=True))
    corrections.send(bill_id=answer.bill_ids[0], net_value_dollars=100_000)

    assert not levy.bill(answer.bill_ids[0]).value_steps


def test_levy_002_direct_charges_are_lines_of_the_bill(app, levy, sent) -> None:
    """Behind the agencies' lines, in the total, the installments and the event."""
    answer = levy.load(sent(charges=[SEWER, LIGHT]))
    bill = levy.bill(answer.bill_ids[0])

    assert bill.total_cents == 1_260_222 + 5_321 == answer.total_cents
    assert [(line.agency_name, line.amount_cents) for line in bill.lines[-2:]] == [
        ("Street light", 1_000),
        ("Sewer charge", 4_321),
    ]
    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert bill.total_cents == sum(part.amount_cents for part in bill.installments)
    (told,) = [each["data"] for each in testing.emitted(app)]
    assert BillCreatedV1().validate(told) == {}
    assert told["components"][-1]["amount_cents"] == 4_321
    assert told["total_cents"] == bill.total_cents


def test_levy_003_a_correction_leaves_direct_charges_alone(app, levy, sent, corrections) -> None:
    """Another value, another tax, the same charges; a total below them is theirs alone."""
    bill_id = levy.load(sent(charges=[SEWER, LIGHT])).bill_ids[0]

    corrections.send(bill_id=bill_id, net_value_dollars=0)
    emptied = levy.bill(bill_id)
    assert emptied.total_cents == 5_321
    assert [line.amount_cents for line in emptied.lines if line.amount_cents] == [1_000, 4_321]

    corrections.send(bill_id=bill_id, total_cents=2_661, expected_version=2, idempotency_key="less")
    less = levy.bill(bill_id)
    assert [line.amount_cents for line in less.lines if line.amount_cents] == [500, 2_161]

    corrections.send(
        bill_id=bill_id, net_value_dollars=187_561, expected_version=3, idempotency_key="back"
    )
    assert levy.bill(bill_id).total_cents == 1_260_222 + 2_661
    told = [each["data"] for each in testing.emitted(app)][1:]
    assert [BillCorrectedV1().validate(each) for each in told] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exemptions": [pb.Exemption(code="homeowner")]}, "BAD_EXEMPTION"),
        ({"compute_net_value": True}, "BAD_VALUE"),
        (
            {
                "compute_net_value": True,
                "net_value_dollars": 0,
                "exemptions": [pb.Exemption(code="veteran")],
            },
            "BAD_EXEMPTION",
        ),
        (
            {
                "compute_net_value": True,
                "net_value_dollars": 0,
                "exemptions": [pb.Exemption(code="freeze", amount_dollars=-1)],
            },
            "BAD_EXEMPTION",
        ),
        ({"compute_net_value": True, "net_value_dollars": 0, "value_dollars": -1}, "BAD_VALUE"),
        ({"charges": [SEWER, SEWER]}, "DUPLICATE_CHARGE"),
        ({"charges": [pb.DirectCharge(agency_code="9", agency_name="X")]}, "BAD_CHARGE"),
        (
            {"charges": [pb.DirectCharge(agency_code="9", agency_name="X", amount_cents=2**62)]},
            "BAD_CHARGE",
        ),
        ({"charges": [pb.DirectCharge(agency_code="9", amount_cents=1)]}, "TEXT_MISSING"),
        (
            {"charges": [pb.DirectCharge(agency_code="9\0", agency_name="X", amount_cents=1)]},
            "TEXT_INVALID",
        ),
        (
            {
                "charges": [
                    pb.DirectCharge(agency_code=f"9{n}", agency_name=f"X{n}", amount_cents=1)
                    for n in range(101)
                ]
            },
            "TOO_MANY_CHARGES",
        ),
        (
            {
                "charges": [
                    pb.DirectCharge(
                        agency_code="010010000", agency_name="County of Cook", amount_cents=1
                    )
                ]
            },
            "CHARGE_AGENCY_RATED",
        ),
        (
            {
                "charges": [
                    pb.DirectCharge(agency_code="010010000", agency_name="Else", amount_cents=1)
                ]
            },
            "AGENCY_NAME_CONFLICT",
        ),
        ({"increment_share": "1.01"}, "BAD_SHARE"),
        ({"increment_share": "-0.5"}, "BAD_SHARE"),
        ({"increment_share": "half"}, "BAD_SHARE"),
        ({"increment_share": "0.5", "frozen_value_dollars": 5}, "BAD_SHARE"),
        ({"increment_share": "0.5"}, "INCREMENT_FUND_MISSING"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_levy_002_a_parcel_that_cannot_be_meant_refuses_the_roll(
    levy, sent, count, changes, reason: str
) -> None:
    """With the row, the field and the reason; nothing of it is kept."""
    before = count()

    assert reason in reasons(levy.refused(sent(**changes)))
    assert before == count()


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ({"mailed_on": "2022-13-01"}, "DATE_INVALID"),
        ({"mailed_on": "2020-12-31"}, "DATE_INVALID"),
        ({"mailed_on": "9999-12-31"}, "DATE_OUT_OF_RANGE"),
        ({"mailed_on": "2199-12-31"}, "DATE_INVALID"),
        ({"mailed_on": "2022-01-05", "only_stage": True}, "MAILED_ON_OF_A_RUN"),
    ],
)
def test_levy_002_a_day_of_mailing_that_cannot_be_meant_is_refused(
    levy, sent, head, reason: str
) -> None:
    """No day, a day before the year, one years later; and a run has no such day."""
    assert testing.reason_of(levy.refused(sent(head))) == reason


def test_levy_002_cooks_dates_do_not_depend_on_the_mailing(levy, sent) -> None:
    """They are listed."""
    bill = levy.bill(levy.load(sent({"mailed_on": "2022-11-15"})).bill_ids[0])

    assert [part.due_on for part in bill.installments] == ["2022-03-01", "2022-12-30"]
    assert {part.payable_on for part in bill.installments} == {""}


def test_levy_001_a_rate_may_be_sent_in_the_unit_of_the_law(levy, sent) -> None:
    """Percent in Cook, which both fields are."""
    messages = sent()
    for message in messages:
        if message.HasField("rate"):
            message.rate.rate, message.rate.rate_percent = message.rate.rate_percent, ""
    bill = levy.bill(levy.load(messages).bill_ids[0])

    assert (bill.total_cents, bill.rate_unit) == (1_260_222, "percent")
    assert [line.rate for line in bill.lines] == [line.rate_percent for line in bill.lines]


@pytest.mark.parametrize("year", [2018, 2019, 2020, 2021])
def test_cash_035_the_printed_bills_of_increment_districts(levy, roll, year: int) -> None:
    """Sent as a roll with shares: the parts' lines are the printed ones, but for those listed."""

    def rows(name: str) -> list[dict[str, str]]:
        with (DISTRICTS / name).open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row.pop("tax_year") == str(year)]

    numbers = ("value_dollars", "net_value_dollars", "prior_year_total_cents")
    messages = [pb.LoadRollRequest(rate=pb.AgencyRate(**row)) for row in rows("rates.csv")] + [
        pb.LoadRollRequest(
            parcel=pb.Parcel(**{k: int(v) if k in numbers else v for k, v in row.items()})
        )
        for row in rows("parcels.csv")
    ]
    levy.load([roll.header(year), *messages])

    found = {
        (bill.parcel_number, line.agency_code): line.amount_cents
        for bill in levy.bills(tax_year=year).bills
        for line in bill.lines
    }
    printed = {
        (row["parcel_number"], row["agency_code"]): int(row["amount_cents"])
        for row in rows("expected_lines.csv")
    }
    differing = {
        (row["parcel_number"], row["agency_code"]): int(row["computed_cents"])
        for row in rows("differences.csv")
    }
    assert printed | differing == found
