"""LEVY-007 to LEVY-014 through the public API: a draft changes all of its bills or none."""

import threading

import grpc
import psycopg.errors
import pytest
from sqlalchemy.exc import DBAPIError

from millage.levy.v1 import modifications_pb2 as pb
from taxkit import ids

OWNER = "Imogen Vale"


def figures(levy, bill_id):
    found = levy.bill(bill_id)
    parts = [(each.due_on, each.amount_cents) for each in found.installments]
    return found.bill_version, found.net_value_dollars, found.total_cents, parts


def test_ac_19_a_the_tax_due_follows_the_taxable_amount(levy, modifications, bill, events):
    """AC-19 a, LEVY-008: 80,000 at one percent is 800; lines and installments add up to it."""
    draft = modifications.edit(modifications.open("MN"), net_value_dollars=80_000)
    assert [(one.new_total_cents, one.changes) for one in draft.modified] == [(80_000, True)]
    assert levy.bill(bill).bill_version == 1
    done = modifications.finish(draft)
    assert (done.status, done.finished_by, done.modified[0].new_bill_version) == (
        "finished", "assessor", 2,
    )  # fmt: skip
    now = levy.bill(bill)
    assert (now.net_value_dollars, now.total_cents) == (80_000, 80_000)
    assert [line.amount_cents for line in now.lines] == [48_000, 32_000]
    assert [each.amount_cents for each in now.installments] == [50_000, 30_000]
    (told,) = events("BillModified")
    assert (told["before"]["total_cents"], told["after"]["total_cents"]) == (100_000, 80_000)
    assert (told["option"], told["batch"], told["modified_by"]) == ("MN", "B-7", "assessor")
    assert [one["bill_version"] for one in events("BillCorrected")] == [2]
    assert events("DueDateChanged") == []


def test_ac_19_b_the_taxable_amount_does_not_follow_the_tax_due(levy, modifications, bill):
    """AC-19 b, LEVY-008: 900 due on 100,000; a taxable amount edited later counts anew."""
    draft = modifications.edit(modifications.open("MN"), total_cents=90_000)
    assert draft.modified[0].new_net_value_dollars == 100_000
    draft = modifications.edit(draft, net_value_dollars=80_000)
    assert draft.modified[0].new_total_cents == 80_000
    draft = modifications.edit(draft, net_value_dollars=100_000, total_cents=90_000)
    modifications.finish(draft)
    assert figures(levy, bill)[:3] == (2, 100_000, 90_000)


def test_ac_19_c_a_rollback_returns_to_the_stored_bill_and_records_nothing(
    levy, modifications, bill, refused, events
):
    """AC-19 c, LEVY-010: 100,000 and 1,000 again; once finished there is nothing to roll back."""
    draft = modifications.edit(modifications.open("MN"), net_value_dollars=80_000)
    draft = modifications.roll_back(draft)
    (one,) = draft.modified
    assert (one.changes, one.new_net_value_dollars, one.new_total_cents) == (
        False, 100_000, 100_000,
    )  # fmt: skip
    assert refused(modifications.finish, draft) == "MODIFICATION_CHANGES_NOTHING"
    assert (events("BillModified"), events("BillCorrected")) == ([], [])
    assert figures(levy, bill)[0] == 1
    done = modifications.finish(modifications.edit(draft, total_cents=90_000))
    assert refused(modifications.roll_back, done) == "MODIFICATION_NOT_OPEN"


def test_ac_19_d_an_unpaid_bill_to_paid_is_nothing(levy, modifications, bill, events):
    """AC-19 d, LEVY-011: 1,000 of which nothing is paid becomes 0."""
    modifications.finish(modifications.open("TP", purpose="write_off"))
    assert figures(levy, bill) == (2, 100_000, 0, [("2022-03-01", 0), ("2022-12-30", 0)])
    assert events("BillCorrected")[0]["to_amount_paid"] is True


