"""SQL that leaves an order to the database: it may be another one with the next plan."""

import ast
import re
from collections.abc import Iterator

_AGGREGATE = re.compile(r"\b(?:array|string|json|jsonb)_agg$")
_LIMIT = re.compile(r"\blimit\b (?=[\d%?])")
_ORDERED = re.compile(r"\border by\b")
# Whether there is any row at all, or the first of rows that are all alike.
_ANY_ROW = re.compile(r"select (?:1 |'' )?from\b")
_PIECE = re.compile(r"('(?:[^']|'')*'|[()])")
_UNKNOWN = "?"


def open_orders(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines of texts that are SQL and leave an order open, and what does."""
    for line, text in _texts(tree):
        for before, inner in _scopes(text):
            if found := _fault(before, inner):
                yield line, found


def _fault(before: str, inner: str) -> str:
    if _AGGREGATE.search(before) and not (_ORDERED.search(inner) or inner.startswith("distinct ")):
        return f"{before.rsplit(maxsplit=1)[-1]} without order by"
    if "distinct on" in inner and not _ORDERED.search(inner):
        return "distinct on without order by"
    for limit in _LIMIT.finditer(inner):
        head = inner[: limit.start()]
        if " from " in head and not (_ORDERED.search(head) or _ANY_ROW.search(head)):
            return "limit without order by"
    return ""


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string as written; what an f-string puts in is a question mark."""
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in ast.walk(node) if part is not node)
            parts = (
                str(part.value) if isinstance(part, ast.Constant) else _UNKNOWN
                for part in node.values
            )
            yield node.lineno, "".join(parts)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.lineno, node.value


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """What stands in each pair of parentheses, and in none, each with what stands before it."""
    if not re.search(r"\bselect\b|\bfrom\b|_agg\b", text):
        return
    open_scopes = [""]
    for piece in _PIECE.split(text):
        if piece == "(":
            open_scopes.append("")
        elif piece != ")":
            open_scopes[-1] += "''" if piece.startswith("'") else piece
        elif len(open_scopes) > 1:
            inner = open_scopes.pop()
            yield open_scopes[-1].rstrip(), " ".join(inner.split())
            open_scopes[-1] += " () "
    for whole in open_scopes[:1]:
        yield "", " ".join(whole.split())
