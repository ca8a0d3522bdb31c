"""A file that is sent again after years is known: its idempotency key never ends."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
from google.protobuf.descriptor import FileDescriptor

SERVICES = (
    "cashiering", "collections", "distribution", "levy", "notifications", "receivables", "taxsale",
)  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_every_command_that_takes_a_file_keeps_its_keys(service: str) -> None:
    """What a client streams is a file; `millage` makes the key of its content."""
    spec = importlib.import_module(f"{service}_service.bootstrap").SPEC

    assert set(spec.lasting_keys) == _streamed(service)


def _streamed(service: str) -> set[str]:
    package = importlib.import_module(f"millage.{service}.v1")
    return {
        method.name
        for file in _files(package)
        for offered in file.services_by_name.values()
        for method in offered.methods
        if method.client_streaming
    }


def _files(package: ModuleType) -> list[FileDescriptor]:
    (folder,) = package.__path__
    names = sorted(path.stem for path in Path(folder).glob("*_pb2.py"))
    return [importlib.import_module(f"{package.__name__}.{name}").DESCRIPTOR for name in names]
