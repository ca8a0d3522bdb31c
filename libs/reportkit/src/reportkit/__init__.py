"""Reports of Millage's services: sealed, and as JSON, CSV and typeset PDF."""

from reportkit.cursor import stream, visible
from reportkit.desk import FORMATS, ReportDesk
from reportkit.shape import Cell, Column, Kind, Parameter, Report, Row, Values

__all__ = [
    "FORMATS",
    "Cell",
    "Column",
    "Kind",
    "Parameter",
    "Report",
    "ReportDesk",
    "Row",
    "Values",
    "stream",
    "visible",
]
