"""Writes docs/reasons.md: every reason code the services give, from the code that gives it.

A code that is given no more is kept under "Retired": programs read codes, so none comes back with
another meaning.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.reason_meanings import MEANINGS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reasons.md"
SHARED = "every service"
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_KINDS = {
    "invalid": "INVALID_ARGUMENT",
    "not_found": "NOT_FOUND",
    "conflict": "ALREADY_EXISTS",
    "forbidden": "PERMISSION_DENIED",
    "Refusal": "FAILED_PRECONDITION",
    "_unknown": "UNAUTHENTICATED",
}
# Of a code that is put together: how it ends, and what it may begin with.
_BEGUN = {
    "_UNKNOWN": ("SURPLUS", "ESCROW"),
    "_NOT_OPEN": ("SURPLUS", "ESCROW"),
    "_INSUFFICIENT": ("SURPLUS", "ESCROW"),
}
_ENDED = {
    "BASKET_": ("PAUSED", "POSTING", "POSTED", "CLOSED"),
    "FLAG_": ("DNAP", "PROTEST", "BANKRUPTCY", "BAD_CHECK"),
}
# Written like codes, and something else.
_NO_CODES = re.compile(
    r"(MILLAGE|AMQP|SMTP|OTEL|GRPC|PYTHON|PSYCOPG|IMPORT_STATE)_.*|.*__.*"
    r"|MAX_AMOUNT_CENTS|ALREADY_EXISTS|FAILED_PRECONDITION|INVALID_ARGUMENT|NOT_FOUND"
    r"|PERMISSION_DENIED|RESOURCE_EXHAUSTED"
)
_HEAD = """# Reason codes

Generated from the code by `make generate`. A call that is refused ends with a `google.rpc.Status`;
its `ErrorInfo` has the domain `millage` and one of these reasons. Programs go by the reason and
people by the message, which says what stood in the way; `BadRequest` names the fields. What is
refused has changed nothing.

| status | what to do |
|---|---|
| `INVALID_ARGUMENT` | mend the request; the same one is refused again |
| `NOT_FOUND` | name what is there; what was posted elsewhere just now may still be on its way |
| `ALREADY_EXISTS` | it was done before, or by somebody else: look at what is there |
| `FAILED_PRECONDITION` | the state does not allow it: change that first, as the message says |
| `PERMISSION_DENIED` | ask an administrator for a role with the right, or a second person |
| `UNAUTHENTICATED` | get a new token |
| `RESOURCE_EXHAUSTED` | send less at once |
| `UNAVAILABLE` | try again with the same key |
| finding | of a line, basket, plan, file or message, told with it; what is refused for one \
ends as `INVALID_ARGUMENT` or `FAILED_PRECONDITION` |
"""


@dataclass(frozen=True, slots=True)
class Given:
    """A code as one place gives it."""

    code: str
    service: str
    status: str = ""
    said: str = ""


def given() -> list[Given]:
    """Every code in the product's own files, wherever it stands."""
    found: list[Given] = []
    for path in sorted([*ROOT.glob("services/*/*_service/**/*.py"), *_shared_files()]):
        service = path.relative_to(ROOT).parts[1] if "services" in path.parts else SHARED
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [one for node in ast.walk(tree) for one in _given_by(node, service)]
    return found


def _shared_files() -> Iterator[Path]:
    for library in ("taxkit", "reportkit"):
        for path in (ROOT / "libs" / library / "src").rglob("*.py"):
            if "trial" not in path.parts and path.name != "testing.py":
                yield path


def _given_by(node: ast.AST, service: str) -> Iterator[Given]:
    if isinstance(node, ast.Call) and node.args:
        name = ast.unparse(node.func)
        is_refusal = name in _KINDS
        for code in _codes(node.args[0], plain=is_refusal):
            yield Given(code, service, _status(node, name), _said(node))
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        for code in _codes(node, plain=False):
            yield Given(code, service)


def _codes(node: ast.expr, *, plain: bool) -> list[str]:
    """The codes an expression may stand for; a plain word is one where a code is expected."""
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body, plain=plain), *_codes(node.orelse, plain=plain)]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
        is_code = _CODE.fullmatch(text) or (plain and re.fullmatch("[A-Z]{3,}", text))
        return [text] if is_code and not _NO_CODES.fullmatch(text) else []
    if isinstance(node, ast.JoinedStr):
        return _put_together(node)
    return []


def _put_together(node: ast.JoinedStr) -> list[str]:
    fixed = [part.value for part in node.values if isinstance(part, ast.Constant)]
    if len(node.values) != 2 or len(fixed) != 1:
        return []
    text = str(fixed[0])
    begun = [f"{start}{text}" for start in _BEGUN.get(text, ())]
    return begun or [f"{text}{end}" for end in _ENDED.get(text, ())]


def _status(call: ast.Call, name: str) -> str:
    for word in call.keywords:
        if word.arg == "kind" and isinstance(word.value, ast.Attribute):
            kind = {"INVALID": "INVALID_ARGUMENT", "UNAVAILABLE": "UNAVAILABLE",
                    "UNAUTHENTICATED": "UNAUTHENTICATED", "EXHAUSTED": "RESOURCE_EXHAUSTED",
                    "CONFLICT": "ALREADY_EXISTS", "FORBIDDEN": "PERMISSION_DENIED",
                    "NOT_FOUND": "NOT_FOUND"}  # fmt: skip
            return kind.get(word.value.attr, _KINDS.get(name, ""))
    return _KINDS.get(name, "")


def _said(call: ast.Call) -> str:
    """The message beside a code: the longest text of the call, with … for what varies."""
    texts = [_text(one) for one in call.args[1:]]
    return max(texts, key=len, default="")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    return ""


def page(all_given: Sequence[Given], before: str) -> str:
    """The catalogue, with what it had before and no longer has under its own heading."""
    by_service: dict[str, dict[str, Given]] = {}
    for one in all_given:
        kept = by_service.setdefault(one.service, {})
        known = kept.get(one.code)
        if known is None or _weight(one) > _weight(known):
            kept[one.code] = one
    known_everywhere = by_service.get(SHARED, {})
    for service, kept in by_service.items():
        if service != SHARED:
            for code in [one for one in kept if not kept[one].status and one in known_everywhere]:
                del kept[code]
    parts = [_HEAD]
    for service in sorted(by_service, key=lambda name: (name != SHARED, name)):
        rows = [_row(by_service[service][code]) for code in sorted(by_service[service])]
        parts.append(f"\n## {service}\n\n| reason | status | what is said |\n|---|---|---|\n")
        parts += rows
    retired = sorted(codes_of(before) - {one.code for one in all_given})
    if retired:
        parts.append("\n## Retired\n\n| reason |\n|---|\n")
        parts += [f"| `{code}` |\n" for code in retired]
    return "".join(parts)


def codes_of(text: str) -> set[str]:
    """The codes a page has."""
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", text.partition("\n## ")[2], re.MULTILINE))


def _weight(one: Given) -> tuple[bool, bool]:
    return (bool(one.status), bool(one.said))


def _row(one: Given) -> str:
    said = one.said or MEANINGS.get(one.code) or one.code.replace("_", " ").lower()
    clean = " ".join(said.replace("|", "/").split())
    status = f"`{one.status}`" if one.status else "finding"
    return f"| `{one.code}` | {status} | {clean} |\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is missing")
    asked = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    found = given()
    if asked.check:
        missing = sorted({one.code for one in found} - codes_of(before))
        print("\n".join(missing))
        return 1 if missing else 0
    PAGE.write_text(page(found, before), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
