"""`millage codes …`: bill and fee codes, what they say, and what bears them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.receivables.v1 import codes_pb2
from millage.receivables.v1.codes_pb2_grpc import CodesServiceStub
from millage_cli.commands.ledger import bill_id_of
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import plain
from millage_cli.problems import usage

codes = typer.Typer(no_args_is_help=True, help="Bill and fee codes: settings, and what bears them.")

Code = Annotated[str, typer.Argument(metavar="CODE", help="The code, BANK for one.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with who asked.")]
Comment = Annotated[str, typer.Option("--comment", help="What the audit line says of it.")]
Description = Annotated[str, typer.Option("--description", help="What the code is for.")]
Monthly = Annotated[str, typer.Option("--monthly", help="Interest a month, as 0.015.")]
Penalty = Annotated[str, typer.Option("--penalty", help="Part of the tax, as 0.1.")]
Notices = Annotated[str, typer.Option("--notices", help="as_usual, include or exclude.")]
On = Annotated[
    list[str] | None,
    typer.Option("--on", help="A switch, as alert_user; may be given several times."),
]
Statement = Annotated[str, typer.Option("--statement", help="The parcel whose bills are meant.")]
Year = Annotated[int, typer.Option("--year", help="The tax year of the statement.")]
BillNumbers = Annotated[
    list[str] | None, typer.Option("--bill", help="A bill; may be given several times.")
]
Fee = Annotated[str, typer.Option("--fee", help="The charge code of the bills' fees.")]
Standing = Annotated[str, typer.Option("--standing", help="all, current or delinquent.")]
District = Annotated[str, typer.Option("--district", help="Only of this tax district.")]
Agency = Annotated[str, typer.Option("--agency", help="Only with a part of this agency's.")]

_SWITCHES = tuple(
    each.name
    for each in codes_pb2.CodeSettings.DESCRIPTOR.fields
    if isinstance(getattr(codes_pb2.CodeSettings(), each.name), bool)
)


@command(codes)
def create(
    run: Invocation,
    code: Code,
    description: Description,
    reason: Reason,
    monthly: Monthly = "",
    penalty: Penalty = "",
    notices: Notices = "",
    on: On = None,
    key: Key = "",
) -> None:
    """Make a code."""
    request = codes_pb2.CreateCodeRequest(
        idempotency_key=key_or_new(key),
        code=code,
        settings=_settings(description, monthly, penalty, notices, on or ()),
        reason=reason,
    )
    answer = _codes(run).CreateCode(request)
    run.out.answer(answer, _version(answer))


@command(codes)
def change(
    run: Invocation,
    code: Code,
    description: Description,
    reason: Reason,
    monthly: Monthly = "",
    penalty: Penalty = "",
    notices: Notices = "",
    on: On = None,
    key: Key = "",
) -> None:
    """Say anew, whole, what a code says: it counts at once for all that bears it."""
    request = codes_pb2.ChangeCodeRequest(
        idempotency_key=key_or_new(key),
        code=code,
        settings=_settings(description, monthly, penalty, notices, on or ()),
        reason=reason,
    )
    answer = _codes(run).ChangeCode(request)
    run.out.answer(answer, _version(answer))


@command(codes)
def show(run: Invocation, code: Code) -> None:
    """Show what a code says, and all it has said."""
    found = _codes(run).GetCode(codes_pb2.GetCodeRequest(code=code))
    made = table("", "version", "from", "monthly", "penalty", "by", "reason")
    for one in found.history:
        said = one.settings
        made.add_row(
            str(one.version), one.effective_on, said.monthly_rate or "-",
            said.penalty_rate or "-", one.changed_by, one.reason,
        )  # fmt: skip
    run.out.answer(found, _version(found.code), made)


@command(codes, "list")
def list_codes(run: Invocation) -> None:
    """List the codes there are."""
    found = _codes(run).ListCodes(codes_pb2.ListCodesRequest())
    made = table("", "code", "description", "monthly", "penalty", "on")
    for one in found.codes:
        said = one.settings
        made.add_row(
            one.code, said.description, said.monthly_rate or "-", said.penalty_rate or "-",
            ", ".join(_switches_of(said)),
        )  # fmt: skip
    run.out.answer([plain(one) for one in found.codes], made)


@command(codes, "set")
def set_code(
    run: Invocation,
    code: Code,
    comment: Comment,
    statement: Statement = "",
    year: Year = 0,
    bill: BillNumbers = None,
    fee: Fee = "",
    standing: Standing = "",
    district: District = "",
    agency: Agency = "",
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Take other codes off.")] = False,
    key: Key = "",
) -> None:
    """Put a code on a statement, or on chosen bills or their fees."""
    meant = _Meant(statement, year, tuple(bill or ()), fee, standing, district, agency)
    request = codes_pb2.SetCodeRequest(
        idempotency_key=key_or_new(key), code=code, comment=comment, replace=replace,
        statement=meant.statement_asked(), items=meant.items(run),
    )  # fmt: skip
    _coded(run, _codes(run).SetCode(request))


@command(codes)
def remove(
    run: Invocation,
    code: Code,
    comment: Comment,
    statement: Statement = "",
    year: Year = 0,
    bill: BillNumbers = None,
    fee: Fee = "",
    standing: Standing = "",
    district: District = "",
    agency: Agency = "",
    key: Key = "",
) -> None:
    """Take a code off a statement, or off chosen bills or their fees."""
    meant = _Meant(statement, year, tuple(bill or ()), fee, standing, district, agency)
    request = codes_pb2.RemoveCodeRequest(
        idempotency_key=key_or_new(key), code=code, comment=comment,
        statement=meant.statement_asked(), items=meant.items(run),
    )  # fmt: skip
    _coded(run, _codes(run).RemoveCode(request))


@command(codes)
def items(
    run: Invocation,
    statement: Annotated[str, typer.Argument(metavar="PARCEL", help="The parcel's number.")],
    year: Year = 0,
    standing: Standing = "",
    district: District = "",
    agency: Agency = "",
) -> None:
    """List a parcel's bills and fees with the codes on them."""
    found = _codes(run).ListCodeItems(
        codes_pb2.ListCodeItemsRequest(
            statement_id=statement,
            tax_year=year,
            standing=standing,
            district=district,
            agency=agency,
        )
    )
    made = table("", "bill", "year", "fee", "open", "standing", "codes", "alert", right=("open",))
    for one in found.items:
        alerts = "; ".join(each.settings.description for each in one.alerts)
        made.add_row(
            one.bill_number, str(one.tax_year), one.charge_code or "-", money(one.open_cents),
            one.standing, ", ".join(one.codes) or "-", alerts,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found.items], made)


