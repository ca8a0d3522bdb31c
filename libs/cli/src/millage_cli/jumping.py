"""Following a link of a basket: its request is made by the contract and sent where it leads."""

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pool, json_format
from google.protobuf.message import Message

from millage.cashiering.v1 import basket_pb2 as pb
from millage_cli.client import Client, new_key
from millage_cli.problems import usage

_KEY = "idempotency_key"


def request_of(link: pb.Link, more: Mapping[str, str] | None = None) -> Message:
    """The request that a link has begun, with more of its fields by their paths."""
    made: Message = _request_type(link.method)()
    for path, value in {**link.fields, **(more or {})}.items():
        _fill(made, path.split("."), value, path)
    return made


def follow(client: Client, link: pb.Link, more: Mapping[str, str] | None = None) -> Message:
    """Send a link's request; a command gets a key of its own unless one is given."""
    request = request_of(link, more)
    if _KEY in request.DESCRIPTOR.fields_by_name and not getattr(request, _KEY):
        setattr(request, _KEY, new_key())
    method = _method(link.method)
    service, _, name = link.method.partition("/")
    call: Any = client.channel(link.service).unary_unary(
        f"/{service}/{name}",
        request_serializer=lambda one: one.SerializeToString(),
        response_deserializer=_class_of(method.output_type).FromString,
    )
    answer: Message = call(request)
    return answer


def _request_type(path: str) -> Any:
    return _class_of(_method(path).input_type)


def _method(path: str) -> Any:
    service, _, name = path.partition("/")
    package = service.rpartition(".")[0]
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)
    found = descriptor_pool.Default().FindServiceByName(service)
    return found.methods_by_name[name]


def _class_of(descriptor: Any) -> Any:
    return descriptor._concrete_class  # noqa: SLF001 - what protobuf makes of a message's type


def _fill(message: Any, names: list[str], value: str, path: str) -> None:
    """Set a field by its path; a list gets one more, a map the key behind its name."""
    field = message.DESCRIPTOR.fields_by_name.get(names[0])
    if field is None:
        raise usage("FIELD_UNKNOWN", f"{path} is no field of {message.DESCRIPTOR.name}")
    here = getattr(message, field.name)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        here[".".join(names[1:])] = value
    elif field.message_type is not None:
        _fill(here, names[1:], value, path)
    else:
        sent = [value] if field.is_repeated else value
        try:
            one = json_format.ParseDict({field.name: sent}, type(message)())
        except json_format.ParseError as error:
            raise usage("FIELD_INVALID", f"{path} is {value!r}: {error}"[:300]) from error
        message.MergeFrom(one)
