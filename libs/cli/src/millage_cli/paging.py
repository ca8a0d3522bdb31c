"""Lists of services from their first page to their last."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from google.protobuf.message import Message

Page = TypeVar("Page", bound=Message)


def pages(ask: Callable[[Any], Page], request: Any) -> Iterator[Page]:
    """Each page as it comes, from the one that the request names to the last."""
    while True:
        page = ask(request)
        yield page
        token = page.next_page_token  # type: ignore[attr-defined]  # every list's answer has it
        if not token:
            return
        following = type(request)()
        following.CopyFrom(request)
        following.page_token = token
        request = following