def test_ac_19_e_a_part_paid_bill_is_what_was_paid_of_it(levy, modifications, bill, told):
    """AC-19 e, LEVY-011: 400 paid after the draft was opened, 400 at its finish."""
    draft = modifications.open("TP", purpose="write_off")
    told(bill, [(50_000, 10_000), (50_000, 30_000)])
    assert modifications.get(draft).modified[0].new_total_cents == 40_000
    modifications.finish(draft)
    assert figures(levy, bill)[2:] == (40_000, [("2022-03-01", 10_000), ("2022-12-30", 30_000)])


def test_levy_011_interest_that_is_open_on_a_paid_tax_goes(levy, modifications, bill, told):
    """LEVY-011: the amounts stay, and the ledger hears that no more is asked than was paid."""
    told(bill, [(50_000, 50_000), (50_000, 50_000)], interest=700)
    done = modifications.finish(modifications.open("TP", purpose="write_off"))
    assert done.modified[0].changes
    assert figures(levy, bill)[:3] == (2, 100_000, 100_000)


def test_levy_011_what_is_not_known_to_be_paid_is_not_written_off(
    modifications, issue, bill, told, refused
):
    """LEVY-011: a bill whose newest version the ledger has not told of waits; so do the others."""
    issue("13264290020001")
    draft = modifications.open("TP", purpose="write_off")
    assert [one.hindrance for one in draft.modified] == ["", "PAID_NOT_KNOWN"]
    assert refused(modifications.finish, draft) == "PAID_NOT_KNOWN"


def test_ac_18_a_new_date_reaches_all_of_the_statement(
    levy, modifications, issue, bill, told, events
):
    """AC-18, LEVY-009, LEVY-013: seen before the finish, the tax-increment part included."""
    base, increment = issue("13264290020002", tax_year=2020, frozen_value_dollars=40_000)
    draft = modifications.open(
        "NC", purpose="due_date", bills=pb.ModifiableBills(parcel_number="13264290020002"),
        bill_ids=[base],
    )  # fmt: skip
    draft = modifications.edit(draft, due_on="2021-07-30")
    assert [(one.bill_id, one.reached_by_statement) for one in draft.modified] == [
        (base, False), (increment, True),
    ]  # fmt: skip
    assert all(one.changes for one in draft.modified)
    draft = modifications.edit(draft, due_on="2021-12-15")
    draft = modifications.edit(draft, due_on="2021-07-30")
    before = [figures(levy, each)[2] for each in (base, increment)]
    modifications.finish(draft)
    for each, total in zip((base, increment), before, strict=True):
        version, _, now, parts = figures(levy, each)
        assert (version, now) == (2, total)
        assert [due_on for due_on, _ in parts] == ["2021-07-30", "2021-10-01"]
    changed = events("DueDateChanged")
    assert [[one["installment"] for one in each["due_dates"]] for each in changed] == [[1], [1]]
    assert [one["reached_by_statement"] for one in events("BillModified")] == [False, True]


def test_ac_18_a_date_after_both_moves_both(levy, modifications, bill):
    """AC-18, LEVY-009: the second is not due before the first; amounts are untouched."""
    draft = modifications.open("NC", purpose="due_date")
    modifications.finish(modifications.edit(draft, due_on="2023-01-15"))
    assert figures(levy, bill)[2:] == (100_000, [("2023-01-15", 50_000), ("2023-01-15", 50_000)])


def test_levy_013_a_rollback_lets_go_of_what_the_statement_brought(modifications, issue):
    """LEVY-013: reached bills leave the draft with the date."""
    issue("13264290020002", frozen_value_dollars=40_000)
    first, _ = modifications.open("NC", purpose="due_date").modified
    draft = modifications.open("NC", purpose="due_date", bill_ids=[first.bill_id])
    draft = modifications.edit(draft, due_on="2023-01-15")
    assert len(draft.modified) == 2
    assert [one.changes for one in modifications.roll_back(draft).modified] == [False]


