"""`millage`: take money, load rolls, follow receipts and watch all services from a terminal."""

import json
import sys

import typer
from typer.exceptions import TyperException

from millage_cli.commands import (
    accounts,
    alerts,
    allocation,
    audit,
    authority,
    basket_money,
    code_runs,
    counter,
    counter_settings,
    derive,
    discounts,
    drawers,
    escrow,
    exceptions,
    explain,
    fees,
    files,
    flags,
    half_pay,
    holds,
    import_exceptions,
    letters,
    levy_modify,
    notices,
    operations,
    overdue,
    pack,
    parcels,
    paying,
    payment_files,
    plan_desk,
    prepay,
    receipt_desk,
    receipts,
    reports,
    session,
    sources,
    special_loads,
    state_credits,
    supplement_refunds,
    surplus_desk,
    tax_returns,
    trust_taxes,
    values,
    voids,
)
from millage_cli.problems import ExitCode, usage

app = typer.Typer(
    name="millage",
    help=__doc__,
    epilog=(
        "Ends with 0: done. 1: answered, and the answer is no. 2: typed wrongly. 3: refused."
        " 4: not found. 5: not allowed. 6: nobody answers, or not in time; send it again with the"
        " same --key. 7: a fault."
    ),
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(files.roll, name="roll")
app.add_typer(import_exceptions.imports, name="imports")
app.add_typer(payment_files.layout, name="layout")
app.add_typer(tax_returns.bill, name="bill")
app.add_typer(trust_taxes.trust_tax, name="trust-tax")
app.add_typer(special_loads.special, name="special")
app.add_typer(state_credits.credit, name="credit")
app.add_typer(accounts.accounts, name="accounts")
app.add_typer(levy_modify.levy, name="levy")
app.add_typer(values.values, name="values")
app.add_typer(supplement_refunds.supplement, name="supplement")
app.add_typer(parcels.parcel, name="parcel")
app.add_typer(session.app, name="session")
app.add_typer(drawers.drawer, name="drawer")
app.add_typer(sources.source, name="source")
app.add_typer(voids.void, name="void")
app.add_typer(basket_money.basket, name="basket")
app.add_typer(authority.limits, name="limits")
app.add_typer(counter_settings.setting, name="setting")
app.add_typer(authority.override, name="override")
app.add_typer(receipts.receipt, name="receipt")
app.add_typer(reports.report, name="report")
app.add_typer(allocation.ledger, name="ledger")
app.add_typer(code_runs.codes, name="codes")
app.add_typer(half_pay.half_pay, name="half-pay")
app.add_typer(fees.fees, name="fees")
app.add_typer(surplus_desk.surplus, name="surplus")
app.add_typer(escrow.escrow, name="escrow")
app.add_typer(prepay.prepay, name="prepay")
app.add_typer(plan_desk.plan, name="plan")
app.add_typer(flags.flag, name="flag")
app.add_typer(discounts.discounts, name="discounts")
app.add_typer(holds.holds, name="holds")
app.add_typer(exceptions.exceptions, name="exceptions")
app.add_typer(notices.notices, name="notices")
app.add_typer(alerts.alerts, name="alerts")
app.add_typer(letters.letters, name="letters")
app.add_typer(operations.parked, name="parked")
app.add_typer(audit.audit, name="audit")
app.add_typer(pack.pack, name="pack")
counter.register(app)
paying.register(app)
receipt_desk.register(receipts.receipt)
authority.register(app)
files.register(app)
derive.register(app)
overdue.register(app)
receipts.register(app)
explain.register(app)
operations.register(app)


def main() -> None:
    """Run the command; with --json even a mistyped one is answered in JSON."""
    if "--json" not in sys.argv[1:]:
        app()
    try:
        sys.exit(app(standalone_mode=False))
    except TyperException as error:
        told = usage("USAGE", _message(error), "see the same command with --help").as_json()
        sys.stderr.write(json.dumps(told) + "\n")
        sys.exit(int(ExitCode.USAGE))


def _message(error: TyperException) -> str:
    """The sentence that a terminal would be shown."""
    worded = getattr(error, "format_message", None)
    return str(worded() if worded else error)
