"""Trying every method of a service: wrong rights, hostile values, replayed keys, wrong states.

A service's test says of each method how it is asked rightly (`Case`); what can be wrong with it is
worked out from the contract. Only tests import this.
"""

from taxkit.trial.cases import Asked, Case
from taxkit.trial.methods import Method, methods_of
from taxkit.trial.shared import TRIED_ONCE, ops_cases, report_cases
from taxkit.trial.suite import Suite
from taxkit.trial.trying import Trial

__all__ = [
    "TRIED_ONCE",
    "Asked",
    "Case",
    "Method",
    "Suite",
    "Trial",
    "methods_of",
    "ops_cases",
    "report_cases",
]
