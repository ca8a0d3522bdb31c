"""Finding parcels by what is known of them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from levy_service.domain.register import ParcelState, state_on
from levy_service.register import answers, store
from millage.levy.v1 import register_pb2 as pb


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of parcel_number, ain, name and situs_address, and how it begins."""

    by: str
    beginning: str
    with_former: bool = False

    def fits(self, state: ParcelState) -> bool:
        """Whether what was found is so on a day; names count in any role."""
        if self.by == "parcel_number" or self.with_former:
            return True
        beginning = self.beginning.lower()
        if self.by == "name":
            names = [one.name for holders in state.parties.values() for one in holders]
        else:
            names = [state.facts.get(self.by, "")]
        return any(name.lower().startswith(beginning) for name in names)


def page(
    connection: Connection, wanted: Criterion, on: date, after: str, size: int
) -> pb.SearchParcelsResponse:
    """Parcels as they are on a day, in the order of their numbers behind one."""
    numbers = store.search(connection, wanted.by, wanted.beginning, after, size + 1)
    on_file = store.parcels(connection, numbers[:size])
    return pb.SearchParcelsResponse(
        parcels=[
            answers.in_brief(one, on)
            for one in on_file.values()
            if wanted.fits(state_on(one.sayings, on))
        ],
        next_page_token=numbers[size - 1] if len(numbers) > size else "",
    )
