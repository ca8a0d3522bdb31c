"""How months are counted on an installment whose due date was moved (RECV-015 to RECV-017)."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from receivables_service.domain.counting import Count, counter, months_entered
from receivables_service.domain.interest_terms import ORDINARY
from receivables_service.domain.terms import MonthCounting

if TYPE_CHECKING:
    from receivables_service.domain.balances import Installment
    from receivables_service.domain.terms import InterestTerm


def months(installment: "Installment", until: date, term: "InterestTerm") -> int:
    """Count by the calendar since the base date; of one that is called due, since the first's."""
    if (called := installment.called_after) is not None:
        if (first := installment.called_by) is None:
            return installment.count(called, until)
        months, installment.base_on = _since_base(first, until, term)
        return months
    lead = installment.lead
    if lead is not None and lead.tax.open_cents > 0 and months_entered(lead.due_on, until):
        installment.led_on = until
        installment.base_on = lead.begins_on or lead.due_on
        return months_entered(installment.base_on, until)
    if installment.led_on is not None:
        # What was counted with the lead stays; from its payment on the own dates count.
        last, installment.led_on = installment.led_on, None
        installment.months = max(0, own_months(installment, last, term) - term.free_months)
    return own_months(installment, until, term)


def own_months(installment: "Installment", until: date, term: "InterestTerm") -> int:
    """Count by its own dates: none up to the end of the due month, then since the base date."""
    months, installment.base_on = _since_base(installment, until, term)
    return months


def _since_base(installment: "Installment", until: date, term: "InterestTerm") -> tuple[int, date]:
    due_on, late_after = installment.due_on, installment.late_after
    if late_after > due_on:
        # An ordinance waives interest beyond the day it was moved to: that is what counts.
        months = installment.count(late_after, until)
        return months, late_after if months else due_on
    count = _by_calendar(term)
    if not count(due_on, until):
        return 0, due_on
    base_on = installment.begins_on or due_on
    return count(base_on, until), base_on


def _by_calendar(term: "InterestTerm") -> Count:
    if term.ways is ORDINARY:
        return months_entered
    return counter(replace(term, counting=MonthCounting.CALENDAR))
