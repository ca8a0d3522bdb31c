"""The gRPC servicer of miscellaneous sources."""

import grpc
from typing_extensions import override

from cashiering_service.sources import commands as source_commands
from cashiering_service.sources import store as sources_store
from cashiering_service.sources.answers import (
    day_asked,
    read_entry,
    read_plain_source,
    read_source,
    source_answer,
)
from cashiering_service.topic_api import CODE_MAX, NAME_MAX, Topic, asked
from millage.cashiering.v1 import sources_pb2 as pb
from millage.cashiering.v1 import sources_pb2_grpc as stubs
from taxkit import requests
from taxkit.auth import requires


class SourcesServicer(Topic, stubs.SourcesServiceServicer):
    @override
    @requires("cashiering.source.manage")
    def SetSource(self, request: pb.SetSourceRequest, context: grpc.ServicerContext) -> pb.Source:
        source, who = read_source(request.source), asked()
        return self._once(
            "SetSource",
            request,
            pb.Source,
            lambda connection: source_answer(
                source_commands.set_source(self._app, connection, who, source)
            ),
        )

    @override
    @requires("cashiering.source.create")
    def AddSourceAtCapture(
        self, request: pb.AddSourceAtCaptureRequest, context: grpc.ServicerContext
    ) -> pb.Source:
        source, who = read_plain_source(request), asked()
        return self._once(
            "AddSourceAtCapture",
            request,
            pb.Source,
            lambda connection: source_answer(
                source_commands.add_at_capture(self._app, connection, who, source)
            ),
        )

    @override
    @requires("cashiering.read")
    def GetSource(self, request: pb.GetSourceRequest, context: grpc.ServicerContext) -> pb.Source:
        code = requests.plain_text(request.source_code, "source_code", CODE_MAX)
        day = day_asked(request.as_of, self._app.clock.today())
        return self._read(
            lambda connection: source_answer(source_commands.source_as_of(connection, code, day))
        )

    @override
    @requires("cashiering.read")
    def ListSources(
        self, request: pb.ListSourcesRequest, context: grpc.ServicerContext
    ) -> pb.ListSourcesResponse:
        group = requests.plain_text(request.source_group, "source_group", NAME_MAX)
        day = day_asked(request.as_of, self._app.clock.today())
        return self._read(
            lambda connection: pb.ListSourcesResponse(
                sources=[
                    source_answer(one)
                    for one in sources_store.in_force(connection, day).values()
                    if group in {"", one.source_group}
                ]
            )
        )

    @override
    @requires("cashiering.read")
    def PriceEntry(
        self, request: pb.PriceEntryRequest, context: grpc.ServicerContext
    ) -> pb.PricedEntry:
        entry = read_entry(request.entry, "entry")
        day = day_asked(request.as_of, self._app.clock.today())
        with self._app.database.begin() as connection:
            found = source_commands.priced(connection, entry, day)
        return pb.PricedEntry(
            amount_cents=found.amount_cents,
            effective_from=found.source.effective_from.isoformat(),
            fields=found.fields,
            service_url=found.source.service_url,
        )
