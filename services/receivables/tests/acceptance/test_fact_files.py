"""RECV-001: what the ledger has of a bill is what its file of facts derives to, cent by cent."""

import json
from datetime import date

import pytest

from millage.receivables.v1 import codes_pb2, explain_pb2, fees_pb2
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from receivables_service import fact_files
from taxkit.ids import new_id
from taxkit.testing import reason_of

OCT, NOV, JUNE_30, LATER = (
    date(2019, 10, 1), date(2019, 11, 1), date(2020, 6, 30), date(2020, 10, 1),
)  # fmt: skip


def exported(county, bill=None):
    stub = ExplainServiceStub(county.channel)
    asked = explain_pb2.WriteFactsRequest(bill_id=str(bill or county.bill))
    return stub.WriteFacts(asked, metadata=county.caller())


def story(quiet):
    """A payment, a code whose rate is raised, a fee, a default, and a correction after it."""
    quiet.issue(500, 500)
    settings = codes_pb2.CodeSettings(description="In bankruptcy", monthly_rate="0.01")
    made = codes_pb2.CreateCodeRequest(
        idempotency_key=quiet.key(), code="BANK", settings=settings, reason="new"
    )
    quiet.codes.CreateCode(made, metadata=quiet.caller())
    put = codes_pb2.SetCodeRequest(
        idempotency_key=quiet.key(), code="BANK", comment="filing",
        items=[codes_pb2.CodeItem(bill_id=str(quiet.bill))],
    )  # fmt: skip
    quiet.codes.SetCode(put, metadata=quiet.caller())
    receipt = quiet.pay(200, OCT)
    quiet.day(NOV)
    settings.monthly_rate = "0.02"
    changed = codes_pb2.ChangeCodeRequest(
        idempotency_key=quiet.key(), code="BANK", settings=settings, reason="court"
    )
    quiet.codes.ChangeCode(changed, metadata=quiet.caller())
    fee = fees_pb2.AddFeeRequest(
        idempotency_key=quiet.key(), fee_type="court", tax_year=2019, amount_cents=5_000,
        due_on="2019-12-10", batch="B7", holder_kind="property", holder_id="13264290020000",
        statement_id="13264290020000", reason="filed",
    )  # fmt: skip
    quiet.fees.AddFee(fee, metadata=quiet.caller())
    quiet.default(JUNE_30)
    quiet.correct(500, 300, on=date(2020, 7, 15))
    return receipt


def test_recv_001_a_bill_s_file_derives_to_what_the_ledger_quotes(quiet):
    """RECV-001: on any day of a story with a payment, a code, a fee, a default, a correction."""
    receipt = story(quiet)
    file = exported(quiet)
    document = json.loads(file.document)
    assert file.pack_version == quiet.app.terms.pack_version
    assert str(receipt) in {one.get("receipt") for one in document["facts"]}
    for day in (NOV, JUNE_30, LATER):
        quoted = quiet.quote(day)
        found = fact_files.derived(document, quiet.app.terms, day, quiet.app.grounds)
        assert (found["open_cents"], found["surplus_cents"]) == (
            quoted.open_cents, quoted.surplus_cents,
        )  # fmt: skip
        assert [one["interest_open_cents"] for one in found["installments"]] == [
            one.interest_open_cents for one in quoted.installments
        ]
        assert found["codes"] == list(quoted.codes)


def test_recv_001_of_no_bill_there_is_no_file(quiet):
    """RECV-001: nor of money that waits for one."""
    early = new_id()
    quiet.pay(50, OCT, bill=early)
    for bill in (new_id(), early):
        with pytest.raises(Exception) as error:  # noqa: PT011 - a gRPC error has no own class
            exported(quiet, bill)
        assert reason_of(error.value) == "BILL_NOT_FOUND"
