"""What explains a cent, for people and for programs."""

from typing import Any

from rich.text import Text
from rich.tree import Tree

from millage.distribution.v1 import distribution_pb2 as distribution_pb
from millage.receivables.v1 import explain_pb2 as pb
from millage_cli.explaining import Asked, Explained, allocated
from millage_cli.output import money
from millage_cli.plain import plain


def explained_tree(found: Explained) -> Tree:
    """Each ledger row with its fact, its rule, the bill's lines, and the authorities' shares."""
    tree = Tree(_headline(found), guide_style="dim")
    of_receipt = {id(row) for row in allocated(found.rows)}
    for row in found.rows:
        branch = tree.add(_row(row))
        branch.add(_fact("from", row.fact, found.asked.get(row.fact.fact_id)))
        if row.cause.fact_id != row.fact.fact_id:
            branch.add(_fact("because of", row.cause, found.asked.get(row.cause.fact_id)))
        branch.add(f"rule {row.rule_id}, pack {row.pack_version}")
        if row.citation:
            branch.add(f"{row.citation} ({row.certainty})")
        if id(row) in of_receipt:
            _add_shares(branch, found, row)
    for credit in found.credits:
        borne = "the state pays it" if credit.borne_by == "state" else "the authorities bear it"
        off = money(-credit.amount_cents, signed=True)
        what = f"bill {credit.bill_number}, version {credit.bill_version}"
        tree.add(f"before it was charged {off} {credit.name}: {what}; {borne}")
    for service, problem in found.problems.items():
        tree.add(Text(f"{service}: {problem.message} ({problem.reason})", "red"))
    return tree


def explained_json(found: Explained) -> dict[str, Any]:
    """The same for programs."""
    return {
        "receipt": plain(found.receipt) if found.receipt else None,
        "line": found.line or None,
        "rows": [
            {
                **plain(row),
                "asked": _asked_json(found.asked.get(row.fact.fact_id)),
                "caused": _asked_json(found.asked.get(row.cause.fact_id)),
                "components": _components(found, row),
                "shares": [plain(share) for share in found.shares_of(row)],
            }
            for row in found.rows
        ],
        "credits": [plain(each) for each in found.credits],
        "corrections": [plain(each) for each in found.shares if each.kind == "correction"],
        "problems": {name: problem.as_json() for name, problem in found.problems.items()},
    }


def _headline(found: Explained) -> Text:
    if found.receipt is None:
        number = next((row.bill_number for row in found.rows if row.bill_number), "")
        return Text.assemble(("bill ", "dim"), (number, "bold"))
    line = f", line {found.line}" if found.line else ""
    return Text.assemble(
        ("receipt ", "dim"),
        (found.receipt.receipt_number, "bold"),
        f"{line}: {money(found.receipt.total_cents)} of {found.receipt.business_date}",
    )


def _row(row: pb.ExplainedRow) -> Text:
    charge = " ".join(
        part
        for part in (
            row.charge_type,
            row.charge_code,
            f"installment {row.installment}" if row.installment else "",
            f"({row.collection_type})" if row.collection_type else "",
        )
        if part
    )
    return Text.assemble(
        (row.posting_kind, "bold"),
        f" {row.business_date}  ",
        (money(row.amount_cents, signed=True), "green" if row.amount_cents > 0 else "yellow"),
        f"  {row.ledger_account}{f': {charge}' if charge else ''}",
        (f"  bill {row.bill_number}" if row.bill_number else "", "dim"),
    )


def _fact(how: str, fact: pb.Fact, asked: Asked | None) -> str:
    what = f"{how} {fact.kind} of {fact.effective_on}"
    if fact.receipt_line:
        what += f", line {fact.receipt_line} of receipt {fact.receipt_id}"
    if fact.amount_cents:
        what += f", {money(fact.amount_cents)}"
    if asked:
        what += f", by {asked.by} ({asked.service})"
    return f"{what}: {fact.reason}" if fact.reason else what


def _add_shares(branch: Tree, found: Explained, row: pb.ExplainedRow) -> None:
    lines = {(line.agency_code, line.fund_code): line for line in _lines(found, row)}
    shares = branch.add(f"authorities, of all {row.charge_type} this posting moved of the receipt")
    for share in found.shares_of(row):
        shares.add(_share(share, lines))
    for share in found.corrections_of(row):
        shares.add(f"{_share(share, lines)}  moved later")


def _share(share: distribution_pb.Share, lines: dict[tuple[str, str], Any]) -> str:
    said = f"{money(share.amount_cents, signed=True)}  {share.agency_name or share.agency_code}"
    if share.fund_code:
        said += f", {share.fund_name or share.fund_code}"
    line = lines.get((share.agency_code, share.fund_code))
    # Interest goes to whom the law names, not by the lines of the bill.
    if line is None or share.charge_type == "interest":
        return f"{said}  rule {share.rule_id}"
    return (
        f"{said}  of its line of {money(line.amount_cents)} at {line.rate_percent} %"
        f"  rule {share.rule_id}"
    )


def _lines(found: Explained, row: pb.ExplainedRow) -> list[Any]:
    bill = found.bills.get(row.bill_id)
    return list(bill.lines) if bill else []


def _components(found: Explained, row: pb.ExplainedRow) -> list[dict[str, Any]]:
    """The bill's lines behind a row of tax: what the money is shared by."""
    return [plain(line) for line in _lines(found, row)] if row.charge_type == "tax" else []


def _asked_json(asked: Asked | None) -> dict[str, str] | None:
    return {"by": asked.by, "on": asked.on, "service": asked.service} if asked else None
