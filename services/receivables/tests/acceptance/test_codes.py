"""RECV-013, RECV-018: terms by class, the agency's holding and codes, through the public API."""

import threading
from datetime import date

import grpc
import pytest

from millage.receivables.v1 import rates_pb2 as pb
from taxkit.testing import reason_of

FEB_11, MARCH = date(2020, 2, 11), date(2020, 3, 10)


def request(county, kind, **changes):
    given = {"idempotency_key": county.key(), "bill_id": str(county.bill), "reason": "filing"}
    return kind(**given | changes)


def set_code(county, on=FEB_11, **changes):
    county.day(on)
    given = {"code": "BANK", "monthly_rate": "0.03"} | changes
    return county.rates.SetBillCode(
        request(county, pb.SetBillCodeRequest, **given), metadata=county.caller()
    )


def hold(county, on, *, held=True, **changes):
    county.day(on)
    asked = request(county, pb.SetAgencyHoldingRequest, held=held, **changes)
    return county.rates.SetAgencyHolding(asked, metadata=county.caller())


def refused(do):
    with pytest.raises(grpc.RpcError) as error:
        do()
    return reason_of(error.value)


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_a_code_s_rate_replaces_the_system_s_and_is_told(quiet):
    """RECV-018: 1% on the first of January and February, 3% in March; the ledger names the code."""
    quiet.issue(500, 500)
    answer = set_code(quiet)
    assert (list(answer.codes), answer.open_cents) == (["BANK"], 101_000)
    assert quiet.quote(MARCH).installments[0].interest_open_cents == 1_000 + 1_500
    quiet.pay(100, MARCH)
    assert {one.rule_id for one in quiet.entries() if one.charge_type == "interest"} >= {
        "code/BANK"
    }
    (told,) = quiet.told("BillCodeChanged")
    assert (told["code"], told["monthly_rate"], told["changed_by"]) == ("BANK", "0.03", "ana")
    assert quiet.told("BalanceChanged")[1]["cause"] == "terms"
    assert [one.kind for one in quiet.changes()] == ["code_set"]


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_a_code_set_late_as_of_an_earlier_day_moves_what_was_paid(quiet):
    """RECV-018: interest paid meanwhile at the system's rate becomes tax; no cent is lost."""
    quiet.issue(500, 500)
    quiet.pay(510, FEB_11)
    before = quiet.quote(FEB_11).open_cents
    set_code(quiet, date(2020, 2, 20), monthly_rate="0", effective_on="2019-12-01")
    assert quiet.quote(FEB_11).open_cents == before - 1_000
    assert sum(quiet.balance_of_receipts().values()) == 51_000


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_a_lifted_code_counts_no_more(quiet):
    """RECV-018: from the day it is off the system's rate holds again; twice is refused."""
    quiet.issue(500, 500)
    set_code(quiet)
    quiet.day(date(2020, 3, 2))

    def lift():
        asked = request(quiet, pb.LiftBillCodeRequest, code="BANK")
        return quiet.rates.LiftBillCode(asked, metadata=quiet.caller())

    assert list(lift().codes) == []
    assert quiet.quote(date(2020, 4, 1)).installments[0].interest_open_cents == 1_000 + 1_500 + 500
    assert refused(lift) == "CODE_NOT_SET"


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_013_a_bill_held_by_the_agency_goes_by_the_rule_for_it(quiet):
    """RECV-013: 2% in March while it is held, 1% in April again; unchanged is refused."""
    quiet.issue(500, 500)
    assert hold(quiet, FEB_11).held_by_agency
    assert refused(lambda: hold(quiet, FEB_11)) == "HOLDING_UNCHANGED"
    assert quiet.quote(MARCH).installments[0].interest_open_cents == 2_000
    assert not hold(quiet, date(2020, 3, 15), held=False).held_by_agency
    assert quiet.quote(date(2020, 4, 1)).installments[0].interest_open_cents == 2_500


