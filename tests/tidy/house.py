"""What the tidy tests look at: the repository's own Python files, and what they find in one."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 300
TEST_FILE_LINES_MAX = 400
BANNED_NAMES = {"utils", "helpers", "common", "manager", "misc"}
# Reads the wall clock or rolls dice; the value is the module that may.
AMBIENT = {
    "datetime.now": "taxkit.clock",
    "datetime.utcnow": "taxkit.clock",
    "datetime.today": "taxkit.clock",
    "date.today": "taxkit.clock",
    "uuid.uuid1": "taxkit.ids",
    "uuid.uuid4": "taxkit.ids",
    "uuid4": "taxkit.ids",
}
# With one of these `subprocess` forks; without, the child is the new program from its first step.
_FORKING_OPTIONS = {"preexec_fn", "user", "group", "extra_groups"}
# What says which place's law it is; the law of the place is asked instead.
_PLACES = {"jurisdiction", "jurisdiction_id", "county", "subdivision", "pack", "pack_id"}
# Whose id, name or code says it, too.
_OF_PLACE, _SAYS = {"pack", "jurisdiction", "place", "law"}, {"id", "name", "code"}
_WORDS = re.compile(r"[A-Z]?[a-z]+")
_ELSEWHERE = {".venv", ".git", ".millage", "node_modules", "__pycache__", "build"}
_FOLDERS = ("libs", "services", "tools", "tests", "bench", "examples", "deploy")


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file written by hand."""
    return tuple(
        path
        for folder in _FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not _ELSEWHERE.intersection(path.relative_to(ROOT).parts) and "_pb2" not in path.name
    )


def is_test(path: Path) -> bool:
    return "tests" in path.parts or path.name == "conftest.py"


def product_files() -> list[Path]:
    """What is deployed: libraries and services, without their tests, tools or migrations."""
    return [path for path in deployed_files() if "migrations" not in path.parts]


def deployed_files() -> list[Path]:
    """Product files and migrations."""
    return [
        path
        for path in python_files()
        if path.relative_to(ROOT).parts[0] in {"libs", "services"} and not is_test(path)
    ]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def long_functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Functions longer than the house allows, with their number of lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.name, lines


def floats(tree: ast.AST) -> Iterator[int]:
    """Lines with a float: the name, a literal, or SQLAlchemy's and SQL's types for one."""
    for node in ast.walk(tree):
        if _names_float(node) or (isinstance(node, ast.Constant) and _is_float(node.value)):
            yield node.lineno


def _names_float(node: ast.AST) -> bool:
    name = node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")
    return name in {"float", "Float", "Double", "REAL"}


def _is_float(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, str) and _float_column(value))


def _float_column(text: str) -> bool:
    words = text.lower().split()
    return "create" in words and bool(
        {"real", "real,", "float", "float8", "float4"}.intersection(words)
        or "double precision" in text.lower()
    )


def ambient_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that take time or chance from the surroundings instead of an argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            for banned in AMBIENT:
                if name == banned or name.endswith("." + banned):
                    yield node.lineno, name


def forks(tree: ast.AST) -> Iterator[int]:
    """Calls that copy this process, threads' locks and all, instead of starting a program."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            given = {keyword.arg for keyword in node.keywords}
            of_subprocess = name.startswith("subprocess.") and given & _FORKING_OPTIONS
            if of_subprocess or name in {"os.fork", "os.forkpty", "multiprocessing.Process"}:
                yield node.lineno


# PostgreSQL reads 1_000 as a number from version 16 on; counties run older ones.
_SQL = re.compile(r"\b(select|insert into|update|delete from|create|alter)\b", re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\w.'-])\d+(?:_\d{3})+\b")


def grouped_digits_in_sql(tree: ast.AST) -> Iterator[int]:
    """Statements with a number written as Python groups its digits."""
    for line, text in strings(tree):
        if _SQL.search(text) and _GROUPED.search(text):
            yield line


def questions_of_place(tree: ast.AST) -> Iterator[int]:
    """Where code asks which place it is in: it compares, matches or tests its name."""
    for node in ast.walk(tree):
        asked: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            asked = [node.subject]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            asked = [node.func.value] if node.func.attr in {"startswith", "endswith"} else []
        compared_with_text = not isinstance(node, ast.Compare) or any(map(_holds_text, asked))
        if compared_with_text and any(map(_names_place, asked)):
            yield node.lineno


def _names_place(node: ast.expr) -> bool:
    if _last_name(node) in _SAYS and isinstance(node, ast.Attribute):
        return _last_name(node.value).lstrip("_") in _OF_PLACE
    return _last_name(node) in _PLACES


def _holds_text(node: ast.expr) -> bool:
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and bool(each.value)
        for each in ast.walk(node)
    )


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def words_of(text: str) -> set[str]:
    """Its words in small letters, of snake_case and CamelCase, too."""
    return {word.lower() for word in _WORDS.findall(text)}


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What code calls things: classes, functions, variables, fields and arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.Name | ast.Attribute):
            yield node.lineno, _last_name(node)
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.lineno, node.arg


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Text in code; docstrings are not code."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and id(node) not in docstrings:
            yield node.lineno, text
