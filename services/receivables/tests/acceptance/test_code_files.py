"""RECV-058 to RECV-061: codes as entities, put on statements, bills and fees; AC-16."""

import threading
from datetime import date
from uuid import UUID

import grpc
import pytest

from millage.receivables.v1 import codes_pb2 as pb
from taxkit.ids import new_id
from taxkit.testing import reason_of

FEB_11, MARCH, APRIL = (
    date(2020, 2, 11), date(2020, 3, 10), date(2020, 4, 1),
)  # fmt: skip
PARCEL = "13264290020000"
BANK = {"description": "In bankruptcy", "monthly_rate": "0.01", "bankruptcy": True}

pytestmark = pytest.mark.parametrize("law_folder", ["agency"], indirect=True)


class Desk:
    """A clerk who edits codes and puts them on bills."""

    def __init__(self, county):
        self.county = county
        self.stub = county.codes

    def create(self, code="BANK", **settings):
        request = pb.CreateCodeRequest(
            idempotency_key=self.county.key(), code=code, reason="new case",
            settings=pb.CodeSettings(**BANK | settings),
        )  # fmt: skip
        return self.stub.CreateCode(request, metadata=self.county.caller())

    def change(self, code="BANK", on=None, **settings):
        if on is not None:
            self.county.day(on)
        request = pb.ChangeCodeRequest(
            idempotency_key=self.county.key(), code=code, reason="stayed",
            settings=pb.CodeSettings(**BANK | settings),
        )  # fmt: skip
        return self.stub.ChangeCode(request, metadata=self.county.caller())

    def request(self, kind, *bills, fee="", **changes):
        items = [pb.CodeItem(bill_id=str(each), charge_code=fee) for each in bills]
        given = {
            "idempotency_key": self.county.key(), "code": "BANK", "comment": "filing",
            "items": items,
        }  # fmt: skip
        return kind(**given | changes)

    def put(self, *bills, **changes):
        asked = self.request(pb.SetCodeRequest, *bills, **changes)
        return self.stub.SetCode(asked, metadata=self.county.caller()).lines

    def remove(self, *bills, **changes):
        asked = self.request(pb.RemoveCodeRequest, *bills, **changes)
        return self.stub.RemoveCode(asked, metadata=self.county.caller()).lines

    def lines(self, **of):
        request = pb.ListAdjustmentsRequest(**of)
        return self.stub.ListAdjustments(request, metadata=self.county.caller()).lines

    def items(self, **asked):
        request = pb.ListCodeItemsRequest(**{"statement_id": PARCEL} | asked)
        return self.stub.ListCodeItems(request, metadata=self.county.caller()).items


@pytest.fixture
def desk(quiet):
    """A county at 1% a month, with two bills on one statement."""
    quiet.issue(500, 500)
    quiet.other = new_id()
    quiet.issue(300, 300, bill=quiet.other, bill_number="2019-2")
    return Desk(quiet)


def refused(do):
    with pytest.raises(grpc.RpcError) as error:
        do()
    return reason_of(error.value)


def interest(desk, day, bill=None):
    return desk.county.quote(day, bill).installments[0].interest_open_cents


def test_ac_16_two_lines_and_the_next_quote_by_the_new_setting(desk):
    """AC-16: two ADJLB lines; 1.0% becomes 0% in both quotes, and nothing new is posted."""
    county = desk.county
    desk.create()
    bills = (county.bill, county.other)
    lines = desk.put(*bills)
    assert [(one.line_type, one.action, one.bill_id) for one in lines] == [
        ("ADJLB", "Set Bill/Fee Code", str(each)) for each in bills
    ]
    assert {(one.old_code, one.new_code, one.changed_by, one.comment) for one in lines} == {
        ("", "BANK", "ana", "filing")
    }
    assert all(one.recorded_at for one in lines)
    assert (interest(desk, MARCH), interest(desk, MARCH, county.other)) == (1_500, 900)
    before = [list(county.entries(each)) for each in bills]
    assert desk.change(monthly_rate="0", on=FEB_11).version == 2
    assert (interest(desk, FEB_11), interest(desk, MARCH, county.other)) == (0, 0)
    assert [list(county.entries(each)) for each in bills] == before
    assert {one.line_id for one in desk.lines(statement_id=PARCEL, tax_year=2019)} == {
        one.line_id for one in lines
    }
    assert [one.line_id for one in desk.lines(bill_id=str(county.other))] == [lines[1].line_id]


