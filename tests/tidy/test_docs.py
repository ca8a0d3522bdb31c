"""Documents keep up with the tree: what they point to is there."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path
    for pattern in ("*.md", "docs/**/*.md", "services/*/README.md", "libs/*/README.md")
    for path in sorted(ROOT.glob(pattern))
] + [*sorted(ROOT.glob("deploy/**/*.md")), *sorted(ROOT.glob("examples/**/*.md"))]
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))
TOP = ("libs/", "services/", "tests/", "tools/", "docs/", "examples/", "deploy/", "jurisdictions/")
# A form, not a file: <id>, *, …, or made by a run.
_FORM = re.compile(r"[<>*{}…$]|\.millage|/secrets")


def names(pages):
    return [page.relative_to(ROOT).as_posix() for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_link_leads_somewhere(page):
    """A relative link names a file, and its anchor a heading of that file."""
    lost = []
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        target, _, anchor = unquote(link).partition("#")
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_a_path_that_is_named_exists(page):
    """`libs/…`, `tests/…` and so on in code marks are there, from the root or from the page."""
    marked = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    paths = {text.split("#")[0] for text in marked if text.startswith(TOP)}

    assert sorted(path for path in paths if not _FORM.search(path) and not there(page, path)) == []


@pytest.mark.parametrize("decision", DECISIONS, ids=names(DECISIONS))
def test_a_decision_is_complete(decision):
    """Status, date, and the four sections in their order; listed in the index."""
    text = decision.read_text(encoding="utf-8")

    assert re.search(r"^Status: (accepted|superseded by \[\d+\])", text, re.MULTILINE)
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "Confirmation",
    ]
    assert decision.name in (decision.parent / "README.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def there(page, path):
    return (ROOT / path).exists() or (page.parent / path).exists()
