"""RECV-063: codes of one year are carried to the next, run by run."""

from datetime import date
from uuid import UUID

import grpc
import pytest

from millage.receivables.v1 import code_runs_pb2 as pb
from millage.receivables.v1 import code_runs_pb2_grpc as stubs
from millage.receivables.v1 import codes_pb2 as codes
from receivables_service.codes import runs_api
from taxkit.ids import new_id
from taxkit.testing import foreign_event, reason_of

FEB = date(2021, 2, 1)


class Runs:
    """Parcels with a bill of 2019 and one of 2020, and a clerk who carries codes."""

    def __init__(self, county):
        self.county = county
        self.stub = stubs.CodeRunsServiceStub(county.channel)
        self.bills = {}
        for parcel in "AB":
            for year in (2019, 2020):
                bill = self.bills[parcel, year] = new_id()
                county.issue(
                    500, 500, bill=bill, parcel_number=parcel, bill_number=f"{year}-{parcel}",
                    tax_year=year, due=(date(year, 12, 10), date(year + 1, 4, 10)),
                )  # fmt: skip
        county.day(FEB)
        for code in ("BANK", "DEFR"):
            said = codes.CodeSettings(description=code)
            county.codes.CreateCode(
                codes.CreateCodeRequest(
                    idempotency_key=county.key(), code=code, reason="r", settings=said
                ),
                metadata=county.caller(),
            )

    def code(self, code, parcel, year=2019):
        items = [codes.CodeItem(bill_id=str(self.bills[parcel, year]))]
        request = codes.SetCodeRequest(
            idempotency_key=self.county.key(), code=code, items=items, comment="c"
        )
        self.county.codes.SetCode(request, metadata=self.county.caller())

    def preview(self, *wanted, year=2020):
        request = pb.PreviewCodeRunRequest(codes=wanted or ("BANK", "DEFR"), tax_year=year)
        return self.stub.PreviewCodeRun(request, metadata=self.county.caller())

    def pages(self, size):
        """Every page of a preview, as its parcels."""
        asked = pb.PreviewCodeRunRequest(codes=("BANK",), tax_year=2020, page_size=size)
        while True:
            page = self.stub.PreviewCodeRun(asked, metadata=self.county.caller())
            yield [one.parcel_number for one in page.candidates], page.candidate_count
            asked.page_token = page.next_page_token
            if not page.next_page_token:
                return

    def commit(self, *, rights=(), **changes):
        given = {
            "idempotency_key": self.county.key(), "codes": ["BANK", "DEFR"], "tax_year": 2020,
            "comment": "yearly",
        }  # fmt: skip
        request = pb.CommitCodeRunRequest(**given | changes)
        return self.stub.CommitCodeRun(request, metadata=self.county.caller(*rights))

    def on(self, parcel):
        return list(self.county.quote(FEB, self.bills[parcel, 2020]).codes)


@pytest.fixture
def runs(quiet):
    return Runs(quiet)


def refused(do):
    with pytest.raises(grpc.RpcError) as error:
        do()
    return reason_of(error.value)


def test_recv_063_candidates_are_shown_and_carried_with_lines_and_history(runs):
    """RECV-063: with the prior bill's version; run again there is nothing left."""
    runs.code("BANK", "A")
    runs.code("BANK", "B")
    runs.code("DEFR", "B")
    found = runs.preview()
    assert [(one.parcel_number, list(one.codes), one.carried) for one in found.candidates] == [
        ("B", ["BANK", "DEFR"], "DEFR"), ("A", ["BANK"], "BANK"),
    ]  # fmt: skip
    assert (found.several, found.candidates[0].prior_bill_number) == (1, "2019-B")
    assert found.candidates[0].prior_bill_version == 1
    run = runs.commit()
    assert (run.candidates, run.coded, run.dropped, run.several) == (2, 2, 0, 1)
    assert (runs.on("A"), runs.on("B")) == (["BANK"], ["DEFR"])
    asked = codes.ListAdjustmentsRequest(statement_id="A", tax_year=2020)
    (line,) = runs.county.codes.ListAdjustments(asked, metadata=runs.county.caller()).lines
    assert (line.run_id, line.new_code, line.comment) == (run.run_id, "BANK", "yearly")
    listed = runs.stub.ListCodeRuns(pb.ListCodeRunsRequest(), metadata=runs.county.caller())
    assert list(listed.runs) == [run]
    assert refused(lambda: runs.commit(codes=["DEFR"])) == "NOTHING_TO_CODE"
    assert refused(runs.commit) == "NOTHING_TO_CODE"
    assert runs.on("B") == ["DEFR"]