def test_recv_059_what_was_paid_before_the_change_stays_posted(desk):
    """RECV-059: interest met by a payment is not taken back; the next payment bears none."""
    county = desk.county
    desk.create()
    desk.put(county.bill)
    county.pay(200, FEB_11)
    before = list(county.entries())
    desk.change(monthly_rate="0", on=date(2020, 2, 12))
    assert list(county.entries()) == before
    county.pay(310, MARCH)
    rules = {one.rule_id for one in county.entries() if one.charge_type == "interest"}
    assert {one for one in rules if one.startswith("code/")} == {"code/BANK/1"}
    assert county.quote(MARCH).installments[0].tax_open_cents == 0
    assert sum(county.balance_of_receipts().values()) == 51_000


def test_recv_059_a_change_is_told_once_with_everything_the_code_says(desk):
    """RECV-059: CodeSettingChanged, version by version; history names who and why."""
    desk.create(alert_user=True, delinquent_notices="exclude")
    desk.change(monthly_rate="0", penalty_rate="0.02")
    first, second = desk.county.told("CodeSettingChanged")
    assert (first["code"], first["version"], first["monthly_rate"]) == ("BANK", 1, "0.01")
    assert first["switches"] == ["alert_user", "bankruptcy"]
    assert first["delinquent_notices"] == "exclude"
    assert (second["version"], second["penalty_rate"], second["switches"]) == (
        2, "0.02", ["bankruptcy"],
    )  # fmt: skip
    request = pb.GetCodeRequest(code="BANK")
    told = desk.stub.GetCode(request, metadata=desk.county.caller())
    assert [one.reason for one in told.history] == ["new case", "stayed"]
    listed = desk.stub.ListCodes(pb.ListCodesRequest(), metadata=desk.county.caller())
    assert list(listed.codes) == [told.code]


def test_recv_060_a_whole_statement_is_coded_and_uncoded(desk):
    """RECV-060: both bills of the year by its id; removed the same way, with lines of its own."""
    statement = pb.CodeStatement(statement_id=PARCEL, tax_year=2019)
    desk.create()
    assert len(desk.put(statement=statement)) == 2
    assert refused(lambda: desk.put(statement=statement)) == "CODE_ALREADY_SET"
    gone = desk.remove(statement=statement)
    assert {(one.action, one.old_code, one.new_code) for one in gone} == {
        ("Remove Bill/Fee Code", "BANK", "")
    }
    assert refused(lambda: desk.remove(statement=statement)) == "CODE_NOT_SET"
    assert interest(desk, MARCH) == 1_500


@pytest.mark.parametrize(
    ("narrowed", "bills"),
    [
        ({"standing": "delinquent"}, 1),
        ({"standing": "current"}, 1),
        ({"standing": "all"}, 2),
        ({"district": "71001"}, 2),
        ({"district": "71002"}, 0),
    ],
)
def test_recv_060_filters_narrow_what_is_listed_and_coded(desk, narrowed, bills):
    """RECV-060: the one bill paid up to now is current, the late one delinquent."""
    county = desk.county
    county.pay(300, date(2019, 12, 1), bill=county.other)
    county.day(FEB_11)
    desk.create()
    assert len(desk.items(**narrowed)) == bills
    statement = pb.CodeStatement(statement_id=PARCEL, tax_year=2019, **narrowed)
    if bills:
        assert len(desk.put(statement=statement)) == bills
    else:
        assert refused(lambda: desk.put(statement=statement)) == "STATEMENT_NOT_FOUND"


def test_recv_060_a_fee_bears_a_code_of_its_own(desk):
    """RECV-060, RECV-064: the list has the fee as an item, its code and what alerts."""
    county = desk.county
    receipt = county.pay(100, date(2019, 12, 1))
    county.bounce(receipt, date(2019, 12, 5))
    (fee,) = [one.charge_code for one in desk.items() if one.charge_code]
    desk.create(alert_user=True)
    (line,) = desk.put(county.bill, fee=fee)
    assert (line.charge_code, line.new_code) == (fee, "BANK")
    items = {one.charge_code: one for one in desk.items() if one.bill_id == str(county.bill)}
    assert (list(items[""].codes), list(items[fee].codes)) == ([], ["BANK"])
    assert [one.settings.description for one in items[fee].alerts] == ["In bankruptcy"]
    assert (items[""].open_cents, items[fee].open_cents > 0) == (100_000, True)
    assert refused(lambda: desk.put(county.other, fee=fee)) == "FEE_NOT_FOUND"


def test_q_35_of_several_codes_the_last_counts_and_replace_takes_the_others_off(desk):
    """Q-35: the line names the code that counted before; replaced codes are gone."""
    county = desk.county
    desk.create()
    desk.create("DEFR", monthly_rate="0.03")
    desk.put(county.bill)
    (line,) = desk.put(county.bill, code="DEFR")
    assert (line.old_code, line.new_code) == ("BANK", "DEFR")
    assert interest(desk, MARCH) == 4_500
    desk.remove(county.bill, code="DEFR")
    lines = desk.put(county.bill, code="DEFR", replace=True)
    assert [(one.old_code, one.new_code) for one in lines] == [("BANK", "DEFR"), ("BANK", "DEFR")]
    assert list(county.quote(MARCH).codes) == ["DEFR"]


