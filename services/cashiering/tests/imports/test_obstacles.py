"""CASH-066, CASH-067: bills that a file's money may not go to."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

PARCEL, OTHER, THIRD = "13264290020000", "18032000510000", "28193130040000"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


@pytest.fixture
def content():
    """A file of payments: (parcel, cents), for 2021."""
    from cashiering_service.domain.remittance.reference import COUNTY_FORMAT

    def make(*lines: tuple[str, int]) -> bytes:
        rows = [
            f"{COUNTY_FORMAT.write(parcel, 2021)},{cents // 100}.{cents % 100:02d},"
            f"2022-12-27,2022-12-28,{place},P"
            for place, (parcel, cents) in enumerate(lines, start=1)
        ]
        total = sum(cents for _, cents in lines)
        end = f"TRAILER,{len(lines)},{total // 100}.{total % 100:02d}"
        return "\n".join([HEAD, *rows, end, ""]).encode()

    return make


@pytest.fixture
def known(app, bill_of):
    """What others told of plans and flags, as the read copies keep it."""

    class Known:
        def plan(self, number: str, status: str, *parcels: str) -> None:
            with app.database.begin() as connection:
                connection.exec_driver_sql("insert into plans values (%s, %s)", (number, status))
                for parcel in parcels:
                    connection.exec_driver_sql(
                        "insert into plan_bills values (%s, %s)", (number, bill_of(parcel, 2021))
                    )

        def flag(self, kind: str, subject: str, flag: str, *, on: bool = True) -> None:
            with app.database.begin() as connection:
                connection.exec_driver_sql(
                    "insert into flags (subject_kind, subject, flag, is_on, sequence)"
                    " values (%s, %s, %s, %s, 1)",
                    (kind, subject, flag, on),
                )

    return Known()


@pytest.fixture
def defaulted(app, balance):
    """Make the bill of a parcel a defaulted one that owes something."""

    def make(parcel: str, cents: int) -> None:
        body = balance(
            parcel, 2021, cents, sequence=9,
            installments=[
                {
                    "installment": 1, "due_on": "2022-03-01", "tax_charged_cents": cents,
                    "tax_open_cents": cents, "interest_charged_cents": 0,
                    "interest_open_cents": 0, "paid_cents": 0, "collection_type": "DS",
                    "defaulted_open_cents": cents,
                }
            ],
        )  # fmt: skip
        app.consumer.absorb("on_balance_changed", [body])

    return make


def _said(run) -> list[tuple[str, str]]:
    return [(one.outcome, one.reason) for one in run.lines]


def test_cash_066_a_defaulted_bill_is_paid_in_full_or_not_at_all(
    files_service, content, defaulted, rows
) -> None:
    """Its siblings may stay unpaid; money short of it waits in suspense without the bill."""
    defaulted(PARCEL, 50_000)
    defaulted(OTHER, 40_000)
    run = files_service.imported(content((PARCEL, 50_000), (OTHER, 39_999)), "csv")

    assert _said(run) == [("posted", ""), ("suspense", "DEFAULTED_IN_PART")]
    assert "owes 40000 cents" in run.lines[1].message
    assert rows(
        "select parcel_number, suspense_reason from receipt_lines where bill_id is null"
    ) == [(OTHER, "DEFAULTED_IN_PART")]


@pytest.mark.parametrize(("cents", "outcome"), [(40_599, "suspense"), (40_600, "posted")])
def test_cash_066_in_full_is_what_was_quoted_for_the_day_of_payment(
    app, files_service, content, defaulted, bill_of, cents: int, outcome: str
) -> None:
    """What was told last may be of another month; a quote for another day is none for this."""
    defaulted(OTHER, 40_000)
    with app.database.begin() as connection:
        for day, interest in (("2022-12-27", 600), ("2022-12-28", 1_200)):
            connection.exec_driver_sql(
                "insert into quoted (bill_id, as_of, bill_version, installments)"
                " select bill_id, %s, bill_version, jsonb_build_array(jsonb_build_object("
                "  'tax_open_cents', 40000, 'interest_open_cents', %s::int,"
                "  'penalty_open_cents', 0, 'fee_open_cents', 0)) from dues where bill_id = %s",
                (day, interest, bill_of(OTHER, 2021)),
            )
    run = files_service.imported(content((OTHER, cents)), "csv")

    assert _said(run) == [(outcome, "" if outcome == "posted" else "DEFAULTED_IN_PART")]
    assert outcome == "posted" or "owes 40600 cents" in run.lines[0].message


def test_cash_066_where_money_does_not_wait_a_part_is_rejected(
    files_service, content, defaulted
) -> None:
    """The motor vehicle office gets it back."""
    defaulted(OTHER, 40_000)
    run = files_service.imported(content((OTHER, 39_999)), "csv", source="dmv")

    assert _said(run) == [("rejected", "DEFAULTED_IN_PART")]


def test_cash_067_a_protest_in_a_plan_stops_a_payment(files_service, content, known) -> None:
    """Either alone does not; money for it is rejected, never parked."""
    known.plan("P-1", "active", PARCEL)
    known.flag("plan", "P-1", "protest")
    known.plan("P-2", "active", OTHER)
    known.flag("parcel", THIRD, "protest")
    run = files_service.imported(content((PARCEL, 100), (OTHER, 100), (THIRD, 100)), "csv")

    assert _said(run) == [("rejected", "PAYMENT_NOT_ALLOWED"), ("posted", ""), ("posted", "")]
    assert "under protest" in run.lines[0].message


@pytest.mark.parametrize("kind", ["parcel", "bill", "party"])
def test_cash_067_a_do_not_allow_payment_flag_stops_a_payment(
    files_service, content, known, bill_of, kind: str
) -> None:
    """Wherever it is set; one that was lifted does not."""
    subject = {
        "parcel": PARCEL, "bill": str(bill_of(PARCEL, 2021)), "party": "Tamsin Kowalczyk-Reyes",
    }[kind]  # fmt: skip
    known.flag(kind, subject, "dnap")
    known.flag("parcel", OTHER, "dnap", on=False)
    lines = ((PARCEL, 100),) if kind == "party" else ((PARCEL, 100), (OTHER, 100))
    run = files_service.imported(content(*lines), "csv")

    assert _said(run)[0] == ("rejected", "PAYMENT_NOT_ALLOWED")
    assert _said(run)[1:] == [("posted", "")] * (len(lines) - 1)


@pytest.mark.parametrize(("source", "outcome"), [("csv", "suspense"), ("dmv", "rejected")])
def test_cash_067_a_pending_plan_keeps_money_off_its_bills(
    files_service, content, known, source: str, outcome: str
) -> None:
    """In suspense where the source allows it, back otherwise; a void plan is none."""
    known.plan("P-1", "pending", PARCEL)
    known.plan("P-2", "void", OTHER)
    run = files_service.imported(content((PARCEL, 100), (OTHER, 100)), "csv", source=source)

    assert _said(run) == [(outcome, "PLAN_PENDING"), ("posted", "")]


def test_cash_067_a_plan_activated_meanwhile_lets_the_money_through(
    app, files_service, content, known
) -> None:
    """Validated again, the line is judged anew."""
    known.plan("P-1", "pending", PARCEL)
    run = files_service.prepare(content((PARCEL, 100)), "csv")
    assert _said(files_service.validate(run.run_id)) == [("suspense", "PLAN_PENDING")]
    with app.database.begin() as connection:
        connection.exec_driver_sql("update plans set status = 'active'")

    assert _said(files_service.validate(run.run_id)) == [("posted", "")]
    assert files_service.commit(run.run_id).posted_count == 1


@pytest.mark.parametrize("policy", [pb.IMPORT_POLICY_UNSPECIFIED, pb.IMPORT_POLICY_ALL_OR_NOTHING])
def test_cash_067_a_flag_set_since_the_validation_stops_the_payment_at_the_commit(
    app, files_service, content, known, refused, unchanged, policy
) -> None:
    """What was good yesterday is asked again; all or nothing then takes nothing."""
    run = files_service.prepare(content((PARCEL, 100), (OTHER, 100)), "csv", policy=policy)
    assert _said(files_service.validate(run.run_id)) == [("posted", ""), ("posted", "")]
    known.flag("parcel", OTHER, "dnap")
    if policy == pb.IMPORT_POLICY_ALL_OR_NOTHING:
        with unchanged():
            refused("EXCEPTIONS_FOUND", files_service.commit, run.run_id)
        return
    done = files_service.commit(run.run_id)

    assert _said(done) == [("posted", ""), ("rejected", "PAYMENT_NOT_ALLOWED")]
    told = [one for one in testing.emitted(app) if ".Import" in one["type"]]
    assert [int(one["sequence"]) for one in told] == [1, 2, 3]
    assert told[1]["data"]["reason"] == "PAYMENT_NOT_ALLOWED"


def test_cash_064_a_commit_posts_nothing_that_nobody_has_validated(
    app, files_service, content, known
) -> None:
    """A line that has become good since waits for the next validation."""
    known.plan("P-1", "pending", PARCEL)
    run = files_service.prepare(content((PARCEL, 100)), "csv", source="dmv")
    assert _said(files_service.validate(run.run_id)) == [("rejected", "PLAN_PENDING")]
    with app.database.begin() as connection:
        connection.exec_driver_sql("update plans set status = 'active'")

    assert _said(files_service.commit(run.run_id)) == [("rejected", "PLAN_PENDING")]
