"""Asking, deciding, taking back, running: over gRPC, on the real ledger."""

import threading
from datetime import date
from uuid import UUID

import grpc
import pytest

from millage.receivables.v1 import bill_changes_pb2, bill_changes_pb2_grpc
from millage.receivables.v1 import discounts_pb2 as pb
from millage.receivables.v1.discounts_pb2_grpc import DiscountsServiceStub
from receivables_service.asked import Asked
from receivables_service.discounts import running
from taxkit.errors import Refusal
from taxkit.ids import new_id
from taxkit.inbox import Work
from taxkit.testing import bearer, reason_of

JAN_15, FEB_3 = date(2022, 1, 15), date(2022, 2, 3)
PARCEL = "13264290020000"


class Desk:
    """Calls as one of several people."""

    def __init__(self, channel, keys, county):
        self.stub = DiscountsServiceStub(channel)
        self.changes = bill_changes_pb2_grpc.BillChangesServiceStub(channel)
        self.keys, self.county = keys, county

    def call(self, method, request, user="ana"):
        rights = ("", ".decide", ".reverse", ".run")
        token = self.keys.token(
            "receivables.read", "receivables.reallocate",
            *(f"receivables.discount{right}" for right in rights), user=user,
        )  # fmt: skip
        if hasattr(request, "idempotency_key") and not request.idempotency_key:
            request.idempotency_key = str(new_id())
        return getattr(self.stub, method)(request, metadata=bearer(token))

    def ask(self, receipt, program="senior", user="ana", **changes):
        given = {"reason": "came to the desk", "receipt_id": str(receipt), "program": program}
        bill = str(self.county.bill)
        request = pb.RequestDiscountRequest(bill_id=bill, **given | changes)
        return self.call("RequestDiscount", request, user)

    def decide(self, asked, user="ben", *, grant=True):
        request = pb.DecideDiscountRequest(request_id=asked.request_id, grant=grant, note="seen")
        return self.call("DecideDiscount", request, user)

    def reverse(self, receipt, program="early", **changes):
        request = pb.ReverseDiscountRequest(
            bill_id=str(self.county.bill), receipt_id=str(receipt), program=program,
            reason="wrong", **changes,
        )  # fmt: skip
        return self.call("ReverseDiscount", request)

    def proof(self, kind="age", **changes):
        given = {"parcel_number": PARCEL, "reference": "ID 4711", "valid_from": "2020-01-01"}
        return self.call("FileProof", pb.FileProofRequest(kind=kind, **given | changes))

    def evaluate(self, **given):
        request = pb.EvaluateRequest(bill_id=str(self.county.bill), **given)
        return {one.program: one for one in self.call("Evaluate", request).verdicts}

    def run(self, run_id="", first="2022-01-01", last="2022-03-31"):
        return self.call("RunDiscounts", pb.RunDiscountsRequest(
            run_id=run_id, from_on=first, to_on=last))  # fmt: skip

    def history(self):
        request = pb.GetDiscountHistoryRequest(parcel_number=PARCEL)
        return self.call("GetDiscountHistory", request)


@pytest.fixture
def desk(channel, keys, county):
    return Desk(channel, keys, county)


def refused(do, reason):
    with pytest.raises(grpc.RpcError) as error:
        do()
    assert reason_of(error.value) == reason


