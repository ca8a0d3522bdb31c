"""From chunks of bytes to records, holding at most one line and one open item."""

import codecs
import re
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from cashiering_service.domain.remittance.records import BadFile, FileProblem, Record, Trailer

_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Any line long enough to be refused for its length has as many.
_SAMPLE = 16
_EBCDIC = "cp037"


R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Layout(Protocol[R_co]):
    """A file format, told one line at a time."""

    encoding: str
    max_line_bytes: int
    # The length of every record, where a file may come without ends of lines; 0: it may not.
    record_bytes: int

    @property
    def padding(self) -> str:
        """What may fill a file up after its trailer; empty where nothing may."""

    @property
    def begun(self) -> bool:
        """Whether the opening record was recognized."""

    @property
    def complete(self) -> bool:
        """Whether the trailer has been read and everything before it agreed with it."""

    @property
    def open_ended(self) -> bool:
        """Whether the format has no trailer, so that any line may be the last."""

    def take(self, line_number: int, text: str) -> Iterator[R_co]:
        """Read a line; yield the payments that it completes."""

    def trailer(self) -> Trailer:
        """Sum up a complete file."""


class FileReader(Generic[R]):
    """Feed it bytes in any pieces; the records do not depend on where the pieces end."""

    def __init__(self, layout: Layout[R]) -> None:
        self._layout = layout
        self._pending = b""
        self._lines_read = 0
        self._failure: BadFile | None = None
        ends = rb"[\x15\x25]" if layout.encoding == _EBCDIC else rb"\n"
        self._line_end = re.compile(ends)
        # Whether records follow each other without ends of lines; unknown until one is there.
        self._is_unbroken: bool | None = None if layout.record_bytes else False

    def feed(self, chunk: bytes) -> Iterator[R | Trailer]:
        """Yield what the chunk completes. Exhaust it before feeding the next one."""
        self._refuse_if_failed()
        *lines, self._pending = self._cut(self._pending + chunk)
        for line in lines:
            yield from self._guarded(line)
        # A carriage return may yet turn out to belong to the line's end.
        if len(self._pending) > self._layout.max_line_bytes + 1:
            yield from self._guarded(self._pending)

    def close(self) -> Iterator[R | Trailer]:
        """Yield what is left, the Trailer last; refuse a file that is not whole."""
        self._refuse_if_failed()
        if self._is_unbroken:
            self._pending = self._pending.rstrip(b"\r\n\x1a")
        if self._pending:
            last, self._pending = self._pending, b""
            try:
                yield from self._guarded(last)
            except BadFile as bad:
                if bad.reason is FileProblem.BAD_RECORD and self._layout.begun:
                    raise self._truncated() from bad
                raise
        if not self._layout.begun:
            raise BadFile(FileProblem.FILE_EMPTY, self._lines_read, "there is nothing in the file")
        if not self._layout.complete and not self._layout.open_ended:
            raise self._truncated()
        yield self._layout.trailer()

    def _cut(self, content: bytes) -> list[bytes]:
        """Take content apart into lines, the last one yet to be ended."""
        size = self._layout.record_bytes
        if self._is_unbroken is None:
            start = content[: size + 2]
            if self._line_end.search(start):
                self._is_unbroken = False
            elif len(start) == size + 2:
                self._is_unbroken = True
            else:
                return [content]
        if not self._is_unbroken:
            return self._line_end.split(content)
        whole = len(content) // size * size
        return [*(content[at : at + size] for at in range(0, whole, size)), content[whole:]]

    def _guarded(self, line: bytes) -> Iterator[R | Trailer]:
        try:
            yield from self._take(line)
        except BadFile as bad:
            self._failure = bad
            raise

    def _take(self, line: bytes) -> Iterator[R | Trailer]:
        self._lines_read += 1
        number = self._lines_read
        line = line.removesuffix(b"\r")
        if number == 1:
            self._refuse_foreign(line)
        limit = self._layout.max_line_bytes
        if len(line) > limit:
            raise BadFile(
                FileProblem.LINE_TOO_LONG,
                number,
                f"lines of this layout have at most {limit} bytes and end with LF or CR LF",
            )
        text = self._decode(number, line)
        if not text or text.isspace():
            return
        if self._layout.complete:
            if text == self._layout.padding:
                return
            raise BadFile(FileProblem.BAD_RECORD, number, "there is more after the trailer")
        yield from self._layout.take(number, text)

    def _refuse_foreign(self, line: bytes) -> None:
        """Say what a file is that no layout here can be written in."""
        start = line[:_SAMPLE]
        found = ""
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            found = "UTF-16"
        elif self._layout.encoding == _EBCDIC:
            return
        elif len(start) == _SAMPLE and _is_mainframe(start):
            found = "EBCDIC"
        if found:
            raise BadFile(
                FileProblem.BAD_ENCODING,
                1,
                f"the file is written in {found}: have the sender write it in"
                f" {self._layout.encoding}",
            )

    def _decode(self, number: int, line: bytes) -> str:
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        try:
            text = line.decode(self._layout.encoding)
        except UnicodeDecodeError as cause:
            raise BadFile(
                FileProblem.BAD_ENCODING,
                number,
                f"byte {cause.start + 1} of the line, 0x{line[cause.start]:02x}, "
                f"is not {self._layout.encoding}",
            ) from cause
        if found := _CONTROL_CHARACTER.search(text):
            zero = found[0] == "\x00"
            raise BadFile(
                FileProblem.BAD_ENCODING if zero else FileProblem.BAD_RECORD,
                number,
                f"control character 0x{ord(found[0]):02x} at column {found.start() + 1}"
                + (": lines end with LF or CR LF, not with CR" if found[0] == "\r" else ""),
            )
        return text

    def _refuse_if_failed(self) -> None:
        """A bad file stays bad, whatever is fed to it later."""
        if self._failure is not None:
            raise self._failure

    def _truncated(self) -> BadFile:
        self._failure = BadFile(
            FileProblem.FILE_TRUNCATED,
            self._lines_read,
            "the file ends before its trailer: ask the sender for the whole file",
        )
        return self._failure


def _is_mainframe(start: bytes) -> bool:
    """Whether bytes are blanks, letters, digits and commas as mainframes write them."""
    if sum(byte in b"\x40\x4b\x60\x61\x6b\x6d" or byte > 0x80 for byte in start) < len(start) - 1:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return True
    return False


RemittanceReader = FileReader[Record]
