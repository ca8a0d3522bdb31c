"""`millage basket`: gather bills at the counter, look at them, and pay them as one receipt."""

from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import plan_lookup_pb2 as plan_pb
from millage.cashiering.v1.plan_lookup_pb2_grpc import PlanLookupServiceStub
from millage_cli import counter, typed
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import facts, money, table
from millage_cli.plain import enum_word
from millage_cli.problems import usage
from millage_cli.typed import HELD, TENDERS
from millage_cli.views import receipt_view

basket = typer.Typer(help="Bills gathered to be paid together.", no_args_is_help=True)

BasketId = Annotated[str, typer.Argument(envvar="MILLAGE_BASKET", help="The basket's id.")]
Lines = Annotated[list[int], typer.Option("--line", help="A line's number; may be repeated.")]
Amounts = Annotated[list[str] | None, typer.Option(metavar="AMOUNT", help="In notes and coins.")]
Referenced = Annotated[
    list[str] | None, typer.Option(metavar="AMOUNT:REFERENCE", help="With its number.")
]


@command(basket, "open")
def open_(
    run: Invocation,
    session: Annotated[str, typer.Option(envvar="MILLAGE_SESSION", help="An open session.")] = "",
    till: Annotated[str, typer.Option(help="Instead of a session: the till's open one.")] = "",
    key: Key = "",
) -> None:
    """Open an empty basket."""
    if bool(session) == bool(till):
        raise usage("SESSION_MISSING", "name the session with --session, or its till with --till")
    session_id = session or counter.session_of_till(run.client, till).session_id
    answer = run.client.baskets.OpenBasket(
        pb.OpenBasketRequest(idempotency_key=key_or_new(key), session_id=session_id)
    )
    run.out.answer(answer, basket_view(answer))
    run.out.say(f"use it: export MILLAGE_BASKET={answer.basket_id}")


@command(basket)
def show(run: Invocation, basket_id: BasketId) -> None:
    """Show a basket, what its lines pay, and what is found about it."""
    answer = _get(run, basket_id)
    run.out.answer(answer, basket_view(answer))


@command(basket)
def add(
    run: Invocation,
    basket_id: BasketId,
    service_type: Annotated[str, typer.Option("--type", help="tax, motor_vehicle, ...")] = "tax",
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="parcel_number=..., tax_year=... bill_number=..."),
    ] = None,
    code: Annotated[list[str] | None, typer.Option(help="A scanned bill code.")] = None,
    confirm_changes: Annotated[
        bool, typer.Option(help="A plan is paid though its bills changed since it was calculated.")
    ] = False,
    key: Key = "",
) -> None:
    """Add the bills found by keys, or by codes scanned off their coupons."""
    answer = run.client.baskets.LoadBasket(
        pb.LoadBasketRequest(
            idempotency_key=key_or_new(key),
            basket_id=basket_id,
            service_type=service_type,
            keys=_keys(by or []),
            bill_codes=code or [],
            changes_confirmed=confirm_changes,
        )
    )
    run.out.answer(answer, basket_view(answer))


@command(basket)
def plans(
    run: Invocation,
    plan_number: Annotated[str, typer.Option("--plan", help="A plan's number.")] = "",
    parcel_number: Annotated[str, typer.Option("--parcel", help="A parcel's number.")] = "",
) -> None:
    """Show payment plans; an installment is added with --type payment_plan and its keys."""
    answer = PlanLookupServiceStub(run.client.channel("cashiering")).LookUpPlans(
        plan_pb.LookUpPlansRequest(plan_number=plan_number, parcel_number=parcel_number)
    )
    views: list[RenderableType] = []
    for plan in answer.plans:
        view = table(
            f"{plan.plan_number} {plan.status}", "installment", "due on", "in all", "paid",
            right=("installment", "in all"),
        )  # fmt: skip
        for one in plan.installments:
            view.add_row(
                str(one.number), one.due_on, money(one.total_cents), "paid" if one.paid else ""
            )
        views.append(view)
        if plan.changes_unprocessed:
            views.append(Text("bills changed since it was calculated", "yellow"))
    run.out.answer(answer, Group(*views))


@command(basket)
def remove(run: Invocation, basket_id: BasketId, line: Lines, key: Key = "") -> None:
    """Take lines out of a basket."""
    answer = run.client.baskets.RemoveLines(
        pb.RemoveLinesRequest(
            idempotency_key=key_or_new(key),
            basket_id=basket_id,
            version=_get(run, basket_id).version,
            line_numbers=line,
        )
    )
    run.out.answer(answer, basket_view(answer))


