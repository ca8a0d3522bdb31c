"""House rules that no linter knows."""

import ast
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import house
import sql_order

# What is longer than allowed, and why it may stay. It may shrink and go, nothing may join without
# a reason: "file" or "file::function".
LONGER_WITH_REASON: dict[str, str] = {}
# Where a jurisdiction's id may stand in code, and why.
JURISDICTION_IN_CODE = {
    "libs/taxkit/src/taxkit/config.py": "the default of a setting",
    "libs/devkit/src/devkit/place.py": "the default of a setting",
    "libs/cli/src/millage_cli/roll.py": "the default of an option",
}
# What tells people of the example, and names whose it is.
EXAMPLES_IN_CODE = {
    "libs/devkit/src/devkit/demo.py",
    "libs/devkit/src/devkit/demo_bills.py",
    "libs/taxkit/src/taxkit/testing.py",
}
# Which rows come of it, and why any will do.
ORDER_LEFT_OPEN = {
    "libs/taxkit/src/taxkit/audit.py": "what is to be sealed is read in the order it lies in",
}
CLOCKS = {
    "libs/taxkit/src/taxkit/clock.py": "it is the clock",
    "libs/taxkit/src/taxkit/ids.py": "it makes the ids",
    "libs/taxkit/src/taxkit/testing.py": "an expired token needs a real past",
}


@pytest.fixture(scope="module")
def trees():
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in house.python_files()}


def test_functions_fit_on_a_screen(trees):
    """At most 40 lines."""
    found = {
        f"{house.shown(path)}::{name}": lines
        for path, tree in trees.items()
        for name, lines in house.long_functions(tree)
    }

    assert {name: n for name, n in found.items() if name not in LONGER_WITH_REASON} == {}


def test_files_can_be_read_in_one_go(trees):
    """At most 300 lines; tests 400."""
    found = {}
    for path in trees:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        limit = house.TEST_FILE_LINES_MAX if house.is_test(path) else house.FILE_LINES_MAX
        if lines > limit and house.shown(path) not in LONGER_WITH_REASON:
            found[house.shown(path)] = lines

    assert found == {}


def test_every_exception_is_still_needed(trees):
    """The list of what may be longer only shrinks."""
    too_long = {
        f"{house.shown(path)}::{name}"
        for path, tree in trees.items()
        for name, _ in house.long_functions(tree)
    }
    needed = too_long | {
        house.shown(path)
        for path in trees
        if len(path.read_text(encoding="utf-8").splitlines()) > house.FILE_LINES_MAX
    }

    assert set() == LONGER_WITH_REASON.keys() - needed
    assert all(LONGER_WITH_REASON.values())


def test_names_say_something(trees):
    """No file or folder is called utils, helpers, common, manager or misc."""
    vague = [
        house.shown(path)
        for path in trees
        if house.BANNED_NAMES.intersection(
            {part.removesuffix(".py") for part in path.relative_to(house.ROOT).parts}
        )
    ]

    assert vague == []


def test_money_is_never_a_float(trees):
    """No float in a domain, a table or a migration, neither in Python nor in SQL."""
    watched = {"domain", "migrations"}
    found = [
        f"{house.shown(path)}:{line}"
        for path, tree in trees.items()
        if "services" in path.parts and not house.is_test(path)
        if watched.intersection(path.parts) or path.name == "tables.py"
        for line in house.floats(tree)
    ]

    assert found == []


def test_time_and_chance_are_arguments(trees):
    """Only taxkit.clock reads the wall clock, only taxkit.ids makes ids."""
    found = [
        f"{house.shown(path)}:{line} {name}"
        for path in house.product_files()
        if house.shown(path) not in CLOCKS and "devkit" not in path.parts
        for line, name in house.ambient_calls(trees[path])
    ]

    assert found == []


def test_a_process_is_started_and_never_copied(trees):
    """A fork of a process with threads copies locks nobody will open; gRPC's crash in it."""
    found = [
        f"{house.shown(path)}:{line}"
        for path in house.python_files()
        for line in house.forks(trees[path])
    ]

    assert found == []


