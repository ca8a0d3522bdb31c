"""Bills told step by step, beside tables of what each step leaves; amounts in whole dollars."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from receivables_service.domain.correction_terms import GraceTerm
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    FeeCharged,
    InstallmentTarget,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
)
from receivables_service.domain.terms import (
    AllocationKey,
    AllocationTerm,
    ChargeType,
    CollectionType,
    DefaultTerm,
    InterestTerm,
    PenaltyTerm,
    Terms,
    UnappliedKind,
    UnappliedTerm,
)
from taxkit.dated import dated
from taxkit.money import Rounding

START = datetime(2019, 7, 1, tzinfo=UTC)
FIRST_DUE, SECOND_DUE = date(2019, 12, 10), date(2020, 4, 10)
DEFAULTED = date(2020, 6, 30)
BY_INSTALLMENT = AllocationTerm(
    "test/allocation",
    (AllocationKey.INSTALLMENT, AllocationKey.CHARGE_TYPE),
    (ChargeType.FEE, ChargeType.PENALTY, ChargeType.INTEREST, ChargeType.TAX),
    (CollectionType.SECURED, CollectionType.UNSECURED, CollectionType.DEFAULTED),
)
PENALTY = PenaltyTerm("test/penalty", 1, 10, Rounding.HALF_UP)


def terms(*, penalty=None, allocation=BY_INSTALLMENT, grace_days=30, interest=(0, 1)):
    """The law of the worked sequences: no state's, but close to California's."""
    always = date(2000, 1, 1)
    return Terms(
        pack_version="test",
        interest=dated(
            "interest", [(2000, InterestTerm("test/interest", *interest, Rounding.HALF_UP))]
        ),
        allocation=dated("allocation", [(always, allocation)]),
        unapplied=dated(
            "unapplied",
            [
                (
                    always,
                    UnappliedTerm("test/unapplied", UnappliedKind.SURPLUS, UnappliedKind.SUSPENSE),
                )
            ],
        ),
        penalty=dated("penalty", [(2000, penalty)]),
        default=dated("default", [(2000, DefaultTerm("test/default", 6, 30, 1))]),
        correction_grace=dated("grace", [(always, GraceTerm("test/grace", grace_days))]),
    )


class Story:
    """Makes facts one after another; ids and times follow from how many there are."""

    def __init__(self):
        self._count = 0

    def _head(self, on):
        self._count += 1
        return (UUID(int=self._count), on, START + timedelta(hours=self._count))

    def issue(self, *dollars, due=(FIRST_DUE, SECOND_DUE)):
        demand = tuple(
            BillInstallment(place + 1, due_on, each * 100)
            for place, (due_on, each) in enumerate(zip(due, dollars, strict=True))
        )
        return BillIssued(*self._head(START.date()), 2019, demand)

    def pay(self, dollars, on):
        head = self._head(on)
        return PaymentReceived(*head, UUID(int=1000 + self._count), dollars * 100)

    def void(self, payment, on):
        return PaymentReversed(*self._head(on), payment.receipt_id)

    def default(self, on=DEFAULTED):
        return DefaultDeclared(*self._head(on))

    def correct(self, *dollars, on):
        targets = tuple(
            InstallmentTarget(place + 1, each * 100) for place, each in enumerate(dollars)
        )
        return BillCorrected(*self._head(on), targets)

    def transfer(self, to, on):
        return CollectionTypeTransferred(*self._head(on), to, "moved")

    def fee(self, dollars, on, code="returned_check"):
        return FeeCharged(*self._head(on), code, dollars * 100, "test/fee")

    def reallocate(self, on):
        return Reallocated(*self._head(on))


def cells(state):
    """What is not nothing, by the names the tables use."""
    found = Counter()
    for row in state.charges:
        found[f"{row.collection_type} {row.charge_type} {row.installment}"] += row.amount_cents
    for row in state.payments:
        name = f"pay {row.collection_type} {row.charge_type} {row.installment}"
        found[name] -= row.amount_cents
    found["surplus"] += state.surplus_cents
    found["open"] += state.open_cents
    assert all(cents % 100 == 0 for cents in found.values()), found
    return {name: cents // 100 for name, cents in found.items() if cents}


def expected(table):
    """A table with a column for each step, as the cells after each."""
    lines = [line.split("|") for line in table.strip().splitlines()]
    steps = [step.strip() for step in lines[0][1:]]
    columns = [{} for _ in steps]
    for name, *amounts in lines[1:]:
        for column, amount in zip(columns, amounts, strict=True):
            if amount.strip() not in ("", "0"):
                column[name.strip()] = int(amount)
    return dict(zip(steps, columns, strict=True))


def told(steps, law):
    """The cells after each step; a step that is a date is a quote for it."""
    facts, found = [], {}
    for name, step in steps.items():
        as_of = step if isinstance(step, date) else None
        if as_of is None:
            facts.append(step)
        found[name] = cells(derive(facts, law, as_of))
    return found
