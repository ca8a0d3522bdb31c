"""`millage codes candidates|carry|runs`: codes of a year are carried to the next."""

from typing import Annotated

import typer

from millage.receivables.v1 import code_runs_pb2
from millage.receivables.v1.code_runs_pb2_grpc import CodeRunsServiceStub
from millage_cli.commands.codes import Comment, codes
from millage_cli.commands.ledger import bill_id_of
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, table
from millage_cli.paging import pages
from millage_cli.plain import plain
from millage_cli.problems import usage

__all__ = ["codes"]

_PAGE = 500

Codes = Annotated[list[str], typer.Argument(metavar="CODE...", help="The codes to carry.")]
Year = Annotated[int, typer.Option("--year", help="The tax year they are carried to.")]
Dropped = Annotated[
    list[str] | None, typer.Option("--drop", help="A bill that is left; several times.")
]
Choices = Annotated[
    list[str] | None, typer.Option("--choose", help="BILL:CODE of a bill with several codes.")
]


@command(codes)
def candidates(run: Invocation, named: Codes, year: Year) -> None:
    """Show the bills that carrying codes would code, those with several codes first."""
    asked = code_runs_pb2.PreviewCodeRunRequest(codes=named, tax_year=year, page_size=_PAGE)
    found = [one for page in pages(_runs(run).PreviewCodeRun, asked) for one in page.candidates]
    made = table("", "bill", "property", "owner", "prior bill", "supplement", "codes", "carried")
    for one in found:
        made.add_row(
            one.bill_number, one.parcel_number, one.owner_name, one.prior_bill_number,
            str(one.prior_supplement_number or ""), ", ".join(one.codes), one.carried,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found], made)


@command(codes)
def carry(
    run: Invocation,
    named: Codes,
    year: Year,
    comment: Comment,
    drop: Dropped = None,
    choose: Choices = None,
    key: Key = "",
) -> None:
    """Carry codes from the year before to a year's bills."""
    answer = _runs(run).CommitCodeRun(
        code_runs_pb2.CommitCodeRunRequest(
            idempotency_key=key_or_new(key),
            codes=named,
            tax_year=year,
            dropped_bill_ids=[bill_id_of(run, each) for each in drop or ()],
            choices=[_choice(run, each) for each in choose or ()],
            comment=comment,
        )
    )
    run.out.answer(
        answer,
        facts(
            ("run", answer.run_id),
            ("candidates", answer.candidates),
            ("with several codes", answer.several),
            ("dropped", answer.dropped),
            ("coded", answer.coded),
        ),
    )


@command(codes)
def runs(run: Invocation) -> None:
    """List the runs that carried codes."""
    found = _runs(run).ListCodeRuns(code_runs_pb2.ListCodeRunsRequest())
    made = table("", "run", "when", "by", "codes", "year", "coded", "dropped", "comment")
    for one in found.runs:
        made.add_row(
            one.run_id, one.recorded_at[:19], one.run_by, ", ".join(one.codes),
            str(one.tax_year), str(one.coded), str(one.dropped), one.comment,
        )  # fmt: skip
    run.out.answer([plain(one) for one in found.runs], made)


def _choice(run: Invocation, text: str) -> code_runs_pb2.CodeRunChoice:
    bill, _, code = text.rpartition(":")
    if not bill or not code:
        raise usage("CHOICE_INVALID", f"{text}: write BILL:CODE")
    return code_runs_pb2.CodeRunChoice(bill_id=bill_id_of(run, bill), code=code)


def _runs(run: Invocation) -> CodeRunsServiceStub:
    return CodeRunsServiceStub(run.client.channel("receivables"))
