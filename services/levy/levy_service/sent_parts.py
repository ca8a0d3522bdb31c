"""A batch that is sent as a stream: a header, its rows, and an end that counts them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.wrappers_pb2 import BytesValue

from taxkit import idempotency
from taxkit.errors import invalid

ROWS_MAX: Final = 20_000
"""A batch is judged and done in one transaction: so many rows of it are held in memory."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A stream that came in whole; `digest` tells it from any other under its key."""

    header: Any
    rows: list[Any]
    digest: BytesValue


def read(parts: Iterator[Any]) -> Sent:
    """Take a stream in before anything else is done: a slow sender holds up no transaction."""
    digest = hashlib.sha256()
    header: Any = None
    rows: list[Any] = []
    end: Any = None
    for part in parts:
        body = part.SerializeToString(deterministic=True)
        digest.update(len(body).to_bytes(4, "big") + body)
        kind = part.WhichOneof("part")
        if header is None:
            if kind != "header":
                raise invalid("HEADER_MISSING", "send the header before the rows", "header")
            header = part.header
            idempotency.check_key(header.idempotency_key)
        elif kind == "row" and end is None:
            if len(rows) == ROWS_MAX:
                raise invalid("TOO_MANY_ROWS", f"at most {ROWS_MAX} rows in a batch", "rows")
            rows.append(part.row)
        elif kind == "end" and end is None:
            end = part.end
        else:
            raise invalid("PART_UNEXPECTED", "after the header come rows, then one end", "part")
    _check_whole(header, len(rows), end)
    return Sent(header, rows, BytesValue(value=digest.digest()))


def _check_whole(header: Any, rows: int, end: Any) -> None:
    """A stream that broke off ends like a whole one: only its last part tells them apart."""
    if header is None:
        raise invalid("HEADER_MISSING", "send the header before the rows", "header")
    if end is None or end.row_count != rows:
        said = "nothing" if end is None else str(end.row_count)
        raise invalid("BATCH_TRUNCATED", f"{rows} rows came, the end says {said}", "end")
    if not rows:
        raise invalid("BATCH_EMPTY", "the batch has no rows", "rows")
