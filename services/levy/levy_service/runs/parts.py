"""A batch's installments in SQL: what domain.installments decides of one bill."""

from decimal import Decimal
from typing import Final

from levy_service.domain.installments import Due, InstallmentPlan, OddCents, ShareOf
from levy_service.runs.arithmetic import ANY_SIZE
from levy_service.runs.telling import Teller

_TOTAL: Final = "(s.tax + s.charged)"
_PRIOR: Final = "s.prior"


def laterals(plan: InstallmentPlan) -> str:
    """Joins: each rounded share, and what it leaves of the bill."""
    of_total = plan.share_of is ShareOf.TOTAL
    base, left, joined = (_TOTAL if of_total else _PRIOR), _TOTAL, []
    for place, share in enumerate(_rounded(plan), start=1):
        numerator, denominator = share.as_integer_ratio()
        part = ANY_SIZE.share(
            base, str(numerator), str(denominator), plan.rounding, plan.step_cents
        )
        joined.append(f"cross join lateral (select least({part}, {left}) as part) i{place}")
        joined.append(f"cross join lateral (select {left} - i{place}.part as rest) l{place}")
        left = f"l{place}.rest"
    return " ".join(joined)


def parts_of(plan: InstallmentPlan) -> str:
    """The amounts as an array, first installment first."""
    count = len(_rounded(plan))
    rounded = [f"i{place}.part" for place in range(1, count + 1)]
    rest = f"l{count}.rest" if count else _TOTAL
    parts = [rest, *rounded] if _odd_first(plan) else [*rounded, rest]
    whole = f"array[{', '.join(parts)}]::bigint[]"
    return f"case when {in_one(plan)} then array[{_TOTAL}]::bigint[] else {whole} end"


def in_one(plan: InstallmentPlan) -> str:
    """Whether a bill is paid at once."""
    return "false" if plan.single is None else f"({_TOTAL} <= {plan.single.up_to_cents})"


def due(plan: InstallmentPlan) -> list[tuple[bool, int, Due]]:
    """(paid in one, number, due) of every installment there may be."""
    found = [(False, number, due) for number, due in enumerate(plan.due, start=1)]
    return found if plan.single is None else [*found, (True, 1, plan.single.due)]


def told(plan: InstallmentPlan, teller: Teller) -> str:
    """The installments as JSON, over the columns `parts` and `in_one`."""
    several = _told(list(enumerate(plan.due, start=1)), teller)
    if plan.single is None:
        return several
    return f"case when in_one then {_told([(1, plan.single.due)], teller)} else {several} end"


def _told(installments: list[tuple[int, Due]], teller: Teller) -> str:
    texts = []
    for number, due in installments:
        before, after = teller.installment(number, due)
        texts.append(f"{before} || parts[{number}] || {after}")
    return " || ',' || ".join(texts)


def _odd_first(plan: InstallmentPlan) -> bool:
    return plan.share_of is ShareOf.TOTAL and plan.odd_cents is OddCents.FIRST


def _rounded(plan: InstallmentPlan) -> list[Decimal]:
    """The shares that are rounded: what they leave is the odd one's."""
    if _odd_first(plan):
        return list(plan.shares[1:])
    return list(plan.shares[: len(plan.due) - 1])
