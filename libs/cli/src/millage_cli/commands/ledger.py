"""`millage ledger …`: what an accountant does to bills and posted receipts."""

from typing import Annotated

import typer

from millage.receivables.v1 import bill_changes_pb2, due_pb2, returns_pb2
from millage.receivables.v1.bill_changes_pb2_grpc import BillChangesServiceStub
from millage.receivables.v1.due_pb2_grpc import DueServiceStub
from millage.receivables.v1.returns_pb2_grpc import ReturnsServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill, find
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import usage
from taxkit.ids import parse_id

ledger = typer.Typer(
    no_args_is_help=True, help="Defaults, transfers, waivers, cancelled and returned payments."
)

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with who asked.")]
Receipt = Annotated[str, typer.Argument(metavar="RECEIPT", help="The receipt's number.")]
On = Annotated[str, typer.Option("--on", help="From which day; today when left out.")]


@command(ledger)
def default(
    run: Invocation,
    until: Annotated[str, typer.Option("--until", help="The last day that has gone by.")],
    key: Key = "",
) -> None:
    """Declare the default of open bills whose day has come."""
    answer = _due(run).RunDefaultProcess(
        due_pb2.RunDefaultProcessRequest(
            idempotency_key=key_or_new(key), until=typed.day(until, "--until")
        )
    )
    _ran(run, answer, "defaulted")


@command(ledger, "end-graces")
def end_graces(run: Invocation, on: On = "", key: Key = "") -> None:
    """Charge the penalty where the free days of a correction are over."""
    answer = _due(run).EndGracePeriods(
        due_pb2.EndGracePeriodsRequest(idempotency_key=key_or_new(key), on=typed.day(on, "--on"))
    )
    _ran(run, answer, "penalty")


@command(ledger)
def transfer(
    run: Invocation,
    named: Bill,
    to: Annotated[str, typer.Option("--to", help="S or U.")],
    reason: Reason,
    on: On = "",
    key: Key = "",
) -> None:
    """Carry a bill unsecured, or secured again."""
    answer = _bills(run).TransferCollectionType(
        bill_changes_pb2.TransferCollectionTypeRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            to=to,
            reason=reason,
            effective_on=typed.day(on, "--on"),
        )
    )
    _changed(run, answer, "carried")


@command(ledger)
def reallocate(run: Invocation, named: Bill, reason: Reason, key: Key = "") -> None:
    """Place what is held on a bill on what is open on it."""
    answer = _bills(run).Reallocate(
        bill_changes_pb2.ReallocateRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            reason=reason,
        )
    )
    _changed(run, answer, "placed")


@command(ledger)
def waive(
    run: Invocation,
    named: Bill,
    amounts: Annotated[
        list[str],
        typer.Option("--amount", metavar="INSTALLMENT:interest|penalty:AMOUNT", help="Repeatable."),
    ],
    reason: Reason,
    on: On = "",
    key: Key = "",
) -> None:
    """Take open interest and penalty off a bill; the rest stands still."""
    answer = _bills(run).WaivePenaltyInterest(
        bill_changes_pb2.WaivePenaltyInterestRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            waived=map(_waived, amounts),
            reason=reason,
            effective_on=typed.day(on, "--on"),
        )
    )
    _changed(run, answer, "waived")


@command(ledger)
def unlock(run: Invocation, named: Bill, reason: Reason, key: Key = "") -> None:
    """Let interest and penalty of a bill run again; what was waived comes back."""
    answer = _bills(run).UnlockPenaltyInterest(
        bill_changes_pb2.UnlockPenaltyInterestRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            reason=reason,
        )
    )
    _changed(run, answer, "open now")


@command(ledger)
def changes(run: Invocation, named: Bill) -> None:
    """List what people asked to be done to a bill, with who and why."""
    answer = _bills(run).ListBillChanges(
        bill_changes_pb2.ListBillChangesRequest(bill_id=bill_id_of(run, named))
    )
    shown = table("", "what", "from", "booked", "by", "reason")
    for one in answer.changes:
        shown.add_row(one.kind, one.effective_on, one.business_date, one.asked_by, one.reason)
    plans = table(
        "Changed in plans", "plan", "state", "changed", "left out through", "to calculate"
    )
    for mark in answer.plan_changes:
        waits = "yes" if mark.awaits_calculation else ""
        plans.add_row(mark.plan_number, mark.status, mark.changed_on, mark.left_out_through, waits)
    run.out.answer(answer, shown, *([plans] if answer.plan_changes else []))


@command(ledger)
def cancel(run: Invocation, receipt: Receipt, reason: Reason, key: Key = "") -> None:
    """Take back a receipt whose session is closed."""
    answer = _receipts(run).CancelPayment(
        returns_pb2.CancelPaymentRequest(
            idempotency_key=key_or_new(key), receipt_number=receipt, reason=reason
        )
    )
    _taken_back(run, answer)


@command(ledger, "return")
def return_(
    run: Invocation,
    receipt: Receipt,
    code: Annotated[str, typer.Option("--code", help="The bank's: R01 for one.")],
    on: Annotated[str, typer.Option("--on", help="The day the bank gave it back.")],
    key: Key = "",
) -> None:
    """Take back a receipt whose money a bank returned, and charge its fee."""
    answer = _receipts(run).ReturnPayment(
        returns_pb2.ReturnPaymentRequest(
            idempotency_key=key_or_new(key),
            receipt_number=receipt,
            reason_code=code,
            returned_on=typed.day(on, "--on"),
        )
    )
    _taken_back(run, answer)


def _due(run: Invocation) -> DueServiceStub:
    return DueServiceStub(run.client.channel("receivables"))


def _bills(run: Invocation) -> BillChangesServiceStub:
    return BillChangesServiceStub(run.client.channel("receivables"))


def _receipts(run: Invocation) -> ReturnsServiceStub:
    return ReturnsServiceStub(run.client.channel("receivables"))


def bill_id_of(run: Invocation, named: str) -> str:
    """An id is taken as it is; levy knows the bills by their other names."""
    return named if parse_id(named) is not None else find(run.client, named).bill_id


def _waived(text: str) -> bill_changes_pb2.Waived:
    number, _, rest = text.partition(":")
    kind, _, amount = rest.partition(":")
    if not number.isdecimal() or kind not in ("interest", "penalty"):
        raise usage("WAIVER_INVALID", f"{text}: write 1:interest:30.00, 2:penalty:20.00")
    return bill_changes_pb2.Waived(
        installment=int(number),
        charge_type=kind,
        amount_cents=typed.counted_cents(amount, "--amount"),
    )


def _ran(run: Invocation, answer: due_pb2.RunAnswer, what: str) -> None:
    more = "yes: run it again" if answer.more else "no"
    amount = money(answer.amount_cents)
    run.out.answer(answer, facts(("bills", answer.bill_count), (what, amount), ("more", more)))


def _changed(run: Invocation, answer: bill_changes_pb2.BillChangeAnswer, what: str) -> None:
    run.out.answer(answer, facts(("bill", answer.bill_id), (what, money(answer.amount_cents))))


def _taken_back(run: Invocation, answer: returns_pb2.TakenBackAnswer) -> None:
    run.out.answer(
        answer,
        facts(
            ("receipt", answer.receipt_number),
            ("taken back", money(answer.total_cents)),
            ("bills open again", len(answer.bill_ids)),
            ("fee", money(answer.fee_cents)),
        ),
    )
