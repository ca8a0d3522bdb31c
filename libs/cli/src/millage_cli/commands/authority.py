"""What cashiers may do by themselves, with a second person, and with money that is held."""

from typing import Annotated

import typer
from rich.console import RenderableType

from millage.cashiering.v1 import authority_pb2 as pb
from millage.cashiering.v1 import held_money_pb2 as held_pb
from millage_cli import typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table

limits = typer.Typer(help="How far cashiers may go by themselves.", no_args_is_help=True)
override = typer.Typer(help="A second person's leave, once.", no_args_is_help=True)

Cashier = Annotated[str, typer.Option(help="A cashier; everybody when left out.")]
Waiver = Annotated[str, typer.Option(metavar="AMOUNT", help="The most of it one may waive.")]
Tolerance = Annotated[
    str, typer.Option(metavar="AMOUNT", help="The most a payment may be short by.")
]


@command(limits, "set")
def set_(
    run: Invocation,
    effective_from: Annotated[str, typer.Option("--from", help="The day it counts from.")],
    cashier: Cashier = "",
    interest_waiver: Waiver = "",
    penalty_waiver: Waiver = "",
    tolerance: Tolerance = "",
    overrides: Annotated[
        bool | None, typer.Option("--overrides/--no-overrides", help="May be second person.")
    ] = None,
    may_take: Annotated[str, typer.Option(help="all, secured or unsecured")] = "",
    key: Key = "",
) -> None:
    """Set limits; what is left out falls to everybody's, or to the law's."""
    answer = run.client.authority.SetLimits(
        pb.SetLimitsRequest(
            idempotency_key=key_or_new(key),
            cashier=cashier,
            effective_from=typed.day(effective_from, "--from"),
            max_interest_waiver_cents=_limit(interest_waiver, "--interest-waiver"),
            max_penalty_waiver_cents=_limit(penalty_waiver, "--penalty-waiver"),
            tolerance_cents=_limit(tolerance, "--tolerance"),
            overrides_allowed=overrides,
            may_take=may_take,
        )
    )
    run.out.answer(answer, _limits_view(answer))


@command(limits, "show")
def show(
    run: Invocation,
    cashier: Cashier = "",
    on: Annotated[str, typer.Option(help="Today when left out.")] = "",
) -> None:
    """Show what counts on a day."""
    request = pb.GetLimitsRequest(cashier=cashier, on=typed.day(on, "--on"))
    answer = run.client.authority.GetLimits(request)
    run.out.answer(answer, _limits_view(answer))


@command(override, "ask")
def ask(
    run: Invocation,
    action: Annotated[str, typer.Argument(help="tolerance, interest_waiver or penalty_waiver")],
    up_to: Annotated[str, typer.Option(metavar="AMOUNT", help="No more than this.")],
    order: Annotated[str, typer.Option(help="The --key of the payment, or the basket's id.")],
    reason: Annotated[str, typer.Option(help="Why; kept.")],
    approver_token: Annotated[
        str, typer.Option(envvar="MILLAGE_APPROVER_TOKEN", help="The second person's.")
    ],
    session: Annotated[str, typer.Option(envvar="MILLAGE_SESSION", help="An open session.")],
    key: Key = "",
) -> None:
    """Have a second person let you go past a limit, with a token of his own."""
    answer = run.client.authority.AuthoriseOverride(
        pb.AuthoriseOverrideRequest(
            idempotency_key=key_or_new(key),
            session_id=session,
            order_key=order,
            action=action,
            amount_cents=typed.cents(up_to, "--up-to"),
            reason=reason,
            approver_token=approver_token,
        )
    )
    run.out.answer(answer, _overrides_view([answer]))


@command(override, "list")
def list_(
    run: Invocation,
    order: Annotated[str, typer.Option(help="Of one payment or basket.")] = "",
) -> None:
    """Show who let whom go past which limit, and what came of it."""
    answer = run.client.authority.ListOverrides(pb.ListOverridesRequest(order_key=order))
    run.out.answer(answer, _overrides_view(list(answer.overrides)))


def held(
    run: Invocation,
    parcel: Annotated[str, typer.Option(help="A parcel's surpluses.")] = "",
    surplus: Annotated[str, typer.Option(help="One surplus by its id.")] = "",
    escrow: Annotated[str, typer.Option(help="One escrow account by its number.")] = "",
) -> None:
    """Show money held that may be tendered, and what is available of it."""
    answer = run.client.held_money.ListHeldMoney(
        held_pb.ListHeldMoneyRequest(
            parcel_number=parcel, surplus_item_id=surplus, escrow_account=escrow
        )
    )
    view = table("Money held", "kind", "reference", "name", "state", "available")
    for item in answer.items:
        state = item.state if item.tenderable else f"{item.state}, not tendered"
        view.add_row(item.kind, item.reference, item.name, state, money(item.available_cents))
    run.out.answer(answer, view)


def register(app: typer.Typer) -> None:
    command(app)(held)


def _limit(text: str, option: str) -> int | None:
    return typed.counted_cents(text, option) if text else None


def _limits_view(answer: pb.Limits) -> RenderableType:
    return facts(
        ("cashier", answer.cashier or "everybody"),
        ("on", answer.on),
        ("interest waiver", money(answer.max_interest_waiver_cents)),
        ("penalty waiver", money(answer.max_penalty_waiver_cents)),
        ("short", money(answer.tolerance_short_cents)),
        ("over", money(answer.tolerance_over_cents)),
        ("overrides", "allowed" if answer.overrides_allowed else "not allowed"),
        ("may take", answer.may_take),
        ("settings on file", len(answer.history)),
    )


def _overrides_view(found: list[pb.Override]) -> RenderableType:
    view = table("Overrides", "grant", "action", "cashier", "approver", "up to", "used by")
    for one in found:
        view.add_row(
            one.grant_id,
            one.action,
            one.cashier,
            one.approver,
            money(one.amount_cents),
            one.used_by_receipt_id or "nobody yet",
        )
    return view
