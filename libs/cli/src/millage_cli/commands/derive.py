"""`millage derive`: what a bill owes, from its facts alone; no server is asked."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from millage_cli.invocation import Invocation, command
from millage_cli.output import facts as facts_view
from millage_cli.output import money, table
from millage_cli.problems import ExitCode, Problem, usage
from receivables_service import fact_files, grounds, law, rulebook
from receivables_service.fact_files import FactsInvalid
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal
from taxkit.packvalues import PackError
from taxkit.requests import optional_date

_BYTES_MAX = 10 * 1024 * 1024


def register(app: typer.Typer) -> None:
    command(app)(derive)


def derive(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FACTS.JSON", help="See docs/facts.md.")],
    pack: Annotated[str, typer.Option("--pack", help="Under whose law: a folder of it.")],
    as_of: Annotated[
        str, typer.Option("--as-of", help="The date; the ledger's own state when left out.")
    ] = "",
    packs: Annotated[
        Path,
        typer.Option(
            "--packs", envvar="MILLAGE_JURISDICTIONS_DIR", help="The folder of jurisdictions."
        ),
    ] = Path("jurisdictions"),
) -> None:
    """Derive a bill from a file of its facts, by the function the ledger posts from."""
    try:
        on = optional_date(as_of, "--as-of")
        terms = rulebook.load(packs / pack)
        found = fact_files.derived(_read(file), terms, on, grounds.load(packs / pack, law.FILES))
    except (FactsInvalid, PackError) as error:
        reason = "PACK_INVALID" if isinstance(error, PackError) else "FACTS_INVALID"
        raise usage(reason, str(error), "docs/facts.md has the format") from error
    except NoTermInForce as error:
        raise Problem(error.reason, error.message, "", exit_code=ExitCode.REFUSED) from error
    except Refusal as error:
        raise usage(error.reason, error.message) from error
    except OSError as error:
        raise usage("FILE_UNREADABLE", f"{error.filename}: {error.strerror}") from error
    run.out.answer(found, *_shown(found))


def _read(file: Path) -> Any:
    if file.stat().st_size > _BYTES_MAX:
        raise FactsInvalid(f"{file} is larger than {_BYTES_MAX} bytes")
    try:
        return json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FactsInvalid(f"{file} is no JSON: {error}") from error


def _shown(found: dict[str, Any]) -> list[Any]:
    amounts = ("Tax", "Penalty", "Interest", "Fees", "Paid")
    view = table("", "Inst", "Due", "Type", *amounts, right=amounts)
    for one in found["installments"]:
        view.add_row(
            str(one["installment"]),
            one["due_on"],
            one["collection_type"],
            *(money(one[f"{kind}_open_cents"]) for kind in ("tax", "penalty", "interest", "fee")),
            money(one["paid_cents"]),
        )
    sums = [("open", money(found["open_cents"])), ("surplus", money(found["surplus_cents"]))]
    rules = table("by which rules", "Rule", "From")
    for rule_id, ground in found["rules"].items():
        rules.add_row(rule_id, f"{ground['citation']} ({ground['certainty']})")
    return [view, facts_view(*sums, ("law", found["pack_version"])), rules]
