"""Development tokens: signed with a local stack's own key, with the rights of a role."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from millage_cli.problems import ExitCode, Problem, usage
from taxkit.auth import issue_token
from taxkit.clock import SystemClock

_READING = (
    "cashiering.read",
    "receivables.read",
    "levy.read",
    "collections.read",
    "taxsale.read",
    "distribution.read",
    "notifications.read",
)
_CASHIER = (
    "cashiering.session",
    "cashiering.quote",
    "cashiering.pay",
    "cashiering.basket",
    "cashiering.reverse",
    "cashiering.read",
    "cashiering.void",
    "cashiering.override",
    "cashiering.print",
    "receivables.read",
    # What a line of a basket links to prints bills.
    "receivables.report",
    "notifications.read",
)
_HOLDING = (
    "receivables.surplus",
    "receivables.surplus.request",
    "receivables.surplus.decide",
    "receivables.surplus.apply",
    "receivables.escrow",
    "receivables.prepay",
    "receivables.plan",
    "receivables.plan.override",
    "receivables.flag",
)
_LEDGER = (
    "receivables.default",
    "receivables.transfer",
    "receivables.reallocate",
    "receivables.waive",
    "receivables.unlock",
    "receivables.cancel",
    "receivables.return",
    "receivables.code",
    "receivables.code.edit",
    "receivables.half_pay",
    "receivables.fee",
    "receivables.agency",
    "receivables.discount",
    "receivables.discount.decide",
    "receivables.discount.reverse",
    "receivables.discount.run",
)
_REPORTING = ("receivables.report", "cashiering.report")
_SUPERVISOR = (
    *_CASHIER,
    *_REPORTING,
    *_HOLDING,
    *_LEDGER,
    "cashiering.session.any",
    "cashiering.void.approve",
    "cashiering.override.approve",
    "cashiering.limits.manage",
    "cashiering.waive",
    "cashiering.allocate",
    "cashiering.held_tender",
    "cashiering.held_tender.any",
    "cashiering.reconcile",
    "cashiering.deposit",
    "cashiering.import",
    "cashiering.layouts",
    "cashiering.effective_date",
    "cashiering.payment_source",
    "cashiering.prorate",
    "cashiering.basket.approve",
    "cashiering.account_key.manage",
    "cashiering.lender.manage",
    "cashiering.till.manage",
    "cashiering.settings.manage",
    "cashiering.source.manage",
    "cashiering.source.create",
    "levy.read",
    "levy.force",
    "levy.special.payoff",
    "levy.value_change.decide",
    "collections.read",
    "collections.hold",
    "collections.exception",
    "collections.notice",
    "collections.notice.commit",
    "notifications.print",
    "notifications.subscribe",
    "taxsale.read",
    "distribution.read",
    "distribution.credits",
)
_ASSESSOR = (
    "levy.read",
    "levy.load",
    "levy.correct",
    "levy.value_change",
    "levy.value_change.decide",
    "levy.supplement",
    "levy.supplement.bill",
    "levy.modify",
    "levy.move",
    "levy.retire",
    "levy.register",
    "levy.return",
    "levy.trust_tax",
    "levy.special",
    "levy.special.payoff",
    "levy.preview",
    "levy.certify",
    "levy.run",
)
_OPERATOR = (*_READING, *_REPORTING, "levy.load", "ops.read", "ops.settle")
_AUDITOR = (*_READING, *_REPORTING, "cashiering.quote", "ops.read")

RIGHTS_OF_ROLES = {
    "cashier": _CASHIER,
    "supervisor": _SUPERVISOR,
    "assessor": _ASSESSOR,
    "operator": _OPERATOR,
    "auditor": _AUDITOR,
    "admin": tuple(sorted({*_SUPERVISOR, *_ASSESSOR, *_OPERATOR, *_AUDITOR})),
}


def rights_of(roles: Sequence[str], extra: Sequence[str] = ()) -> tuple[str, ...]:
    """The rights of some roles together, and some more by name."""
    unknown = [role for role in roles if role not in RIGHTS_OF_ROLES]
    if unknown:
        raise usage(
            "ROLE_UNKNOWN", f"no role {', '.join(unknown)}; there are {', '.join(RIGHTS_OF_ROLES)}"
        )
    return tuple(sorted({right for role in roles for right in RIGHTS_OF_ROLES[role]} | {*extra}))


def make_token(
    key_file: Path | None,
    user: str,
    roles: Sequence[str],
    *,
    rights: Sequence[str] = (),
    till: str = "",
    hours: int = 12,
) -> str:
    """Sign a token with a local stack's private key."""
    granted = rights_of(roles, rights)
    return issue_token(
        _read_key(key_file),
        user,
        rights=granted,
        roles=tuple(roles),
        till=till,
        clock=SystemClock(),
        lifetime=timedelta(hours=hours),
    )


def _read_key(key_file: Path | None) -> str:
    try:
        if key_file is not None:
            return key_file.read_text("ascii")
        why = "no local stack is known here"
    except OSError as error:
        why = f"{key_file}: {error.strerror}"
    raise Problem(
        "SIGNING_KEY_MISSING",
        f"a token cannot be signed: {why}",
        "start a stack with `make up`, name one with --stack, or give --token",
        exit_code=ExitCode.NOT_ALLOWED,
    )
