"""Tracts that were in a payoff while the others were spread anew: they join the others' years."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from levy_service.domain import amortization
from levy_service.domain.amortization import AmortizationTerms, SpecialInstallment
from levy_service.domain.payoff import TractState, accrued_cents
from levy_service.specials import store

# The years of a generation that no bill asks for yet; of one that is on bills, the year after it.
_AHEAD: Final = """
select coalesce(min(number) filter (where not posted), max(number) + 1) as number,
       coalesce(min(tax_year) filter (where not posted), max(tax_year) + 1) as first_year,
       coalesce(min(interest_from) filter (where not posted), max(interest_to)) as interest_from,
       greatest(count(distinct number) filter (where not posted), 1) as years
from (
    select i.*, p.bill_id is not null as posted from special_installments i
    left join special_postings p using (assessment_id, tract, generation, number)
    where i.assessment_id = %s and i.generation = %s
) g
"""
_LEFT_OUT: Final = """
select t.tract from special_tracts t where t.assessment_id = %s and not exists (
    select from special_installments i
    where (i.assessment_id, i.tract, i.generation) = (t.assessment_id, t.tract, %s))
"""


def join(connection: Connection, special: Any) -> None:
    """Give what is left of tracts without installments those of the years ahead.

    Interest that ran since their last one goes with the first.
    """
    generation = store.newest_generation(connection, special.assessment_id)
    wanted = (special.assessment_id, generation)
    left_out = set(connection.exec_driver_sql(_LEFT_OUT, wanted).scalars())
    states = store.tract_states(connection, [special.assessment_id])[special.assessment_id]
    tracts = [each for each in states if each.tract in left_out and each.left_cents]
    if tracts:
        ahead = ahead_of(connection, special)
        parts = {each.tract: spread(each, special, ahead) for each in tracts}
        store.insert_installments(connection, special.assessment_id, generation, parts)


class Ahead(NamedTuple):
    """The next installment, since when it counts, and how many there are with it."""

    number: int
    first_year: int
    interest_from: date
    years: int


def ahead_of(connection: Connection, special: Any) -> Ahead:
    """The years that no bill asks for yet."""
    generation = store.newest_generation(connection, special.assessment_id)
    found = connection.exec_driver_sql(_AHEAD, (special.assessment_id, generation)).one()
    return Ahead(*found)


def spread(tract: TractState, special: Any, ahead: Ahead) -> Sequence[SpecialInstallment]:
    """Amortise what is left of a tract over the years ahead, by its assessment's terms."""
    since = max(ahead.interest_from, tract.interest_to)
    days = (since - tract.interest_to).days
    ran = accrued_cents(tract.left_cents, special.rate_percent, days, special.days_in_year)
    method = store.terms_of(special).method
    terms = AmortizationTerms(ahead.years, special.rate_percent, method, ahead.first_year, since)
    found = amortization.schedule(tract.left_cents, terms, ran)
    # Numbered as the others' are: a number is a year of all tracts.
    return [replace(each, number=each.number + ahead.number - 1) for each in found]
