"""`millage parcel show|search|history|record|parties|lender|lenders`: the register of parcels."""

from typing import Annotated

import typer

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as pb
from millage.levy.v1.register_pb2_grpc import RegisterServiceStub
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table
from millage_cli.problems import usage

parcel = typer.Typer(help="What a parcel is, and who has to do with it.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="PARCEL", help="Its number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
On = Annotated[str, typer.Option("--on", help="From which day; today when left out.")]
_ROLES = ("taxpayer", "deeded-owner", "primary-owner", "account-contact", "lender")


@command(parcel, "show")
def show(
    run: Invocation,
    number: Number,
    as_of: Annotated[str, typer.Option("--as-of", help="On which day; today if left out.")] = "",
) -> None:
    """Show a parcel and its parties as they were on a day."""
    asked = pb.GetParcelRequest(parcel_number=number, as_of=typed.day(as_of, "--as-of"))
    _show(run, _register(run).GetParcel(asked))


@command(parcel, "search")
def search(
    run: Invocation,
    number: Annotated[str, typer.Option("--number", help="How its number begins.")] = "",
    ain: Annotated[str, typer.Option("--ain", help="How its alternate number begins.")] = "",
    name: Annotated[str, typer.Option("--name", help="How a party's name begins.")] = "",
    address: Annotated[str, typer.Option("--address", help="How its address begins.")] = "",
    *,
    former: Annotated[bool, typer.Option("--former", help="Also what was so once.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most this many.")] = 50,
) -> None:
    """Find parcels by one thing that is known of them."""
    answer = _register(run).SearchParcels(
        pb.SearchParcelsRequest(
            parcel_number=number, ain=ain, name=name, situs_address=address,
            with_former=former, page_size=limit,
        )
    )  # fmt: skip
    shown = table("Parcels", "parcel", "AIN", "owner", "address")
    for one in answer.parcels:
        shown.add_row(one.parcel_number, one.ain, one.primary_owner, one.situs_address)
    run.out.answer(answer, shown)


@command(parcel, "history")
def history(run: Invocation, number: Number) -> None:
    """List what was ever recorded of a parcel, the last recorded first."""
    answer = _register(run).ListParcelChanges(pb.ListParcelChangesRequest(parcel_number=number))
    shown = table("Recorded", "version", "from", "what", "by", "reason", right=("version",))
    for one in answer.changes:
        shown.add_row(str(one.version), one.effective_on, _said(one), one.changed_by, one.reason)
    run.out.answer(answer, shown)


@command(parcel, "record")
def record(
    run: Invocation,
    number: Number,
    reason: Reason,
    values: Annotated[
        list[str],
        typer.Option("--set", help="FACT=TEXT, as ain=4081-017; an empty text takes it away."),
    ],
    on: On = "",
    key: Key = "",
) -> None:
    """Record what a parcel is: ain, property_type, district, tax_code, situs_address."""
    said = pb.ParcelFacts()
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or name not in pb.ParcelFacts.DESCRIPTOR.fields_by_name:
            raise usage("FACT_UNKNOWN", f"{value!r} is not FACT=TEXT, as ain=4081-017")
        if name == "exemptions":
            raise usage("FACT_UNKNOWN", "exemptions come with the roll")
        setattr(said, name, text)
    request = pb.RecordParcelRequest(
        idempotency_key=key_or_new(key), parcel_number=number, facts=said,
        expected_version=_version(run, number), effective_on=typed.day(on, "--on"), reason=reason,
    )  # fmt: skip
    _show(run, _register(run).RecordParcel(request))


@command(parcel, "parties")
def parties(
    run: Invocation,
    number: Number,
    reason: Reason,
    said: Annotated[
        list[str],
        typer.Option(
            "--party",
            help="ROLE=NAME[;EMAIL[;ADDRESS]], once or, of deeded owners, again; a lender by its"
            " code; ROLE= for nobody. Roles: " + ", ".join(_ROLES),
        ),
    ],
    on: On = "",
    key: Key = "",
) -> None:
    """Record who is what of a parcel from a day on; roles that are not named stay."""
    roles: dict[str, list[levy_pb2.RegisteredParty]] = {}
    for one in said:
        name, equals, text = one.partition("=")
        if not equals or name not in _ROLES:
            raise usage("ROLE_UNKNOWN", f"{one!r} is not ROLE=NAME; roles: {', '.join(_ROLES)}")
        holders = roles.setdefault(name.replace("-", "_"), [])
        if text:
            holders.append(_party(name, text))
    request = pb.ChangePartiesRequest(
        idempotency_key=key_or_new(key), parcel_number=number,
        expected_version=_version(run, number), effective_on=typed.day(on, "--on"), reason=reason,
        parties=[pb.PartiesOfRole(role=role, parties=held) for role, held in roles.items()],
    )  # fmt: skip
    _show(run, _register(run).ChangeParties(request))


@command(parcel, "lender")
def lender(
    run: Invocation,
    code: Annotated[str, typer.Argument(metavar="CODE", help="Under which it is known.")],
    name: Annotated[str, typer.Option("--name", help="Who it stands for.")],
    reason: Reason,
    email: Annotated[str, typer.Option("--email", help="Where it is written to.")] = "",
    address: Annotated[str, typer.Option("--address", help="Where its mail goes.")] = "",
    key: Key = "",
) -> None:
    """Record what a lender's code stands for."""
    given = pb.RegisteredLender(lender_code=code, name=name, email=email, mailing_address=address)
    asked = pb.RegisterLenderRequest(idempotency_key=key_or_new(key), lender=given, reason=reason)
    answer = _register(run).RegisterLender(asked)
    run.out.answer(answer, facts(("lender", answer.lender_code), ("name", answer.name)))


@command(parcel, "lenders")
def lenders(
    run: Invocation,
    like: Annotated[str, typer.Argument(metavar="BEGINNING", help="Of the code.")] = "",
) -> None:
    """List lenders whose code or name begins like that."""
    answer = _register(run).ListLenders(pb.ListLendersRequest(like=like))
    shown = table("Lenders", "code", "name", "email")
    for one in answer.lenders:
        shown.add_row(one.lender_code, one.name, one.email)
    run.out.answer(answer, shown)


def _version(run: Invocation, number: str) -> int:
    """What is on record of it; a parcel that nobody spoke of is at 0."""
    found = _register(run).ListParcelChanges(pb.ListParcelChangesRequest(parcel_number=number))
    return max((one.version for one in found.changes), default=0)


def _party(role: str, text: str) -> levy_pb2.RegisteredParty:
    if role == "lender":
        return levy_pb2.RegisteredParty(lender_code=text)
    name, _, rest = text.partition(";")
    email, _, address = rest.partition(";")
    return levy_pb2.RegisteredParty(
        name=name.strip(), email=email.strip(), mailing_address=address.strip()
    )


def _said(change: pb.ParcelChange) -> str:
    texts = [f"{of.name} {value}" for of, value in change.facts.ListFields() if value and
             of.name != "exemptions"]  # fmt: skip
    holders = [
        f"{one.role}: {', '.join(party.name for party in one.parties) or 'nobody'}"
        for one in change.parties
    ]
    return "; ".join([*holders, *texts])


def _show(run: Invocation, found: pb.RegisteredParcel) -> None:
    named = facts(
        ("parcel", found.parcel_number),
        ("as of", found.as_of),
        ("AIN", found.ain),
        ("address", found.situs_address),
        ("type", found.property_type),
        ("district", found.district),
        ("tax code", found.tax_code),
        ("exemptions", ", ".join(one.code for one in found.exemptions)),
        ("shown owner", found.primary_owner),
        ("replaced by", found.successor_number),
    )
    shown = table("Parties", "role", "name", "email", "mail goes to", "since")
    for one in found.parties:
        party = one.party
        code = f" ({party.lender_code})" if party.lender_code else ""
        shown.add_row(
            one.role, f"{party.name}{code}", party.email, party.mailing_address, one.since
        )
    run.out.answer(found, named, shown)


def _register(run: Invocation) -> RegisterServiceStub:
    return RegisterServiceStub(run.client.channel("levy"))