def test_recv_025_evaluate_tells_every_check_base_amount_and_balance(desk, county):
    """RECV-025: thought of, then made: the same answer, as often as it is asked."""
    county.issue()
    thought = {"amount_cents": 285_000, "paid_on": "2022-01-15"}
    first = desk.evaluate(**thought)["early"]
    assert first == desk.evaluate(**thought)["early"]
    assert (first.eligible, first.base_cents, first.full_cents) == (True, 300_000, 15_000)
    assert (first.needed_cents, first.discount_cents, first.open_after_cents) == (
        285_000,
        15_000,
        0,
    )
    assert [(one.installment, one.charge_type, one.base_cents) for one in first.bases] == [
        (1, "tax", 300_000)
    ]
    late = desk.evaluate(amount_cents=285_000, paid_on="2022-02-01")["early"]
    assert (late.eligible, late.discount_cents, late.open_after_cents) == (False, 0, 15_000)
    assert [one.name for one in late.checks if not one.passed] == ["timely"]
    receipt = county.pay(285_000, JAN_15)
    made = desk.evaluate(receipt_id=str(receipt))["early"]
    assert (made.discount_cents, made.open_after_cents) == (15_000, 0)
    actions = [one.action for one in desk.history().log]
    assert actions.count("evaluated") == 8
    refused(lambda: desk.evaluate(receipt_id=str(new_id())), "PAYMENT_NOT_FOUND")
    refused(lambda: desk.evaluate(amount_cents=0, paid_on="2022-01-01"), "AMOUNT_NOT_POSITIVE")


def test_recv_028_a_second_person_grants_what_the_program_asks_for(desk, county):
    """RECV-028, RECV-024: without proof refused, then pending, granted by another, and posted."""
    county.issue()
    receipt = county.pay(270_000, date(2022, 3, 1))
    refused(lambda: desk.ask(receipt), "DISCOUNT_NOT_ELIGIBLE")
    desk.proof()
    asked = desk.ask(receipt)
    assert (asked.state, asked.discount_cents, county.open_cents()) == ("pending", 30_000, 30_000)
    refused(lambda: desk.ask(receipt), "DISCOUNT_PENDING")
    refused(lambda: desk.decide(asked, user="ana"), "SECOND_PERSON_NEEDED")
    refused(lambda: desk.decide(asked, user="Ana"), "SECOND_PERSON_NEEDED")
    done = desk.decide(asked)
    assert (done.state, done.discount_cents, done.open_cents) == ("applied", 30_000, 0)
    assert county.postings("discount") == [{"discount": 30_000, "taxes_receivable": -30_000}]
    refused(lambda: desk.decide(asked, user="cy"), "DISCOUNT_DECIDED")
    refused(lambda: desk.ask(receipt), "DISCOUNT_GRANTED")
    found = desk.history()
    (request,) = found.requests
    assert (request.state, request.asked_by, request.decided_by) == ("granted", "ana", "ben")
    assert [(one.tax_year, one.program, one.saved_cents) for one in found.savings] == [
        (2021, "senior", 30_000)
    ]
    assert [one.action for one in found.log][:2] == ["approved", "requested"]
    assert found.log[0].open_before_cents == 30_000
    assert county.told("BalanceChanged")[-1]["cause"] == "discount"


def test_recv_028_what_is_denied_lets_nothing_off(desk, county):
    county.issue()
    receipt = county.pay(270_000, date(2022, 3, 1))
    desk.proof()
    done = desk.decide(desk.ask(receipt), grant=False)
    assert (done.state, done.open_cents, county.open_cents()) == ("denied", 30_000, 30_000)
    again = desk.ask(receipt)
    assert (again.state, desk.history().requests[0].state) == ("pending", "denied")


def test_recv_029_a_late_one_is_an_approved_exception_with_its_document(desk, county):
    """RECV-029: on March 1 at the rate that ran out, on evidence, by two people."""
    county.issue()
    receipt = county.pay(285_000, date(2022, 3, 1))
    refused(lambda: desk.ask(receipt, "early"), "DISCOUNT_NOT_ELIGIBLE")
    refused(lambda: desk.ask(receipt, "early", exception=True), "EVIDENCE_MISSING")
    asked = desk.ask(receipt, "early", exception=True, evidence="postal strike, notice 12")
    assert desk.decide(asked).open_cents == 0
    (applied,) = county.told("DiscountApplied")
    assert (applied["exception"], applied["rate"]) == (True, "0.05")


NEVER_LATE = """
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          late_exceptions: false
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 1, day: 31, years_after: 1}
"""


@pytest.mark.parametrize("early", [NEVER_LATE], ids=["never late"])
def test_recv_029_a_program_may_bar_late_ones_whatever_the_evidence(desk, county):
    """RECV-029: its law says that nobody may grant it late."""
    county.issue()
    receipt = county.pay(285_000, date(2022, 3, 1))
    refused(
        lambda: desk.ask(receipt, "early", exception=True, evidence="a strike"),
        "LATE_EXCEPTION_BARRED",
    )


