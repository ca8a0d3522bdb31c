"""Whether the written contract is well formed: AsyncAPI, JSON Schema, references, examples."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

ASYNCAPI = Path(__file__).parent / "asyncapi/3.0.0.schema.json"
_DOCUMENT = "events/asyncapi.yaml"


def faults(files: Mapping[str, str]) -> list[str]:
    """Everything wrong with the files of events/."""
    document = yaml.safe_load(files[_DOCUMENT])
    return [
        *_structure_faults(document),
        *_reference_faults(document, files),
        *_example_faults(files),
    ]


def _structure_faults(document: Any) -> Iterator[str]:
    validator = Draft7Validator(json.loads(ASYNCAPI.read_text(encoding="utf-8")))
    for error in validator.iter_errors(document):
        yield f"{_DOCUMENT}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _reference_faults(document: Any, files: Mapping[str, str]) -> Iterator[str]:
    for reference in sorted(_references(document)):
        if reference.startswith("#/"):
            try:
                _resolve(document, reference)
            except KeyError:
                yield f"{_DOCUMENT}: {reference} is not in the document"
        elif f"events/{reference}" not in files:
            yield f"{_DOCUMENT}: {reference} is not a file of events/"


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _resolve(document: Any, reference: str) -> Any:
    node = document
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return _resolve(document, node["$ref"]) if node.get("$ref", "").startswith("#/") else node


def _example_faults(files: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(files):
        if not name.endswith(".schema.json"):
            continue
        schema = json.loads(files[name])
        example = json.loads(files[name.replace(".schema.json", ".example.json")])
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            yield f"{name}: {error.message}"
            continue
        checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for fault in checker.iter_errors(example):
            yield f"{name}: the example does not fit: {fault.json_path}: {fault.message}"
