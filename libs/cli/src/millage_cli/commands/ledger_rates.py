"""`millage ledger set-code|lift-code|agency`: what changes how a bill's debt grows."""

from typing import Annotated

import typer

from millage.receivables.v1 import rates_pb2
from millage.receivables.v1.rates_pb2_grpc import RatesServiceStub
from millage_cli import typed
from millage_cli.commands.bills import Bill
from millage_cli.commands.ledger import On, Reason, bill_id_of, ledger
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money

__all__ = ["ledger"]

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code, BANK for one.")]
Fee = Annotated[str, typer.Option("--fee", help="The fee that bears it; else the bill itself.")]
_RATE = "A decimal part, as 0.015; the system's when left out."


@command(ledger, "set-code")
def set_code(
    run: Invocation,
    named: Bill,
    code: Code,
    reason: Reason,
    monthly: Annotated[str, typer.Option("--monthly", help=_RATE)] = "",
    penalty: Annotated[str, typer.Option("--penalty", help=_RATE)] = "",
    fee: Fee = "",
    on: On = "",
    through: Annotated[str, typer.Option("--through", help="Its last day, if it has one.")] = "",
    key: Key = "",
) -> None:
    """Put a code on a bill; its rates replace the system's."""
    answer = _rates(run).SetBillCode(
        rates_pb2.SetBillCodeRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            code=code,
            monthly_rate=monthly,
            penalty_rate=penalty,
            charge_code=fee,
            effective_on=typed.day(on, "--on"),
            through=typed.day(through, "--through"),
            reason=reason,
        )
    )
    _told(run, answer)


@command(ledger, "lift-code")
def lift_code(
    run: Invocation, named: Bill, code: Code, reason: Reason, fee: Fee = "", on: On = "",
    key: Key = "",
) -> None:  # fmt: skip
    """Take a code off a bill."""
    answer = _rates(run).LiftBillCode(
        rates_pb2.LiftBillCodeRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            code=code,
            charge_code=fee,
            effective_on=typed.day(on, "--on"),
            reason=reason,
        )
    )
    _told(run, answer)


@command(ledger)
def agency(
    run: Invocation,
    named: Bill,
    reason: Reason,
    held: Annotated[bool, typer.Option("--held/--released", help="Held, or no longer.")] = True,
    on: On = "",
    key: Key = "",
) -> None:
    """Tell that the tax-sale agency holds a bill, or no longer does."""
    answer = _rates(run).SetAgencyHolding(
        rates_pb2.SetAgencyHoldingRequest(
            idempotency_key=key_or_new(key),
            bill_id=bill_id_of(run, named),
            held=held,
            effective_on=typed.day(on, "--on"),
            reason=reason,
        )
    )
    _told(run, answer)


def _rates(run: Invocation) -> RatesServiceStub:
    return RatesServiceStub(run.client.channel("receivables"))


def _told(run: Invocation, answer: rates_pb2.BillRatesAnswer) -> None:
    run.out.answer(
        answer,
        facts(
            ("bill", answer.bill_id),
            ("codes", ", ".join(answer.codes) or "none"),
            ("held by the agency", "yes" if answer.held_by_agency else "no"),
            ("open now", money(answer.open_cents)),
        ),
    )