def test_recv_029_a_payment_too_short_gets_none_even_by_exception(desk, county):
    county.issue()
    receipt = county.pay(200_000, date(2022, 3, 1))
    refused(lambda: desk.ask(receipt, "early", exception=True, evidence="strike"), "DISCOUNT_SHORT")
    refused(lambda: desk.ask(receipt, "nothing"), "PROGRAM_UNKNOWN")


def test_ac_13_h_a_reversal_mirrors_and_the_surplus_may_be_directed_to_it(desk, county):
    """AC-13 h, RECV-030: 150 open; 125 once the held 25 is reallocated."""
    county.issue()
    receipt = county.pay(287_500, JAN_15)
    county.clock.moment = county.clock.moment.replace(month=2, day=3)
    done = desk.reverse(receipt, evidence="memo 7")
    assert (done.state, done.discount_cents, done.open_cents) == ("reversed", 15_000, 15_000)
    assert county.postings("discount") == [{"discount": -15_000, "taxes_receivable": 15_000}]
    assert county.accounts()["surplus_liability"] == -2_500
    (told,) = county.told("DiscountReversed")
    assert (told["cause"], told["business_date"]) == ("discount", "2022-02-03")
    line = desk.history().log[0]
    assert (line.action, line.open_before_cents, line.open_after_cents, line.evidence) == (
        "reversed", 0, 15_000, "memo 7",
    )  # fmt: skip
    request = bill_changes_pb2.ReallocateRequest(
        idempotency_key="k", bill_id=str(county.bill), reason="directed"
    )
    token = desk.keys.token("receivables.reallocate", user="ana")
    desk.changes.Reallocate(request, metadata=bearer(token))
    assert county.open_cents() == 12_500
    refused(lambda: desk.reverse(receipt), "DISCOUNT_NOT_FOUND")


def test_recv_030_another_is_applied_in_its_place(desk, county):
    """RECV-030: wrong type: early taken back, senior asked for, granted by another."""
    county.issue()
    receipt = county.pay(285_000, JAN_15)
    desk.proof()
    asked = desk.reverse(receipt, reapply_program="senior")
    assert (asked.state, asked.discount_cents, asked.open_cents) == ("pending", 30_000, 15_000)
    assert desk.decide(asked).open_cents == 0
    assert county.accounts()["discount"] == 30_000
    assert county.accounts()["surplus_liability"] == -15_000


def test_recv_030_the_same_program_capped_stands_in_for_itself(desk, county):
    """RECV-030: a wrong base: 150 taken back, 120 at most granted again."""
    county.issue()
    receipt = county.pay(288_000, JAN_15)
    done = desk.reverse(receipt, reapply_program="early", reapply_at_most_cents=12_000)
    assert (done.state, done.discount_cents, done.open_cents) == ("applied", 12_000, 0)
    assert county.accounts()["discount"] == 12_000
    assert "surplus_liability" not in county.accounts()


def qualify(county, count):
    """Payments that waited: barred when they came, in good standing since."""
    bills = []
    county.rows(
        "insert into flags (subject_kind, subject, flag, is_on, scope, sequence)"
        " values ('parcel', %s, 'dnap', true, '[]', 1) returning 1",
        PARCEL,
    )
    for number in range(count):
        county.bill = new_id()
        county.issue(bill_number=f"2021-{number}")
        county.pay(285_000, JAN_15)
        bills.append(county.bill)
    county.rows("update flags set is_on = false returning 1")
    return bills


