"""Codes with what they say, agency and deferrals, in a file of facts."""

from typing import Any

from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    CodeSettled,
    DeferralEnded,
    DeferralResumed,
)
from receivables_service.fact_files.values import (
    Head,
    Kind,
    Names,
    Row,
    fact_id,
    maybe_day,
    maybe_rate,
    maybe_text,
    said,
    switch,
    text,
)


def _code_set(head: Head, row: Row) -> CodeSet:
    rates = (maybe_rate(row, "monthly_rate"), maybe_rate(row, "penalty_rate"))
    fee = maybe_text(row, "charge_code")
    return CodeSet(*head, text(row, "code"), *rates, maybe_day(row, "through"), fee)


def _told_code_set(fact: CodeSet, _names: Names) -> dict[str, Any]:
    return said(
        code=fact.code,
        monthly_rate=fact.monthly_rate,
        penalty_rate=fact.penalty_rate,
        through=fact.through,
        charge_code=fact.charge_code,
    )


def _code_says(head: Head, row: Row) -> CodeSettled:
    """Which version it is follows from its place among the others: see `reading`."""
    rates = (maybe_rate(row, "monthly_rate"), maybe_rate(row, "penalty_rate"))
    return CodeSettled(*head, text(row, "code"), 1, *rates)


def _told_code_says(fact: CodeSettled, _names: Names) -> dict[str, Any]:
    return said(code=fact.code, monthly_rate=fact.monthly_rate, penalty_rate=fact.penalty_rate)


TERMS = {
    "code_set": Kind(CodeSet, _code_set, _told_code_set),
    "code_lifted": Kind(
        CodeLifted,
        lambda head, row: CodeLifted(*head, text(row, "code"), maybe_text(row, "charge_code")),
        lambda fact, _names: said(code=fact.code, charge_code=fact.charge_code),
    ),
    "code_says": Kind(CodeSettled, _code_says, _told_code_says),
    "agency_holding": Kind(
        AgencyHolding,
        lambda head, row: AgencyHolding(*head, switch(row, "held")),
        lambda fact, _names: {"held": fact.held},
    ),
    "deferred": Kind(
        AccrualDeferred,
        lambda head, row: AccrualDeferred(*head, text(row, "plan")),
        lambda fact, _names: {"plan": fact.plan_number},
    ),
    "deferral_ended": Kind(
        DeferralEnded,
        lambda head, row: DeferralEnded(*head, text(row, "plan"), switch(row, "comes_back")),
        lambda fact, _names: {"plan": fact.plan_number, "comes_back": fact.comes_back},
    ),
    "deferral_resumed": Kind(
        DeferralResumed,
        lambda head, row: DeferralResumed(*head, text(row, "plan"), fact_id(row, "ended_by")),
        lambda fact, names: {"plan": fact.plan_number, "ended_by": names.facts[fact.ended_by]},
    ),
}
