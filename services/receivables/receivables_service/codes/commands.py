"""Commands that set a code on bills and fees, or remove it; one transaction each (RECV-060)."""

from collections.abc import Sequence

from receivables_service.asked import Asked
from receivables_service.codes import choosing, coding, settling
from receivables_service.codes.adjustments import Line
from receivables_service.codes.choosing import Statement
from receivables_service.codes.coding import Item
from receivables_service.domain.terms import Terms
from taxkit.errors import Refusal
from taxkit.inbox import Work


def set_code(
    terms: Terms,
    work: Work,
    code: str,
    meant: tuple[Statement | None, Sequence[Item]],
    asked: Asked,
    *,
    replace: bool,
) -> list[Line]:
    """Put a code on a statement or on chosen items; gives a line for each it is put on."""
    settling.wanted(work, code)
    books, items = choosing.open_items(work, terms, *meant)
    changes = coding.put_on(books, work, code, items, asked, replace=replace)
    if not changes:
        raise Refusal("CODE_ALREADY_SET", f"code {code} is on all of it already")
    return coding.close(books, work, asked, changes)


def remove_code(
    terms: Terms,
    work: Work,
    code: str,
    meant: tuple[Statement | None, Sequence[Item]],
    asked: Asked,
) -> list[Line]:
    """Take a code off a statement or chosen items."""
    books, items = choosing.open_items(work, terms, *meant)
    changes = coding.take_off(books, work, code, items, asked)
    if not changes:
        raise Refusal("CODE_NOT_SET", f"code {code} is on none of it")
    return coding.close(books, work, asked, changes)
