"""What levy is told beyond what every service is."""

import environ

from taxkit.config import Settings


@environ.config(prefix="MILLAGE", frozen=True)
class LevySettings(Settings):
    roll_batch: int = environ.var(2000, converter=int, help="parcels computed and written at once")