def test_recv_060_an_event_says_what_is_on_the_bill_now(desk):
    """RECV-060: the bill's own stream, in order, whole."""
    county = desk.county
    desk.create()
    desk.put(county.bill)
    desk.remove(county.bill)
    one, other = county.told("BillCodeChanged")
    assert (one["change"], one["old_code"], one["codes"]) == (
        "set", "", [{"code": "BANK", "charge_code": ""}],
    )  # fmt: skip
    assert (other["change"], other["old_code"], other["new_code"]) == ("lifted", "BANK", "")
    assert other["codes"] == []


def test_recv_058_only_who_may_edit_codes_does_and_only_who_may_set_them(desk):
    """RECV-058, RECV-060: two rights, neither is the other."""
    county, key = desk.county, desk.county.key
    desk.create()
    made = pb.CreateCodeRequest(
        idempotency_key=key(), code="X", reason="r", settings=pb.CodeSettings(description="x")
    )
    put = desk.request(pb.SetCodeRequest, county.bill)
    only = county.caller
    for call, asked, wrong in (
        (desk.stub.CreateCode, made, "receivables.code"),
        (desk.stub.SetCode, put, "receivables.code.edit"),
        (desk.stub.ListCodeItems, pb.ListCodeItemsRequest(statement_id=PARCEL), "levy.read"),
    ):
        assert refused(lambda c=call, a=asked, w=wrong: c(a, metadata=only(w))) == "FORBIDDEN"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ""}, "CODE_MISSING"),
        ({"code": "NONE"}, "CODE_UNKNOWN"),
        ({"code": "a\x00"}, "TEXT_INVALID"),
        ({"comment": " "}, "REASON_MISSING"),
        ({"items": []}, "ITEMS_OF_WHAT"),
        ({"items": [pb.CodeItem(bill_id="7")]}, "ID_INVALID"),
        ({"items": [pb.CodeItem(bill_id=str(UUID(int=7)))]}, "BILL_NOT_FOUND"),
        ({"items": [pb.CodeItem(bill_id=str(UUID(int=7)))] * 501}, "TOO_MANY_BILLS"),
        ({"statement": pb.CodeStatement(statement_id=PARCEL, tax_year=2019)}, "ITEMS_OF_WHAT"),
        ({"items": [], "statement": pb.CodeStatement(tax_year=2019)}, "STATEMENT_MISSING"),
        ({"items": [], "statement": pb.CodeStatement(statement_id="x")}, "TAX_YEAR_INVALID"),
        (
            {"items": [], "statement": pb.CodeStatement(statement_id="x", tax_year=2019)},
            "STATEMENT_NOT_FOUND",
        ),
        (
            {
                "items": [],
                "statement": pb.CodeStatement(statement_id="x", tax_year=2019, standing="late"),
            },
            "STANDING_INVALID",
        ),
    ],
)
def test_recv_060_hostile_values_are_refused_and_change_nothing(desk, changes, reason):
    """RECV-060: each with its own reason."""
    desk.create()
    assert reason == refused(lambda: desk.put(desk.county.bill, **changes))
    assert list(desk.lines(statement_id=PARCEL, tax_year=2019)) == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"description": ""}, "DESCRIPTION_MISSING"),
        ({"description": "x" * 201}, "TEXT_INVALID"),
        ({"monthly_rate": "1"}, "RATE_INVALID"),
        ({"penalty_rate": "0.1x"}, "RATE_INVALID"),
        ({"delinquent_notices": "never"}, "NOTICES_INVALID"),
    ],
)
def test_recv_058_settings_that_make_no_sense_are_refused(desk, settings, reason):
    """RECV-058: nothing is kept of them; nor of a code whose name nobody could write."""
    assert refused(lambda: desk.create(**settings)) == reason
    assert refused(lambda: desk.create("two words")) == "CODE_INVALID"
    assert refused(lambda: desk.change(**BANK)) == "CODE_UNKNOWN"
    desk.create()
    assert refused(desk.create) == "CODE_EXISTS"
    assert refused(desk.change) == "SETTINGS_UNCHANGED"


def test_recv_059_clerks_who_change_a_code_at_once_leave_a_history_without_gaps(desk):
    """RECV-059: one after the other, each version once."""
    desk.create()
    rates = [f"0.0{each}" for each in range(2, 8)]
    threads = [
        threading.Thread(target=desk.change, kwargs={"monthly_rate": rate}) for rate in rates
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = desk.stub.GetCode(pb.GetCodeRequest(code="BANK"), metadata=desk.county.caller())
    assert [one.version for one in told.history] == list(range(1, 8))
    assert {one.settings.monthly_rate for one in told.history} == {"0.01", *rates}
