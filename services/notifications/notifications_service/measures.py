"""What notifications counts beyond taxkit's metrics."""

from prometheus_client import Counter

NOTICES = Counter(
    "millage_notices", "Attempts to send a notice, by the state they left it in", ["state"]
)