@command(codes)
def audit(
    run: Invocation, statement: Statement = "", year: Year = 0,
    bill: Annotated[str, typer.Option("--bill", help="Only of this bill.")] = "",
) -> None:  # fmt: skip
    """Show the audit lines of a statement's year, or of one bill."""
    found = _codes(run).ListAdjustments(
        codes_pb2.ListAdjustmentsRequest(
            statement_id=statement, tax_year=year, bill_id=bill_id_of(run, bill) if bill else ""
        )
    )
    run.out.answer([plain(one) for one in found.lines], _lines(found.lines))


@dataclass(frozen=True, slots=True)
class _Meant:
    statement: str
    year: int
    bills: tuple[str, ...]
    fee: str
    standing: str
    district: str
    agency: str

    def statement_asked(self) -> codes_pb2.CodeStatement | None:
        if not self.statement:
            return None
        return codes_pb2.CodeStatement(
            statement_id=self.statement, tax_year=self.year, standing=self.standing,
            district=self.district, agency=self.agency,
        )  # fmt: skip

    def items(self, run: Invocation) -> list[codes_pb2.CodeItem]:
        return [
            codes_pb2.CodeItem(bill_id=bill_id_of(run, each), charge_code=self.fee)
            for each in self.bills
        ]


def _settings(
    description: str, monthly: str, penalty: str, notices: str, on: Iterable[str]
) -> codes_pb2.CodeSettings:
    for switch in on:
        if switch not in _SWITCHES:
            raise usage("SWITCH_UNKNOWN", f"no switch {switch}; there are {', '.join(_SWITCHES)}")
    return codes_pb2.CodeSettings(
        description=description, monthly_rate=monthly, penalty_rate=penalty,
        delinquent_notices=notices, **dict.fromkeys(on, True),
    )  # fmt: skip


def _switches_of(said: codes_pb2.CodeSettings) -> list[str]:
    return [each for each in _SWITCHES if getattr(said, each)]


def _version(one: codes_pb2.CodeVersion) -> RenderableType:
    said = one.settings
    return facts(
        ("code", one.code),
        ("description", said.description),
        ("interest a month", said.monthly_rate or "the system's"),
        ("penalty", said.penalty_rate or "the system's"),
        ("on", ", ".join(_switches_of(said)) or "nothing"),
        ("delinquent notices", said.delinquent_notices),
        ("version", one.version),
    )


def _coded(run: Invocation, answer: codes_pb2.CodingAnswer) -> None:
    run.out.answer(answer, _lines(answer.lines))


def _lines(lines: Iterable[codes_pb2.Adjustment]) -> RenderableType:
    made = table("", "type", "action", "bill", "fee", "old", "new", "by", "when", "comment")
    for one in lines:
        made.add_row(
            one.line_type, one.action, one.bill_number, one.charge_code or "-",
            one.old_code or "-", one.new_code or "-", one.changed_by, one.recorded_at[:19],
            one.comment,
        )  # fmt: skip
    return made


def _codes(run: Invocation) -> CodesServiceStub:
    return CodesServiceStub(run.client.channel("receivables"))
