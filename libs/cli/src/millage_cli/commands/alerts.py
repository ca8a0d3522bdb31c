"""`millage alerts …`: who is told of changes of policy (NOTI-004)."""

from typing import Annotated

import typer

from millage.notifications.v1 import subscriptions_pb2 as pb
from millage.notifications.v1.subscriptions_pb2_grpc import SubscriptionServiceStub
from millage_cli.commands.ledger import Reason
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import table
from millage_cli.paging import pages

alerts = typer.Typer(no_args_is_help=True, help="Who is told of changes of policy.")


@command(alerts)
def subscribe(
    run: Invocation,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="As discount_policy.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Where to.")],
    name: Annotated[str, typer.Option("--name", help="Whose it is.")],
    key: Key = "",
) -> None:
    """Tell an address of each change of a topic from now on."""
    request = pb.SubscribeRequest(
        idempotency_key=key_or_new(key), topic=topic, email=email, name=name
    )
    _show(run, [_stub(run).Subscribe(request)])


@command(alerts)
def unsubscribe(
    run: Invocation,
    subscription: Annotated[str, typer.Argument(metavar="SUBSCRIPTION", help="Its id.")],
    reason: Reason,
    key: Key = "",
) -> None:
    """Tell it no more."""
    request = pb.UnsubscribeRequest(
        idempotency_key=key_or_new(key), subscription_id=subscription, reason=reason
    )
    _show(run, [_stub(run).Unsubscribe(request)])


@command(alerts, "list")
def list_(
    run: Invocation,
    topic: Annotated[str, typer.Option("--topic", help="All when empty.")] = "",
) -> None:
    """List subscriptions, those that ended too."""
    answers = pages(_stub(run).ListSubscriptions, pb.ListSubscriptionsRequest(topic=topic))
    _show(run, [one for answer in answers for one in answer.subscriptions])


def _show(run: Invocation, found: list[pb.Subscription]) -> None:
    made = table("", "subscription", "topic", "name", "email", "ended by")
    for one in found:
        made.add_row(one.subscription_id, one.topic, one.name, one.email, one.ended_by or "-")
    run.out.answer(pb.ListSubscriptionsResponse(subscriptions=found), made)


def _stub(run: Invocation) -> SubscriptionServiceStub:
    return SubscriptionServiceStub(run.client.channel("notifications"))
