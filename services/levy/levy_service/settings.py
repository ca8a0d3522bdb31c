"""What levy is told beyond what every service is."""

from enum import StrEnum

import environ

from taxkit.config import Settings


class ImportGuard(StrEnum):
    """What becomes of a change of a bill that an open file of payments may pay."""

    QUEUE = "queue"
    REFUSE = "refuse"


class RunBy(StrEnum):
    """Who may issue a certified roll's bills."""

    # Anyone with the right but the person who certified it.
    TWO_PERSONS = "two_persons"
    ANYONE = "anyone"


@environ.config(prefix="MILLAGE", frozen=True)
class LevySettings(Settings):
    roll_batch: int = environ.var(
        10_000, converter=int, help="parcels computed and written at once"
    )
    import_guard: ImportGuard = environ.var(
        ImportGuard.QUEUE,
        converter=ImportGuard,
        help="queue or refuse: changes of bills that an open file of payments may pay",
    )
    levy_run_by: RunBy = environ.var(
        RunBy.TWO_PERSONS,
        converter=RunBy,
        help="two_persons or anyone: whether who certified a roll may run it, too",
    )
