"""Refuses a contract that breaks what was published before.

Within a version a field keeps its name, type, list of values and limits, and stays as sure to be
there as it was: subscribers rely on it, and older messages still wait in queues and archives. For
the same reason an added field is optional. New events and new versions may always come.

What was published is kept twice: in the repository's history, and in libs/contracts/published,
which `make publish` writes: a break is refused without a history, and many commits later.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Schemas = Mapping[str, dict[str, Any]]
_SUFFIX = ".schema.json"
# What explains a schema without constraining a message.
_WORDS = {"$schema", "$id", "title", "description", "examples", "default", "deprecated"}
_WALKED = {"properties", "required", "items"}


def breaks(before: Schemas, now: Schemas) -> list[str]:
    """Every way in which the schemas of now let down a reader of those before."""
    found = [f"{name}: no longer published" for name in sorted(before.keys() - now.keys())]
    for name in sorted(before.keys() & now.keys()):
        found += [f"{name}: {each}" for each in _compared("", before[name], now[name])]
    return found


def _compared(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for keyword in sorted((old.keys() | new.keys()) - _WORDS - _WALKED):
        was, is_now = _unordered(old.get(keyword)), _unordered(new.get(keyword))
        if was != is_now:
            yield f"{where or 'message'}: {keyword} was {was}, now is {is_now}"
    yield from _compared_fields(where, old, new)
    if "items" in old and "items" in new:
        yield from _compared(f"{where}[]", old["items"], new["items"])
    elif "items" in old or "items" in new:
        yield f"{where}: items were or are no longer described"


def _compared_fields(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    had, has = old.get("properties", {}), new.get("properties", {})
    was_sure, is_sure = set(old.get("required", ())), set(new.get("required", ()))
    for name in sorted(had.keys() | has.keys()):
        path = f"{where}.{name}".lstrip(".")
        if name not in has:
            yield f"{path}: removed"
            continue
        if name in had:
            yield from _compared(path, had[name], has[name])
        if name in was_sure - is_sure:
            yield f"{path}: was always there, now is optional"
        elif name in is_sure - was_sure:
            what = "was optional" if name in had else "is new"
            yield f"{path}: {what}, so messages from before lack it: it cannot be required"


def _unordered(value: Any) -> Any:
    """Lists in a schema are sets of types or values."""
    return sorted(value, key=str) if isinstance(value, list) else value


def schemas_in(files: Mapping[str, str]) -> Schemas:
    """The schemas among files, by "owner/Event.v1"."""
    return {
        "/".join(Path(name).parts[-2:]).removesuffix(_SUFFIX): json.loads(text)
        for name, text in files.items()
        if name.endswith(_SUFFIX)
    }


def kept(path: Path) -> Schemas:
    """The schemas that were published, from their file; none before the first time."""
    if not path.exists():
        return {}
    found: Schemas = json.loads(path.read_text(encoding="utf-8"))
    return found


def keep(path: Path, published: Schemas) -> None:
    """Write what is published to its file, without the words that bind nobody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    bare = {name: _bare(schema) for name, schema in published.items()}
    path.write_text(json.dumps(bare, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema's constraints; a field may have a name that is a word elsewhere."""
    found = {word: value for word, value in schema.items() if word not in _WORDS}
    if "properties" in found:
        found["properties"] = {name: _bare(field) for name, field in found["properties"].items()}
    if "items" in found:
        found["items"] = _bare(found["items"])
    return found


def schemas_at(root: Path, reference: str, folder: str) -> Schemas:
    """The schemas as they were at a git reference; none where there were none."""
    names = _git(root, "ls-tree", "-r", "--name-only", reference, "--", f"{folder}/").splitlines()
    wanted = [name for name in names if name.endswith(_SUFFIX)]
    return schemas_in({name: _git(root, "show", f"{reference}:{name}") for name in wanted})


def baseline(root: Path) -> str:
    """The reference that holds what is published; empty outside a repository with commits."""
    if tag := _git(root, "describe", "--tags", "--abbrev=0", refuse=False):
        return tag
    head = _git(root, "rev-parse", "--verify", "--quiet", "HEAD", refuse=False)
    for main in ("origin/main", "main"):
        if left := _git(root, "merge-base", "HEAD", main, refuse=False):
            return left
    return head


def _git(root: Path, *words: str, refuse: bool = True) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *words], check=False, capture_output=True, text=True
    )
    if done.returncode and refuse:
        raise SystemExit(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip() if done.returncode == 0 else ""
