"""Processor time of a stack's processes: where a payment's milliseconds go."""

import os
from pathlib import Path

from devkit.roster import ALL_ROLES
from devkit.stack import Stack

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def of_roles(stack: Stack) -> dict[str, float]:
    """Of every living process of every service."""
    marks = {role.key: stack.mark(role.service, role.role) for role in ALL_ROLES}
    return {key: seconds_of(mark.pid) for key, mark in marks.items() if mark and mark.is_alive()}


def spent(before: dict[str, float], after: dict[str, float], payments: int) -> dict[str, float]:
    """Milliseconds a payment, by process, the dearest first."""
    per_payment = {
        key: round((after[key] - seconds) * 1000 / payments, 3)
        for key, seconds in before.items()
        if key in after
    }
    return dict(sorted(per_payment.items(), key=lambda item: -item[1]))