def test_levy_014_a_bill_that_moved_on_refuses_all_of_the_draft(
    levy, modifications, corrections, issue, bill, refused
):
    """LEVY-007, LEVY-014: named with both versions; the bill that stayed is not changed either."""
    (other,) = issue("13264290020001")
    draft = modifications.open("MN")
    draft = modifications.edit(draft, bill, total_cents=90_000)
    draft = modifications.edit(draft, other, total_cents=90_000)
    corrections.send(bill_id=bill, total_cents=95_000)
    seen = {one.bill_id: one.moved_on_to for one in modifications.get(draft).modified}
    assert seen == {bill: 2, other: 0}
    with pytest.raises(grpc.RpcError, match="at version 2, drafted at 1"):
        modifications.finish(draft)
    assert refused(modifications.finish, draft) == "BILLS_MOVED_ON"
    assert (figures(levy, bill)[2], figures(levy, other)[2]) == (95_000, 100_000)
    assert modifications.drop(draft).status == "dropped"


def test_levy_008_a_code_alone_is_told_and_makes_no_version(
    levy, modifications, bill, events, code
):
    """LEVY-008: before and after are the same bill."""
    code("BANK")
    modifications.finish(modifications.edit(modifications.open("MN"), bill_code="BANK"))
    (told,) = events("BillModified")
    assert (told["bill_code"], told["before"]) == ("BANK", told["after"])
    assert (levy.bill(bill).bill_version, events("BillCorrected")) == (1, [])


def test_levy_007_bills_are_found_by_how_they_stand(modifications, issue, told, refused):
    """LEVY-007: past due and open is delinquent; the rest is current, paid bills included."""
    (late,), (paid,) = issue("13264290020000"), issue("13264290020001")
    told(late, [(50_000, 50_000), (50_000, 0)])
    told(paid, [(50_000, 50_000), (50_000, 50_000)])

    def found(**wanted):
        asked = pb.FindModifiableRequest(bills=pb.ModifiableBills(taxpayer="IMOGEN VALE", **wanted))
        return [one.bill_id for one in modifications.call("FindModifiable", asked).bills]

    assert found() == [late, paid]
    assert (found(standing="delinquent"), found(standing="current")) == ([late], [paid])
    assert found(tax_year=2020) == found(tax_code="1") == found(agency_code="1") == []
    assert found(tax_year=2021, tax_code="71163", agency_code="030210000") == [late, paid]
    nobody = pb.ModifiableBills(taxpayer="A. Stranger")
    assert refused(modifications.open, "MN", bills=nobody) == "NO_BILLS_FOUND"