def test_ac_13_i_a_run_twice_over_the_same_payments_changes_nothing(desk, county):
    """AC-13 i, RECV-031: each item judged alone; the second run finds nothing to do."""
    qualify(county, 3)
    short = new_id()
    county.issue(bill=short, bill_number="2021-short")
    county.pay(100_000, FEB_3, bill=short)
    request = pb.ListQualifyingRequest(from_on="2022-01-01", to_on="2022-03-31")
    listed = desk.call("ListQualifying", request)
    assert [one.discount_cents for one in listed.payments] == [15_000] * 3
    first = desk.run()
    outcomes = sorted((one.outcome, one.discount_cents) for one in first.items)
    assert outcomes == [("applied", 15_000)] * 3 + [("not_eligible", 0)]
    assert first.finished
    assert county.accounts()["discount"] == 45_000
    before = county.rows("select count(*) from postings")
    second = desk.run()
    assert [one.outcome for one in second.items] == ["not_eligible"]
    assert desk.run(first.run_id).items == []
    assert before == county.rows("select count(*) from postings")
    refused(lambda: desk.run(str(new_id())), "DISCOUNT_RUN_NOT_FOUND")
    refused(lambda: desk.run(first="2022-02-01", last="2022-01-01"), "DATES_REVERSED")


def killed_while_it_runs(county, run_id):
    """Do a page, and die before it is committed."""
    with county.app.database.begin() as connection:
        work = Work(connection, county.app.clock)
        assert running.go_on(county.app, work, UUID(run_id), Asked("ana", "run", "")).items
        raise Refusal("KILLED", "the process died")


def test_recv_031_a_run_killed_in_the_middle_goes_on_where_it_stopped(desk, county, monkeypatch):
    """RECV-031: a page is done whole or not at all; the next call takes the next payments."""
    qualify(county, 4)
    monkeypatch.setattr(running, "PAGE", 2)
    first = desk.run()
    assert (len(first.items), first.finished) == (2, False)
    with pytest.raises(Refusal):
        killed_while_it_runs(county, first.run_id)
    assert county.accounts()["discount"] == 30_000
    second = desk.run(first.run_id)
    assert len(second.items) == 2
    assert county.accounts()["discount"] == 60_000
    assert desk.run(first.run_id).finished


def test_recv_031_two_runs_at_once_grant_once(desk, county):
    """RECV-031: real threads: whoever comes second finds it granted."""
    bills = qualify(county, 4)
    failed = []

    def run():
        try:
            desk.run()
        except grpc.RpcError as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    assert county.accounts()["discount"] == 15_000 * len(bills)
    grants = county.rows("select count(*) from facts where kind = 'discount_granted'")
    assert grants == [(len(bills),)]


def test_recv_021_programs_are_listed_with_their_days_left(desk):
    request = pb.ListProgramsRequest(tax_year=2021, on="2022-01-15")
    early, senior = desk.call("ListPrograms", request).programs
    (period,) = early.periods
    assert (early.code, period.rate, period.last_day) == ("early", "0.05", "2022-01-31")
    assert (period.days_left, senior.approval, senior.proofs) == (17, "always", ["age"])
    refused(
        lambda: desk.call("ListPrograms", pb.ListProgramsRequest(tax_year=1)), "TAX_YEAR_INVALID"
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"kind": "height"}, "PROOF_KIND_UNKNOWN"),
        ({"reference": " "}, "EVIDENCE_MISSING"),
        ({"valid_from": "soon"}, "DATE_INVALID"),
        ({"valid_through": "2019-01-01"}, "DATES_REVERSED"),
        ({"parcel_number": ""}, "NAME_MISSING"),
    ],
)
def test_recv_024_a_proof_that_proves_nothing_is_refused(desk, given, reason):
    refused(lambda: desk.proof(**given), reason)
    assert desk.history().proofs == []


def test_recv_032_the_ledgers_note_says_what_it_is_and_who_authorised_it(desk, county):
    """RECV-032: type, rate, what was verified, by whom; of each line that granted or took back."""
    county.issue()
    receipt = county.pay(285_000, JAN_15)
    desk.reverse(receipt)
    back, given = desk.history().log
    assert given.note == (
        "early discount of 5%; verified: timely, tax_class, prior_years, flags;"
        " granted by the program itself"
    )
    assert (given.discount_type, given.rate) == ("early", "0.05")
    assert given.rule_id.endswith("/early")
    assert back.note == "early discount of 5%; taken back by ana"
