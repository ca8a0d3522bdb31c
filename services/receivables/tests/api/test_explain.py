"""RECV-001: every row of the ledger says which fact, which rule and whose request it comes from."""

import grpc
import pytest

from millage.receivables.v1 import bill_changes_pb2 as changes_pb2
from millage.receivables.v1 import bill_changes_pb2_grpc as changes_pb2_grpc
from millage.receivables.v1 import explain_pb2 as pb
from millage.receivables.v1 import explain_pb2_grpc as stubs
from taxkit import testing
from taxkit.ids import new_id


@pytest.fixture
def explain(channel, keys):
    stub = stubs.ExplainServiceStub(channel)

    def ask(*rights: str, **asked):
        metadata = testing.bearer(keys.token(*(rights or ("receivables.read",))))
        return list(stub.Explain(pb.ExplainRequest(**asked), metadata=metadata).rows)

    return ask


@pytest.fixture
def paid(app, neighbours):
    """A bill; a receipt of two lines, one for it and one for none."""
    bill, receipt = new_id(), new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    lines = (neighbours.line(1, 120_000, bill), neighbours.line(2, 5_000))
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    return bill, receipt, lines


def test_recv_001_a_receipts_line_is_followed_to_its_rows(explain, paid) -> None:
    """Line 1: its money, the two installments it paid, by which rule of which pack."""
    bill, receipt, _ = paid
    rows = explain(receipt_id=str(receipt), receipt_line=1)

    assert sum(row.amount_cents for row in rows) == 0
    taken = [row for row in rows if row.ledger_account == "taxes_receivable"]
    assert [(row.installment, row.charge_type, row.amount_cents) for row in taken] == [
        (1, "tax", -100_000),
        (2, "tax", -20_000),
    ]
    for row in taken:
        assert row.bill_id == str(bill)
        assert row.fact.kind == row.cause.kind == "payment"
        assert (row.fact.receipt_line, row.fact.amount_cents) == (1, 120_000)
        assert row.rule_id.startswith("us-il-cook/receivables/allocation/")
        assert "+" in row.pack_version
        assert row.citation
        assert row.certainty
    assert {row.certainty for row in rows if row.rule_id == "receipt-line"} == {"fact"}


def test_recv_001_each_line_is_explained_by_itself_and_all_together(explain, paid) -> None:
    """The line on no bill is in suspense; without a line, both are there."""
    _, receipt, _ = paid
    second = explain(receipt_id=str(receipt), receipt_line=2)

    assert {row.ledger_account for row in second} == {"cash_clearing", "suspense_liability"}
    both = explain(receipt_id=str(receipt))
    assert len(both) == len(second) + len(explain(receipt_id=str(receipt), receipt_line=1))


def test_recv_001_what_a_later_fact_moved_names_both(app, neighbours, explain, paid) -> None:
    """A reversal's rows are the payment's, its cause is itself, and it names what it undoes."""
    _, receipt, lines = paid
    body = neighbours.payment_reversed(receipt, *lines, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [body])
    rows = explain(receipt_id=str(receipt), receipt_line=1)
    undone = [row for row in rows if row.posting_kind == "reversal"]

    assert undone
    assert {(row.fact.kind, row.cause.kind) for row in undone} == {("payment", "reversal")}
    assert {row.compensates for row in undone} == {
        row.posting_id for row in rows if row.posting_kind == "payment"
    }
    assert sum(row.amount_cents for row in rows if row.ledger_account == "taxes_receivable") == 0


def test_recv_001_a_bill_is_explained_from_its_issue_on(explain, paid) -> None:
    """Charges come from the issue, payments from the receipt; together they are what is open."""
    bill, receipt, _ = paid
    rows = explain(bill_id=str(bill))

    assert [row.posting_kind for row in rows if row.fact.kind == "issue"] == ["issue"] * 4
    assert {row.receipt_id for row in rows if row.fact.kind == "payment"} == {str(receipt)}
    owed = sum(row.amount_cents for row in rows if row.ledger_account == "taxes_receivable")
    assert owed == 180_000 - 120_000


def test_recv_009_a_change_names_who_asked_and_why(channel, keys, explain, paid) -> None:
    """A transfer to unsecured: its rows say by whom and for what reason it was made."""
    bill, _, _ = paid
    changes_pb2_grpc.BillChangesServiceStub(channel).TransferCollectionType(
        changes_pb2.TransferCollectionTypeRequest(
            idempotency_key="transfer", bill_id=str(bill), to="U", reason="possessory interest"
        ),
        metadata=testing.bearer(keys.token("receivables.*", user="head.clerk")),
    )
    moved = [row for row in explain(bill_id=str(bill)) if row.cause.kind == "transfer"]

    assert moved
    assert {(row.cause.asked_by, row.cause.reason) for row in moved} == {
        ("head.clerk", "possessory interest")
    }


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "EXPLAIN_WHAT"),
        ({"bill_id": "x"}, "ID_INVALID"),
        ({"bill_id": str(new_id())}, "BILL_NOT_FOUND"),
        ({"receipt_id": str(new_id())}, "RECEIPT_NOT_FOUND"),
        ({"receipt_id": str(new_id()), "receipt_line": -1}, "LINE_INVALID"),
        ({"bill_id": str(new_id()), "receipt_line": 1}, "LINE_INVALID"),
    ],
)
def test_what_cannot_be_explained_is_refused(explain, asked, reason: str) -> None:
    """With its reason."""
    with pytest.raises(grpc.RpcError) as refusal:
        explain(**asked)

    assert testing.reason_of(refusal.value) == reason


def test_explaining_needs_the_right_to_read(explain, paid) -> None:
    """Another service's is not enough."""
    with pytest.raises(grpc.RpcError) as refusal:
        explain("cashiering.read", bill_id=str(paid[0]))

    assert refusal.value.code() is grpc.StatusCode.PERMISSION_DENIED