def test_levy_007_two_clerks_at_once_finish_a_draft_once(levy, modifications, bill):
    """LEVY-007: the second one is told that it is finished, or that somebody was faster."""
    draft = modifications.edit(modifications.open("MN"), total_cents=90_000)
    said = []

    def finish(key):
        asked = pb.FinishModificationRequest(
            idempotency_key=key, modification_id=draft.modification_id,
            expected_revision=draft.revision,
        )  # fmt: skip
        try:
            said.append(modifications.call("FinishModification", asked).status)
        except grpc.RpcError as error:
            said.append(error.details())

    threads = [threading.Thread(target=finish, args=(key,)) for key in ("a", "b")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert said.count("finished") == 1
    assert levy.bill(bill).bill_version == 2


def test_levy_007_what_is_finished_is_not_changed_in_the_database(app, modifications, bill):
    """LEVY-007: neither the draft nor its bills nor who did what."""
    done = modifications.finish(modifications.edit(modifications.open("MN"), total_cents=90_000))
    for statement in (
        "update modifications set reason = 'x'",
        "delete from modification_bills",
        "update modification_steps set done_by = 'x'",
    ):
        with pytest.raises(DBAPIError) as refusal, app.database.begin() as connection:
            connection.exec_driver_sql(statement)
        assert isinstance(refusal.value.orig, psycopg.errors.RestrictViolation)
    listed = modifications.call("ListModifications", pb.ListModificationsRequest(status="finished"))
    assert [one.modification_id for one in listed.modifications] == [done.modification_id]


@pytest.mark.parametrize(
    ("option", "edit", "reason"),
    [
        ("MN", {"due_on": "2023-01-15"}, "EDIT_NOT_OF_OPTION"),
        ("NC", {"total_cents": 1}, "EDIT_NOT_OF_OPTION"),
        ("TP", {"net_value_dollars": 1}, "EDIT_NOT_OF_OPTION"),
        ("MN", {"total_cents": -1}, "BILL_OUT_OF_RANGE"),
        ("MN", {"net_value_dollars": -1}, "BAD_VALUE"),
        ("NC", {"due_on": "15.1.2023"}, "DATE_INVALID"),
        ("MN", {"bill_code": "x" * 41}, "TEXT_INVALID"),
    ],
)
def test_levy_008_edits_that_cannot_be_are_refused(
    modifications, bill, refused, option, edit, reason
):
    """LEVY-008, LEVY-009: each option edits its own; nothing of a refused edit is kept."""
    draft = modifications.open(option)
    assert refused(modifications.edit, draft, **edit) == reason
    assert modifications.get(draft) == draft


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"bills": pb.ModifiableBills()}, "WHOSE_BILLS"),
        ({"bills": pb.ModifiableBills(taxpayer=OWNER, standing="late")}, "STANDING_UNKNOWN"),
        ({"bills": pb.ModifiableBills(taxpayer=OWNER, tax_year=-1)}, "TAX_YEAR_INVALID"),
        ({"purpose": "because"}, "PURPOSE_UNKNOWN"),
        ({"reason": " "}, "REASON_MISSING"),
        ({"modified_on": "2023-04-01"}, "MODIFIED_ON_IN_FUTURE"),
        ({"bill_ids": [str(ids.new_id())]}, "BILL_NOT_FOUND"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_levy_007_a_draft_says_of_what_and_why(modifications, bill, refused, asked, reason):
    """LEVY-007: who, which and why are checked before anything is kept."""
    assert refused(modifications.open, "MN", **asked) == reason


def test_levy_007_dates_and_edits_of_others_are_refused(modifications, bill, refused):
    """LEVY-007: RB is no option; a draft dated before its bills waits for nobody."""
    assert refused(modifications.open, "RB") == "OPTION_UNKNOWN"
    early = modifications.open("MN", modified_on="2022-01-01")
    edited = modifications.edit(early, total_cents=1)
    assert refused(modifications.finish, edited) == "MODIFIED_ON_BEFORE_BILL"
    assert refused(modifications.edit, early, total_cents=2) == "MODIFICATION_EDITED"
    stranger = str(ids.new_id())
    assert refused(modifications.edit, edited, stranger, total_cents=2) == "BILL_NOT_FOUND"


def test_levy_007_modifying_needs_its_right(modifications, bill, refused):
    """LEVY-007: reading, loading and correcting are not enough; reading a draft is free to see."""
    asked = pb.OpenModificationRequest(
        bills=pb.ModifiableBills(taxpayer=OWNER), option="MN", purpose="refund", reason="r"
    )
    rights = ("levy.read", "levy.load", "levy.correct")
    assert refused(modifications.call, "OpenModification", asked, *rights) == "FORBIDDEN"


def test_levy_015_a_finish_waits_for_a_payment_file(
    levy, modifications, bill, payment_file, refused
):
    """LEVY-015, AC-20: held while a file may pay the bill, done when it has ended."""
    end = payment_file(bill)
    draft = modifications.edit(modifications.open("MN"), total_cents=90_000)
    held = modifications.finish(draft)
    assert (held.status, held.held.kind, held.held.reason) == (
        "open", "modification", "IMPORT_ACTIVE",
    )  # fmt: skip
    assert refused(modifications.finish, draft) == "MODIFICATION_HELD"
    assert levy.bill(bill).bill_version == 1
    end()
    done = modifications.get(draft)
    assert (done.status, done.finished_by, done.HasField("held")) == ("finished", "assessor", False)
    assert figures(levy, bill)[:3] == (2, 100_000, 90_000)


def test_levy_015_a_draft_edited_while_its_finish_waits_is_not_finished_as_edited(
    levy, modifications, bill, payment_file
):
    """LEVY-015: what waited was another draft; it is refused, and this one is still open."""
    end = payment_file(bill)
    draft = modifications.edit(modifications.open("MN"), total_cents=90_000)
    modifications.finish(draft)
    modifications.edit(draft, total_cents=10)
    end()
    now = modifications.get(draft)
    assert (now.status, now.HasField("held"), levy.bill(bill).bill_version) == ("open", False, 1)
