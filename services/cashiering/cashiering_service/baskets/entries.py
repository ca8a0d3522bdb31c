"""Lines of a basket for miscellaneous sources: priced when entered, posted as they were entered."""

from google.protobuf import json_format

from cashiering_service.baskets.desk import Desk
from cashiering_service.domain.basket import Basket, Line, LineKind, NewLine, Subject
from cashiering_service.domain.lookup import MISCELLANEOUS
from cashiering_service.domain.paying import Wish
from cashiering_service.sources import commands as source_commands
from cashiering_service.sources.answers import read_entry
from millage.cashiering.v1 import sources_pb2

_ENTRY = "entry"


def entry_line(desk: Desk, basket: Basket, given: sources_pb2.SourceEntry) -> NewLine:
    """The line an entry makes: what it costs on the basket's effective date, as when it is paid."""
    entry = read_entry(given, "entry")
    priced = source_commands.priced(desk.connection, entry, basket.effective_on)
    return NewLine(
        LineKind.SOURCE,
        MISCELLANEOUS,
        Subject(priced.parcel_number),
        Wish(basket.effective_on, priced.amount_cents),
        details={
            "source_code": given.source_code,
            "name": priced.source.name,
            _ENTRY: json_format.MessageToJson(given, indent=None),
        },
    )


def entry_of(line: Line, effective_on: str) -> sources_pb2.SourceEntry:
    """What was entered, with the date it is paid on where that is not the receipt's."""
    entry = json_format.Parse(line.details[_ENTRY], sources_pb2.SourceEntry())
    entry.effective_on = effective_on
    return entry