@command(basket)
def post(
    run: Invocation,
    basket_id: BasketId,
    cash: Amounts = None,
    check: Referenced = None,
    card: Referenced = None,
    money_order: Referenced = None,
    wire: Referenced = None,
    ach: Referenced = None,
    surplus: Referenced = None,
    escrow: Referenced = None,
    confirm: Annotated[list[str] | None, typer.Option(help="A finding that was seen to.")] = None,
    note: Annotated[str, typer.Option(help="Kept with the receipt.")] = "",
    key: Key = "",
) -> None:
    """Pay a basket: one receipt, however often it is posted."""
    texts = (cash, check, card, money_order, wire, ach, surplus, escrow)
    given = dict(zip((*TENDERS, *HELD), texts, strict=True))
    answer = run.client.basket_payments.PostBasket(
        pay.PostBasketRequest(
            idempotency_key=key_or_new(key),
            basket_id=basket_id,
            version=_get(run, basket_id).version,
            tenders=typed.tenders(given),
            return_change=True,
            confirmed=confirm or [],
            note=note,
        )
    )
    run.out.answer(answer, receipt_view(answer.receipt))


@command(basket)
def pause(run: Invocation, basket_id: BasketId, key: Key = "") -> None:
    """Lay a basket aside."""
    answer = run.client.baskets.PauseBasket(
        pb.PauseBasketRequest(
            idempotency_key=key_or_new(key),
            basket_id=basket_id,
            version=_get(run, basket_id).version,
        )
    )
    run.out.answer(answer, basket_view(answer))


@command(basket)
def retrieve(
    run: Invocation,
    basket_id: BasketId,
    session: Annotated[str, typer.Option(envvar="MILLAGE_SESSION", help="An open session.")],
    key: Key = "",
) -> None:
    """Take a paused basket up again, or one whose payment was cut off."""
    answer = run.client.baskets.RetrieveBasket(
        pb.RetrieveBasketRequest(
            idempotency_key=key_or_new(key),
            basket_id=basket_id,
            version=_get(run, basket_id).version,
            session_id=session,
        )
    )
    run.out.answer(answer, basket_view(answer))


def basket_view(answer: pb.Basket) -> RenderableType:
    lines = table(
        "", "line", "bill", "year", "as of", "open", "pays", "owner",
        right=("line", "year", "open", "pays"),
    )  # fmt: skip
    for one in answer.lines:
        lines.add_row(
            str(one.line_number),
            one.bill_number or f"{one.advance_type} {one.parcel_number}",
            str(one.tax_year or ""),
            one.effective_on,
            money(one.open_cents),
            money(one.paying_cents),
            one.owner_name,
        )
    said = [
        Text(f"{_word(one, 'severity')}: {one.message}", "yellow")
        for one in [*answer.findings, *answer.dropped]
    ]
    return Group(
        facts(
            ("basket", answer.basket_id),
            ("state", f"{_word(answer, 'state')}, version {answer.version}"),
            ("payer", answer.payer.name),
            ("pays", money(answer.total_cents)),
            ("receipt", answer.receipt_number),
        ),
        *([lines] if answer.lines else []),
        *said,
    )


def _word(message: Any, name: str) -> str:
    return enum_word(message.DESCRIPTOR.fields_by_name[name].enum_type, getattr(message, name))


def _get(run: Invocation, basket_id: str) -> pb.Basket:
    return run.client.baskets.GetBasket(pb.GetBasketRequest(basket_id=basket_id))


def _keys(given: list[str]) -> pb.LookupKeys:
    """Read KEY=VALUE in the words of the contract; an amount in dollars."""
    keys = pb.LookupKeys()
    for text in given:
        name, equals, value = text.partition("=")
        name = "amount_cents" if name == "amount" else name
        field = pb.LookupKeys.DESCRIPTOR.fields_by_name.get(name)
        if field is None or not equals:
            known = ", ".join(sorted(pb.LookupKeys.DESCRIPTOR.fields_by_name))
            raise usage("KEY_INVALID", f"--by {text}: write KEY=VALUE, KEY one of {known}")
        if name == "amount_cents":
            keys.amount_cents = typed.cents(value, "--by amount")
        elif field.cpp_type == field.CPPTYPE_STRING:
            setattr(keys, name, value)
        elif value.isascii() and value.isdigit() and len(value) <= 4:
            setattr(keys, name, int(value))
        else:
            raise usage("KEY_INVALID", f"--by {text}: {name} is a year of four digits")
    return keys
