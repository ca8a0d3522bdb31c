"""`millage special open|list|show|defer|resume|move|divide|close`: assessments over years."""

from typing import Annotated

import typer
from rich.table import Table

from millage.levy.v1 import specials_pb2 as pb
from millage.levy.v1.specials_pb2_grpc import SpecialServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.problems import usage
from millage_cli.typed import cents

special = typer.Typer(help="Special assessments and their payoffs.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="ASSESSMENT", help="The assessment's number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
METHODS = {"principal": "level_principal", "payment": "level_payment"}


@command(special, "open")
def open_special(
    run: Invocation,
    number: Number,
    parcel: Annotated[str, typer.Option("--parcel", help="Whose bills ask for it.")],
    agency: Annotated[str, typer.Option("--agency", help="CODE=NAME of who gets it.")],
    project: Annotated[str, typer.Option("--project", help="What was improved.")],
    principal: Annotated[str, typer.Option("--principal", help="In dollars.")],
    years: Annotated[int, typer.Option("--years", help="Over how many.")],
    rate: Annotated[str, typer.Option("--rate", help="Of a year in percent, as 4.25.")],
    first_year: Annotated[int, typer.Option("--first-year", help="The first bill's tax year.")],
    since: Annotated[str, typer.Option("--interest-from", help="Since when it bears interest.")],
    level: Annotated[str, typer.Option("--level", help="principal or payment.")] = "principal",
    days: Annotated[int, typer.Option("--days-in-year", help="360 or 365.")] = 365,
    tract: Annotated[
        list[str] | None, typer.Option("--tract", help="NAME=DOLLARS of a ditch; repeat it.")
    ] = None,
    key: Key = "",
) -> None:
    """Open an assessment: what each year asks for is fixed with it."""
    if level not in METHODS:
        raise usage("METHOD_UNKNOWN", f"--level {level}: principal or payment")
    code, name = _pair(agency, "--agency")
    tracts = [_pair(each, "--tract") for each in tract or []]
    answer = _stub(run).OpenSpecial(
        pb.OpenSpecialRequest(
            idempotency_key=key_or_new(key), assessment_number=number, agency_code=code,
            agency_name=name, project=project, parcel_number=parcel,
            principal_cents=cents(principal, "--principal"), years=years, rate_percent=rate,
            method=METHODS[level], first_year=first_year,
            interest_from=typed.day(since, "--interest-from"), days_in_year=days,
            tracts=[
                pb.SpecialTract(tract=named, principal_cents=cents(part, "--tract"))
                for named, part in tracts
            ],
        )
    )  # fmt: skip
    told(run, answer)


@command(special, "list")
def list_specials(
    run: Invocation,
    parcel: Annotated[str, typer.Option("--parcel", help="Only of this parcel.")] = "",
    agency: Annotated[str, typer.Option("--agency", help="Only of this agency's code.")] = "",
    project: Annotated[str, typer.Option("--project", help="Only of this project.")] = "",
    status: Annotated[
        str,
        typer.Option("--status", help="not_posted, posted, deferred, paid_in_full, closed."),
    ] = "",
    after: Annotated[str, typer.Option("--after", help="Go on behind this number.")] = "",
) -> None:
    """List assessments by number."""
    asked = pb.ListSpecialsRequest(
        parcel_number=parcel, agency_code=agency, project=project, status=status, page_token=after
    )
    answer = _stub(run).ListSpecials(asked)
    amounts = ("principal", "left")
    shown = table(
        "Special assessments", "number", "parcel", "agency", "project", *amounts, "status",
        right=amounts,
    )  # fmt: skip
    for one in answer.specials:
        shown.add_row(
            one.assessment_number, one.parcel_number, one.agency_name, one.project,
            money(one.principal_cents), money(one.left_cents), one.status,
        )  # fmt: skip
    run.out.answer(answer, shown)


@command(special, "show")
def show(run: Invocation, number: Number) -> None:
    """Show an assessment: its tracts, what each year asks for and on which bill, its steps."""
    told(run, _found(run, number))


@command(special, "defer")
def defer(run: Invocation, number: Number, reason: Reason, key: Key = "") -> None:
    """Bills ask for it no more until it is resumed; interest runs on."""
    asked = pb.DeferSpecialRequest(
        idempotency_key=key_or_new(key), assessment_id=id_of(run, number), reason=reason
    )
    told(run, _stub(run).DeferSpecial(asked))


@command(special, "resume")
def resume(
    run: Invocation,
    number: Number,
    first_year: Annotated[int, typer.Option("--first-year", help="Bills ask again since then.")],
    reason: Reason,
    on: Annotated[str, typer.Option("--on", help="Since which day; today if left out.")] = "",
    key: Key = "",
) -> None:
    """Spread what is left over the years that are left."""
    asked = pb.ResumeSpecialRequest(
        idempotency_key=key_or_new(key), assessment_id=id_of(run, number), reason=reason,
        first_year=first_year, resumed_on=typed.day(on, "--on"),
    )  # fmt: skip
    told(run, _stub(run).ResumeSpecial(asked))


@command(special, "close")
def close(run: Invocation, number: Number, reason: Reason, key: Key = "") -> None:
    """End an assessment that nobody asks for any longer; bills stay as they are."""
    asked = pb.CloseSpecialRequest(
        idempotency_key=key_or_new(key), assessment_id=id_of(run, number), reason=reason
    )
    told(run, _stub(run).CloseSpecial(asked))


@command(special, "move")
def move(
    run: Invocation,
    number: Number,
    to: Annotated[str, typer.Option("--to", help="The parcel it is on from now on.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """Put an assessment on another parcel; bills stay as they are."""
    asked = pb.MoveSpecialRequest(
        idempotency_key=key_or_new(key), assessment_id=id_of(run, number), parcel_number=to,
        reason=reason,
    )  # fmt: skip
    told(run, _stub(run).MoveSpecial(asked))


@command(special, "divide")
def divide(
    run: Invocation,
    number: Number,
    part: Annotated[
        list[str],
        typer.Option("--part", help="PARCEL=DOLLARS; repeat it. They add up to the left."),
    ],
    reason: Reason,
    key: Key = "",
) -> None:
    """Divide an assessment among the parcels its own became; the one there was is closed."""
    shares = [_pair(each, "--part") for each in part]
    asked = pb.DivideSpecialRequest(
        idempotency_key=key_or_new(key), assessment_id=id_of(run, number), reason=reason,
        parts=[
            pb.SpecialPart(parcel_number=parcel, principal_cents=cents(dollars, "--part"))
            for parcel, dollars in shares
        ],
    )  # fmt: skip
    answer = _stub(run).DivideSpecial(asked)
    shown = table("Parts", "number", "parcel", "principal", right=("principal",))
    for one in answer.parts:
        shown.add_row(one.assessment_number, one.parcel_number, money(one.principal_cents))
    run.out.answer(answer, facts(("divided", number)), shown)


def id_of(run: Invocation, number: str) -> str:
    return _found(run, number).assessment_id


def told(run: Invocation, answer: pb.Special) -> None:
    head = facts(
        ("assessment", answer.assessment_number),
        ("parcel", answer.parcel_number),
        ("agency", f"{answer.agency_name} ({answer.agency_code})"),
        ("project", answer.project),
        ("principal", f"{money(answer.principal_cents)}, left {money(answer.left_cents)}"),
        ("terms", f"{answer.years} years at {answer.rate_percent} %, {answer.method}"),
        ("status", answer.status),
    )
    run.out.answer(answer, head, _installments(answer))


def _installments(answer: pb.Special) -> Table:
    amounts = ("principal", "interest")
    shown = table("", "tax year", "tract", *amounts, "interest to", "bill", right=amounts)
    for one in answer.installments:
        shown.add_row(
            str(one.tax_year), one.tract, money(one.principal_cents), money(one.interest_cents),
            one.interest_to, one.bill_id,
        )  # fmt: skip
    return shown


def _found(run: Invocation, number: str) -> pb.Special:
    return _stub(run).GetSpecial(pb.GetSpecialRequest(assessment_number=number))


def _pair(text: str, option: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if not (name and given and value):
        raise usage("PAIR_INVALID", f"{option} {text}: two parts with = between them")
    return name, value


def _stub(run: Invocation) -> SpecialServiceStub:
    return SpecialServiceStub(run.client.channel("levy"))