def test_recv_013_an_unsecured_bill_goes_by_california_s_terms_for_it(california):
    """RECV-013: 10% after August 31, 1.5% from November 1, carried U, never in default."""
    due = date(2020, 8, 31)
    california.issue(1_000, due=(due,), tax_year=2020, bill_class="unsecured")
    assert california.quote(due).open_cents == 100_000
    assert california.quote(date(2020, 9, 1)).open_cents == 110_000
    assert california.quote(date(2020, 10, 31)).open_cents == 110_000
    november = california.quote(date(2020, 11, 1))
    assert (november.open_cents, november.installments[0].collection_type) == (111_500, "U")
    california.default(date(2021, 6, 30))
    assert not california.quote(date(2021, 7, 1)).defaulted
    assert california.told("CollectionTypeTransferred") == []


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_the_same_key_answers_the_same_and_another_body_is_refused(quiet):
    """RECV-018: a repeated call sets nothing twice."""
    quiet.issue(500, 500)
    first = set_code(quiet, idempotency_key="once")
    assert first == set_code(quiet, idempotency_key="once")
    assert len(quiet.changes()) == 1
    again = refused(lambda: set_code(quiet, idempotency_key="once", code="OTHER"))
    assert again == "IDEMPOTENCY_CONFLICT"


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ""}, "CODE_MISSING"),
        ({"code": "x" * 61}, "TEXT_INVALID"),
        ({"code": "a\x00b"}, "TEXT_INVALID"),
        ({"monthly_rate": "1.5"}, "RATE_INVALID"),
        ({"monthly_rate": "-0.1"}, "RATE_INVALID"),
        ({"penalty_rate": "0.1; drop table bills"}, "RATE_INVALID"),
        ({"penalty_rate": "NaN"}, "RATE_INVALID"),
        ({"through": "2020-02-10"}, "CODE_DATES_INVALID"),
        ({"effective_on": "2020-02-30"}, "DATE_INVALID"),
        ({"effective_on": "2020-02-12"}, "DATE_IN_FUTURE"),
        ({"charge_code": "no_such_fee"}, "FEE_NOT_FOUND"),
        ({"bill_id": "7"}, "ID_INVALID"),
        ({"bill_id": "01937c3e-0000-7000-8000-00000000dead"}, "BILL_NOT_FOUND"),
        ({"reason": "  "}, "REASON_MISSING"),
    ],
)
def test_recv_018_hostile_values_are_refused_and_change_nothing(quiet, changes, reason):
    """RECV-018: each with its own reason."""
    quiet.issue(500, 500)
    assert reason == refused(lambda: set_code(quiet, **changes))
    assert (quiet.changes(), list(quiet.quote(FEB_11).codes)) == ([], [])


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_neither_is_done_without_the_right(quiet):
    """RECV-013, RECV-018: reading is not enough."""
    quiet.issue(500, 500)
    caller = quiet.caller("receivables.read")
    for call, kind in (
        (quiet.rates.SetBillCode, pb.SetBillCodeRequest),
        (quiet.rates.LiftBillCode, pb.LiftBillCodeRequest),
        (quiet.rates.SetAgencyHolding, pb.SetAgencyHoldingRequest),
    ):
        assert refused(lambda c=call, k=kind: c(request(quiet, k), metadata=caller)) == (
            "FORBIDDEN"
        )


@pytest.mark.parametrize("law_folder", ["agency"], indirect=True)
def test_recv_018_two_clerks_at_once_leave_one_bill_and_both_codes(quiet):
    """RECV-018: the bill is locked; neither code is lost."""
    quiet.issue(500, 500)
    quiet.day(FEB_11)
    requests = [request(quiet, pb.SetBillCodeRequest, code=code) for code in "ABCD"]
    threads = [
        threading.Thread(target=quiet.rates.SetBillCode, args=(one,), kwargs={
            "metadata": quiet.caller()
        })
        for one in requests
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(quiet.quote(FEB_11).codes) == ["A", "B", "C", "D"]
