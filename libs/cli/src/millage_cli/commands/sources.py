"""`millage source`: miscellaneous sources as data."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import ParseDict, ParseError

from millage.cashiering.v1 import sources_pb2 as pb
from millage.cashiering.v1.sources_pb2_grpc import SourcesServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import enum_word
from millage_cli.problems import usage

source = typer.Typer(help="What is collected beside taxes.", no_args_is_help=True)
SourceCode = Annotated[str, typer.Argument(metavar="CODE", help="See: millage source list")]
AsOf = Annotated[str, typer.Option("--as-of", help="As of this day; today when not given.")]


def _stub(run: Invocation) -> SourcesServiceStub:
    return SourcesServiceStub(run.client.channel("cashiering"))


@command(source, "list")
def list_(
    run: Invocation, as_of: AsOf = "", group: Annotated[str, typer.Option(help="Of this.")] = ""
) -> None:
    """List the sources in force."""
    request = pb.ListSourcesRequest(as_of=typed.day(as_of, "--as-of"), source_group=group)
    found = _stub(run).ListSources(request)
    shown = table("", "source", "name", "amount", "fund", "account", "since", right=("amount",))
    for one in found.sources:
        row = (one.source_code, one.name, _amount(one), one.credit_fund, one.credit_account)
        shown.add_row(*row, one.effective_from)
    run.out.answer(found, shown)


@command(source)
def show(run: Invocation, source_code: SourceCode, as_of: AsOf = "") -> None:
    """Show a source as of a day, and what has to be said with it."""
    request = pb.GetSourceRequest(source_code=source_code, as_of=typed.day(as_of, "--as-of"))
    _show(run, _stub(run).GetSource(request))


@command(source, "set")
def set_(
    run: Invocation,
    file: Annotated[Path, typer.Argument(help="A source as `source show --json` gives it.")],
    key: Key = "",
) -> None:
    """Say what a source is from a date on."""
    try:
        given = ParseDict(_numbered(json.loads(file.read_text(encoding="utf-8"))), pb.Source())
    except (OSError, ValueError, AttributeError, ParseError) as error:
        raise usage("SOURCE_FILE_INVALID", f"{file}: {error}") from None
    request = pb.SetSourceRequest(idempotency_key=key_or_new(key), source=given)
    _show(run, _stub(run).SetSource(request))


def _numbered(given: dict[str, Any]) -> dict[str, Any]:
    """The contract's words for those this command shows: flat is AMOUNT_MODE_FLAT."""
    found = dict(given)
    for name in ("amount_mode", "parcel_tie", "input_type"):
        word = str(found.get(name, ""))
        if word and not word.startswith(prefix := f"{name.upper()}_"):
            found[name] = prefix + word.upper()
    if "inputs" in found:
        found["inputs"] = [_numbered(one) for one in found["inputs"]]
    return found


def _amount(one: pb.Source) -> str:
    mode = enum_word(pb.Source.DESCRIPTOR.fields_by_name["amount_mode"].enum_type, one.amount_mode)
    if one.percent:
        least = f", {money(one.amount_cents)} at least" if one.amount_cents else ""
        return f"{one.percent} percent{least}"
    return f"{money(one.amount_cents)} {mode}" if one.amount_cents else mode


def _show(run: Invocation, found: pb.Source) -> None:
    asked = ", ".join(f"{one.name}{'' if one.required else '?'}" for one in found.inputs)
    shown = facts(
        ("source", found.source_code),
        ("name", found.name),
        ("since", found.effective_from),
        ("amount", _amount(found)),
        ("fund and account", f"{found.credit_fund} {found.credit_account}"),
        ("asks for", asked),
    )
    run.out.answer(found, shown)
