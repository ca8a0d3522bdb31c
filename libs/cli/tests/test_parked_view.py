"""What is parked can be copied from the screen, also from a narrow one."""

import io

import pytest
from rich.console import Console

from millage.ops.v1 import ops_pb2
from millage_cli.parked import Parked
from millage_cli.views import parked_view
from taxkit.ids import new_id


@pytest.mark.parametrize("width", [80, 100, 140, 200])
def test_the_id_of_a_parked_message_is_never_broken(width):
    """It is what `parked show`, `replay` and `discard` are given."""
    told = ops_pb2.ParkedMessage(
        parked_id=str(new_id()),
        event_type="org.millage.receivables.PaymentAllocated.v1",
        reason="UNKNOWN_EVENT_VERSION",
        message="a sentence that is far longer than any column of a table can be " * 3,
        parked_at="2022-12-15T16:20:00.000000+00:00",
    )
    shown = Console(file=io.StringIO(), width=width)
    shown.print(parked_view([Parked("distribution", told)]))

    assert told.parked_id in shown.file.getvalue()