def test_sql_is_read_by_every_postgresql(trees):
    """Digits are grouped in Python alone: a server before version 16 refuses them in SQL."""
    found = [
        f"{house.shown(path)}:{line}"
        for path in house.python_files()
        if not house.is_test(path)
        for line in house.grouped_digits_in_sql(trees[path])
    ]

    assert found == []


def test_law_is_data(trees):
    """No jurisdiction's id stands in code, but as a setting's default or in an example."""
    known = {folder.name for folder in (house.ROOT / "jurisdictions").iterdir() if folder.is_dir()}
    found = [
        f"{house.shown(path)}:{line}"
        for path in house.product_files()
        if house.shown(path) not in JURISDICTION_IN_CODE and path.name != "events.py"
        for line, text in house.strings(trees[path])
        if any(name in text for name in known)
    ]

    assert found == []


def test_nothing_is_called_after_a_place(trees):
    """No class, function, variable, column or text names a state or county whose pack is here."""
    packs = (house.ROOT / "jurisdictions").glob("*/jurisdiction.yaml")
    told = [re.search(r'^name: "(.+)"$', file.read_text(), re.MULTILINE)[1] for file in packs]
    # "Cook County, Illinois"; "Florida, real property tax": capitals are the place's.
    places = set().union(*(re.findall(r"[A-Z][a-z]+", name) for name in told)) - {"County"}
    places = {place.lower() for place in places}
    assert len(places) >= len(told)
    told_to_people = EXAMPLES_IN_CODE | JURISDICTION_IN_CODE.keys()
    found = []
    for path in house.deployed_files():
        said = list(house.names(trees[path]))
        if house.shown(path) not in told_to_people and path.name != "events.py":
            said += house.strings(trees[path])
        found += [
            f"{house.shown(path)}:{line}: {text[:40]}"
            for line, text in said
            if places & house.words_of(text)
        ]

    assert found == []


def test_no_code_asks_which_place_it_is_in(trees):
    """A new county is a new folder, never a new `if`."""
    found = [
        f"{house.shown(path)}:{line}"
        for path in house.product_files()
        for line in house.questions_of_place(trees[path])
    ]

    assert found == []


def test_every_event_has_its_files():
    """A schema class of an event stands in events/, with schema and example."""
    missing = [
        f"{path.parent.parent.name}: {node.name}"
        for path in sorted(house.ROOT.glob("services/*/*_service/events.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "EventType"
        for name in [_keyword(node, "name")]
        for kind in ("schema", "example")
        if not list(
            (house.ROOT / "events" / path.parent.parent.name).glob(f"{name}.v*.{kind}.json")
        )
    ]

    assert missing == []


def test_every_domain_module_is_tested():
    """Each is imported by a test of its service, or by another domain module that is."""
    untested = [
        house.shown(path)
        for service in sorted((house.ROOT / "services").iterdir())
        for path in _unreached(service)
    ]

    assert untested == []


def _keyword(call, name):
    return next(ast.literal_eval(word.value) for word in call.keywords if word.arg == name)


def _unreached(service):
    """Modules of a domain that no test leads to."""
    modules = {
        ".".join(path.relative_to(service).with_suffix("").parts).removesuffix(".__init__"): path
        for path in service.glob("*_service/domain/**/*.py")
    }
    waiting = [name for path in service.glob("tests/**/*.py") for name in _imports(path)]
    reached = set()
    while waiting:
        name = waiting.pop()
        if name in modules and name not in reached:
            reached.add(name)
            waiting += _imports(modules[name])
    return [
        path
        for name, path in sorted(modules.items())
        if name not in reached and path.name != "__init__.py"
    ]


def _imports(path):
    """Every module a file may mean by its imports: `from a import b` means a, and perhaps a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_order_is_left_to_the_database(trees):
    """What is cut off or gathered in SQL is put in order first: plans differ, results may not."""
    found = {
        f"{house.shown(path)}:{line}": what
        for path in house.product_files()
        if house.shown(path) not in ORDER_LEFT_OPEN
        for line, what in sql_order.open_orders(trees[path])
    }

    assert found == {}
