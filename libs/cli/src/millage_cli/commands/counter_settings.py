"""What an office sets for its counters."""

from typing import Annotated

import typer

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import settings_pb2 as pb
from millage.cashiering.v1.settings_pb2_grpc import SettingsServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table

setting = typer.Typer(help="What the office sets for its counters.", no_args_is_help=True)


@command(setting, "set")
def set_(
    run: Invocation,
    name: Annotated[str, typer.Argument(help="As `setting show` lists it.")],
    value: Annotated[str, typer.Argument(help="on or off; of interest_display its own words.")],
    effective_from: Annotated[str, typer.Option("--from", help="Today when left out.")] = "",
    key: Key = "",
) -> None:
    """Set a value from a day on; what was set before stays on file."""
    answer = _stub(run).SetCounterSetting(
        pb.SetCounterSettingRequest(
            idempotency_key=key_or_new(key),
            name=name,
            value=value,
            effective_from=typed.day(effective_from, "--from"),
        )
    )
    run.out.answer(answer, facts((answer.name, answer.value)))


@command(setting, "show")
def show(
    run: Invocation, on: Annotated[str, typer.Option(help="Today when left out.")] = ""
) -> None:
    """Show every setting as it is on a day."""
    answer = _stub(run).GetCounterSettings(pb.GetCounterSettingsRequest(on=typed.day(on, "--on")))
    view = table(answer.on, "setting", "value", "from", "may be")
    for one in answer.settings:
        decided = "law, fixed" if one.fixed else getattr(one, "from")
        view.add_row(one.name, one.value, decided, ", ".join(one.values))
    run.out.answer(answer, view)


@command(setting)
def lender(
    run: Invocation,
    code: Annotated[str, typer.Argument(help="Under which it pays in bulk.")],
    name: Annotated[str, typer.Argument(help="Who that is.")],
    email: Annotated[str, typer.Option(help="Where it is written to.")] = "",
    key: Key = "",
) -> None:
    """Put a lender on file; payments under a code that is not there are not taken."""
    answer = run.client.basket_payments.RecordLender(
        pay.RecordLenderRequest(
            idempotency_key=key_or_new(key),
            lender=pay.Lender(lender_code=code, name=name, email=email),
        )
    )
    run.out.answer(answer, facts((answer.lender_code, answer.name)))


def _stub(run: Invocation) -> SettingsServiceStub:
    return SettingsServiceStub(run.client.channel("cashiering"))
