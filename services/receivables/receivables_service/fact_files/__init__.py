"""Facts of one bill as a person writes them down, and what follows from them, as plain values.

`values` has what a row is made of; `money`, `bills`, `terms` and `discounts` the kinds of facts
with how each is read and written; `reading` and `writing` whole files; `answers` what is derived
from one.
"""

from receivables_service.fact_files.answers import derived
from receivables_service.fact_files.reading import KINDS, read
from receivables_service.fact_files.values import FactsInvalid
from receivables_service.fact_files.writing import written

__all__ = ["KINDS", "FactsInvalid", "derived", "read", "written"]
