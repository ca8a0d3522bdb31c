"""What a batch of orders is decided on, read in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cashiering_service.domain.limits import LimitsSet
from cashiering_service.domain.parcel_rules import ParcelBill
from cashiering_service.domain.part_payments import Standings
from cashiering_service.domain.permits import Permit, permit
from cashiering_service.domain.receipt import BillDue, SessionHead
from cashiering_service.store import HEADS, LOCKED
from cashiering_service.till import limits_store, parcel_bills, part_standings, stops
from taxkit.arrays import packed
from taxkit.roundtrips import RoundTrips
from taxkit.wire import Statement

_LOCK_WITH_LIMITS = f"{HEADS}, {limits_store.AS_ONE}{LOCKED}"
_ANSWERS = (
    "select key, request_sha256, response from idempotency_keys"
    " where method = %s and key = any(%b::text[])"
)
_DUES = (
    "select bill_id, bill_number, bill_version, parcel_number, tax_year, open_cents,"
    f" {stops.HINT} from dues where bill_id = any(%b::uuid[])"
)
_RETIRED = (
    "select parcel_number, current_number from retired_parcels"
    " where parcel_number = any(%b::text[]) order by parcel_number"
)
Sessions = dict[UUID, tuple[SessionHead, int]]


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch of orders is decided on."""

    sessions: Sessions  # with their receipts so far; their rows are locked
    answers: dict[str, tuple[bytes, bytes]]  # by key: hash of the request, and its response
    dues: dict[UUID, BillDue]
    permits: dict[UUID, tuple[Permit, Permit]]  # of each session's till and cashier
    limits: list[LimitsSet]  # for the cashiers and for everybody, in the order they were set
    required: dict[UUID, tuple[str, list[str]]]  # by bill: parcel, sources its flags ask for
    standings: dict[UUID, Standings]  # read where parts are not simply taken
    stopped: stops.Stops  # of bills that are in a plan or flagged
    parcels: dict[UUID, ParcelBill]  # every bill of their parcels, where those are asked about
    retired: dict[str, str]  # what is in the place of parcels that are paid ahead on


@dataclass(frozen=True, slots=True)
class Asking:
    """What a law or an office asks about beside the plain facts: in most counties nothing."""

    parts: bool = False
    parcels: bool = False

    # Parcels that are paid ahead on.
    ahead: Sequence[str] = ()

    def statements(self, billed: object) -> dict[str, Statement]:
        found: dict[str, Statement] = {}
        if self.parts:
            found["parts"] = (part_standings.READ, (billed,))
        if self.parcels:
            found["parcels"] = (parcel_bills.READ, (billed,))
        if self.ahead:
            found["ahead"] = (_RETIRED, (packed("text", self.ahead),))
        return found


async def read_for_posting(
    trips: RoundTrips,
    method: str,
    session_ids: Sequence[UUID],
    keys: Sequence[str],
    bill_ids: Sequence[UUID],
    cashiers: Sequence[str],
    asking: Asking,
) -> Known:
    """Lock the sessions, in the order of their ids, and read the rest: one round trip.

    The statements run one after the other, so the answers are read under the sessions' locks.
    """
    billed = packed("uuid", bill_ids)
    besides = asking.statements(billed)
    heads, answers, bills, *rows = await trips.fetch(
        (_LOCK_WITH_LIMITS, (packed("text", ["", *cashiers]), packed("uuid", session_ids))),
        (_ANSWERS, (method, packed("text", keys))),
        (_DUES, (billed,)),
        *besides.values(),
    )
    beside = dict(zip(besides, rows, strict=True))
    required, stopped = await stops.read(trips, [row[0] for row in bills if row[6]])
    return Known(
        {row[0]: (SessionHead(*row[:6], *row[11:12]), row[6]) for row in heads},
        {row[0]: (bytes(row[1]), bytes(row[2])) for row in answers},
        {row[0]: BillDue(*row[:6]) for row in bills},
        {row[0]: (permit(row[7:9]), permit(row[9:11])) for row in heads},
        limits_store.limits_sets(heads[0][12] if heads else None),
        required,
        part_standings.of_rows(beside.get("parts", ())),
        stopped,
        parcel_bills.of_rows(beside.get("parcels", ())),
        {row[0]: row[1] for row in beside.get("ahead", ())},
    )
