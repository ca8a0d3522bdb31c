"""The sample service's gRPC side, without a .proto: one method for each way a call can end."""

import time
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.wrappers_pb2 import StringValue

from taxkit import idempotency, rpc
from taxkit.app import App
from taxkit.auth import requires
from taxkit.errors import conflict, forbidden, invalid, not_found

SERVICE = "sample.v1.SampleService"
# What streams have said so far, for a test to see that a call is under way.
HEARD: list[str] = []


class SampleServicer:
    def __init__(self, app: App) -> None:
        self._app = app

    @requires("sample.read")
    def Echo(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        return StringValue(value=f"{rpc.caller().user} {request.value} {rpc.traceparent()}")

    @requires("sample.read")
    def Count(self, request: StringValue, context: grpc.ServicerContext) -> Iterator[StringValue]:
        for number in range(int(request.value)):
            yield StringValue(value=str(number))
        raise not_found("NO_MORE", "that was all")

    @requires("sample.write")
    def Refuse(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        raise {
            "invalid": invalid("BAD_AMOUNT", "an amount is positive", "amount_cents"),
            "conflict": conflict("TAKEN", "it is taken"),
            "forbidden": forbidden("NOT_YOURS", "it is not yours"),
        }[request.value]

    @requires("sample.write")
    def Once(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        key, _, text = request.value.partition(" ")

        def note() -> StringValue:
            connection.exec_driver_sql(
                "insert into effects (handler, subject, sequence, note) values ('rpc', '', 1, %s)",
                (text,),
            )
            return StringValue(value=f"noted {text}")

        with self._app.database.begin() as connection:
            return idempotency.once(connection, "Once", key, request, StringValue, note)

    @requires("sample.write")
    def Crash(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        raise ZeroDivisionError("secret detail")

    @requires("sample.read")
    def Slow(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        # In a transaction: whoever looks at the database sees that the call has begun.
        with self._app.database.begin() as connection:
            connection.exec_driver_sql("select 1")
            time.sleep(1)
        return request

    @requires("sample.read")
    def Select(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        with self._app.database.begin() as connection:
            return StringValue(value=str(connection.exec_driver_sql("select 1").scalar_one()))

    @requires("sample.write")
    def Gather(
        self, request_iterator: Iterator[StringValue], context: grpc.ServicerContext
    ) -> StringValue:
        return StringValue(value=" ".join(_heard(request_iterator)))

    def Undeclared(self, request: StringValue, context: grpc.ServicerContext) -> StringValue:
        return request


def _heard(words: Iterator[StringValue]) -> Iterator[str]:
    for one in words:
        HEARD.append(one.value)
        yield one.value


def add(servicer: Any, server: grpc.Server) -> None:
    """Do what a generated add_..._to_server would."""
    coded = {
        "request_deserializer": StringValue.FromString,
        "response_serializer": StringValue.SerializeToString,
    }
    methods = ("Echo", "Refuse", "Once", "Crash", "Slow", "Select", "Undeclared")
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(getattr(servicer, name), **coded)
        for name in methods
    }
    handlers["Count"] = grpc.unary_stream_rpc_method_handler(servicer.Count, **coded)
    handlers["Gather"] = grpc.stream_unary_rpc_method_handler(servicer.Gather, **coded)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))


def servicers(app: App) -> list[rpc.Servicer]:
    return [rpc.Servicer(SampleServicer(app), add, SERVICE)]
