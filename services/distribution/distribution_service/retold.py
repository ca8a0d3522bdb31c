"""What receivables tells again after its database was restored, under new ids of its own.

It takes the same facts in again and derives the same postings, which fill the same places in the
stream of a bill. Their ids are new, so that the inbox takes them for new. A place is filled once.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from distribution_service import history
from distribution_service.domain.sharing import Posting
from distribution_service.store import BillRow
from taxkit.errors import Permanent


def without_retold(
    connection: Connection, postings: Sequence[Posting], bills: Mapping[UUID, BillRow]
) -> list[Posting]:
    """Leave out what is kept already; what fills a place otherwise than before is for a person."""
    behind = [one for one in postings if one.sequence <= bills[one.bill_id].last_sequence]
    # Nothing is behind as long as events come in order: no question to the database.
    if not behind:
        return list(postings)
    kept = {
        (posting.bill_id, posting.sequence): posting
        for own in history.postings_of(connection, sorted({one.bill_id for one in behind})).values()
        for posting in own
    }
    return [one for one in postings if not _is_told(one, kept.get((one.bill_id, one.sequence)))]


def _is_told(posting: Posting, kept: Posting | None) -> bool:
    if kept is None:
        return False
    if (kept.receipt_id, kept.kind, kept.rows) != (posting.receipt_id, posting.kind, posting.rows):
        raise Permanent(
            "PLACE_TAKEN",
            f"posting {posting.posting_id} is number {posting.sequence} of bill {posting.bill_id},"
            f" as posting {kept.posting_id} was, which moved other money: receivables was restored"
            " and took its facts in another order",
        )
    return True