def test_q_35_a_run_again_puts_no_code_over_the_one_that_was_carried_or_chosen(runs):
    """Q-35: what a run resolved stays so; a code it did not weigh, or that is off, is weighed."""
    for parcel in "AB":
        runs.code("BANK", parcel)
        runs.code("DEFR", parcel)
    choice = pb.CodeRunChoice(bill_id=str(runs.bills["A", 2020]), code="BANK")
    runs.commit(choices=[choice], dropped_bill_ids=[str(runs.bills["B", 2020])])
    assert [one.parcel_number for one in runs.preview().candidates] == ["B"]
    runs.commit()
    assert (runs.on("A"), runs.on("B")) == (["BANK"], ["DEFR"])
    off = codes.RemoveCodeRequest(
        idempotency_key="off", code="BANK", comment="over",
        items=[codes.CodeItem(bill_id=str(runs.bills["A", 2020]))],
    )  # fmt: skip
    runs.county.codes.RemoveCode(off, metadata=runs.county.caller())
    assert [one.parcel_number for one in runs.preview().candidates] == ["A"]


def test_recv_063_the_prior_year_s_supplement_is_shown(runs):
    """RECV-063: the last one told counts, in whatever order it comes; without one it is 0."""
    runs.code("BANK", "A")
    runs.code("BANK", "B")
    for version, number in ((3, 5), (2, 4)):
        targets = [
            {"installment": place, "due_on": due, "amount_cents": 500}
            for place, due in ((1, "2019-12-10"), (2, "2020-04-10"))
        ]
        data = {
            "bill_id": str(runs.bills["A", 2019]), "bill_version": version,
            "corrected_on": "2021-02-01", "total_cents": 1_000, "installments": targets,
            "owner": None, "supplement_number": number,
        }  # fmt: skip
        name, subject = "org.millage.levy.BillCorrected.v1", f"bill/{data['bill_id']}"
        body = foreign_event(name, subject, data, sequence=version)
        runs.county.app.consumer.absorb("on_bill_corrected", [body])
    found = {one.parcel_number: one.prior_supplement_number for one in runs.preview().candidates}
    assert found == {"A": 5, "B": 0}


def test_q_35_a_choice_resolves_several_codes_and_dropped_bills_stay(runs):
    """Q-35: BANK though DEFR came last; the dropped one is coded by no run."""
    for parcel in "AB":
        runs.code("BANK", parcel)
        runs.code("DEFR", parcel)
    bills = {parcel: str(runs.bills[parcel, 2020]) for parcel in "AB"}
    choice = pb.CodeRunChoice(bill_id=bills["A"], code="BANK")
    run = runs.commit(choices=[choice], dropped_bill_ids=[bills["B"]])
    assert (run.candidates, run.coded, run.dropped) == (2, 1, 1)
    assert (runs.on("A"), runs.on("B")) == (["BANK"], [])
    wrong = pb.CodeRunChoice(bill_id=bills["B"], code="OTHER")
    assert refused(lambda: runs.commit(choices=[wrong])) == "CHOICE_INVALID"


def test_recv_063_more_than_one_answer_holds_are_shown_page_by_page(runs, monkeypatch):
    """RECV-063: none is left out and none is there twice; without pages it says so."""
    for parcel in "AB":
        runs.code("BANK", parcel)
    assert list(runs.pages(1)) == [(["A"], 2), (["B"], 2)]
    assert list(runs.pages(5)) == [(["A", "B"], 2)]
    wrong = pb.PreviewCodeRunRequest(codes=("BANK",), tax_year=2020, page_token="x")
    caller = runs.county.caller()
    assert refused(lambda: runs.stub.PreviewCodeRun(wrong, metadata=caller)) == "PAGE_TOKEN_INVALID"
    monkeypatch.setattr(runs_api, "_AT_ONCE_MAX", 1)
    assert refused(lambda: runs.preview("BANK")) == "TOO_MANY_BILLS"
    assert list(runs.pages(1)) == [(["A"], 2), (["B"], 2)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codes": []}, "CODE_MISSING"),
        ({"codes": ["NONE"]}, "CODE_UNKNOWN"),
        ({"codes": ["x"] * 51}, "CODE_MISSING"),
        ({"tax_year": 0}, "TAX_YEAR_INVALID"),
        ({"comment": ""}, "REASON_MISSING"),
        ({"dropped_bill_ids": ["7"]}, "ID_INVALID"),
        ({"dropped_bill_ids": [str(UUID(int=7))] * 10_001}, "TOO_MANY_BILLS"),
        ({"choices": [pb.CodeRunChoice(bill_id="7", code="BANK")]}, "ID_INVALID"),
        ({"rights": ("receivables.read",)}, "FORBIDDEN"),
    ],
)
def test_recv_063_hostile_values_are_refused_and_change_nothing(runs, changes, reason):
    """RECV-063: each with its own reason."""
    runs.code("BANK", "A")
    assert refused(lambda: runs.commit(**changes)) == reason
    assert runs.on("A") == []
