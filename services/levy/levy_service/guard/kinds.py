"""How a held change of each kind is done once its turn has come."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection

from levy_service import corrections
from levy_service.bootstrap import LevyApp
from levy_service.modifications import issuing
from levy_service.moves import moving
from levy_service.specials import payoffs, withdrawing
from levy_service.supplements import billing as supplement_billing
from levy_service.value_changes import correcting

Apply = Callable[[LevyApp, Connection, Mapping[str, Any], str, str], object]

APPLY: Final[Mapping[str, Apply]] = MappingProxyType(
    {
        "correction": lambda app, connection, body, user, traceparent: corrections.correct_bill(
            app, connection, corrections.from_body(body, user, traceparent)
        ),
        "move": lambda app, connection, body, user, traceparent: moving.move_bills(
            app, connection, moving.from_body(body, user, traceparent)
        ),
        "modification": issuing.finish_held,
        correcting.KIND: correcting.apply_held,
        supplement_billing.KIND: supplement_billing.apply_held,
        payoffs.KIND: payoffs.apply_held,
        withdrawing.KIND: withdrawing.apply_held,
    }
)
"""(app, connection, body, user, traceparent): what the caller of the change would have done."""


def apply(app: LevyApp, connection: Connection, held: Any) -> None:
    APPLY[held.kind](app, connection, held.body, held.asked_by, held.traceparent)
