"""The gRPC servicer of the counter's settings."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from cashiering_service.baskets import rulebook as basket_rulebook
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain import counter_settings as settings
from cashiering_service.domain.counter_settings import SETTINGS, SettingSet
from cashiering_service.domain.part_payments import Accepted
from cashiering_service.sessions import counter_settings as kept
from cashiering_service.sessions import tills
from cashiering_service.topic_api import CODE_MAX, Topic, asked
from millage.cashiering.v1 import settings_pb2 as pb
from millage.cashiering.v1 import settings_pb2_grpc as stubs
from taxkit import ids, requests
from taxkit.auth import requires
from taxkit.telemetry import trace_id_of


class SettingsServicer(Topic, stubs.SettingsServiceServicer):
    def __init__(self, app: CashieringApp) -> None:
        super().__init__(app)
        self._baskets = basket_rulebook.load(
            app.settings.jurisdictions_dir, app.settings.jurisdiction
        )

    @override
    @requires("cashiering.settings.manage")
    def SetCounterSetting(
        self, request: pb.SetCounterSettingRequest, context: grpc.ServicerContext
    ) -> pb.CounterSetting:
        requests.plain_text(request.name, "name", CODE_MAX)
        requests.plain_text(request.value, "value", CODE_MAX)
        start = requests.optional_date(request.effective_from, "effective_from")
        who, since = asked(), start or self._app.clock.today()
        answer = self._once(
            "SetCounterSetting",
            request,
            pb.CounterSetting,
            lambda connection: self._set(
                connection, who, SettingSet(request.name, request.value, since)
            ),
        )
        self._app.counter.read_now()
        return answer

    @override
    @requires("cashiering.read")
    def GetCounterSettings(
        self, request: pb.GetCounterSettingsRequest, context: grpc.ServicerContext
    ) -> pb.CounterSettings:
        on = requests.optional_date(request.on, "on") or self._app.clock.today()
        return self._read(
            lambda connection: pb.CounterSettings(
                on=on.isoformat(),
                settings=self._settings(on, kept.known(connection)),
                history=map(_told, kept.history(connection)),
            )
        )

    def _set(self, connection: Connection, who: Asked, given: SettingSet) -> pb.CounterSetting:
        """Keep a setting, and who changed it from what (CASH-012)."""
        day = given.effective_from
        settings.check(given.name, given.value, self._baskets.at(day).fixed_settings)
        before = {one.name: one for one in self._settings(day, kept.known(connection))}
        setting_id, now = ids.new_id(), self._app.clock.now()
        kept.add(
            connection,
            (setting_id, given.name, given.value, day, who.user, trace_id_of(who.traceparent), now),
        )
        tills.keep_change(
            connection,
            setting_id,
            f"setting/{given.name}",
            {"value": before[given.name].value},
            {"value": given.value, "effective_from": day.isoformat()},
            who.user,
            now,
        )
        after = {one.name: one for one in self._settings(day, kept.known(connection))}
        return after[given.name]

    def _settings(self, on: date, given: Sequence[SettingSet]) -> list[pb.CounterSetting]:
        law, fixed = self._of_law(on), self._baskets.at(on).fixed_settings
        found = []
        for name, values in SETTINGS.items():
            value = None if name in fixed else settings.value_on(name, on, given)
            found.append(
                pb.CounterSetting(
                    name=name,
                    value=value or law[name],
                    fixed=name in fixed,
                    values=values,
                    **{"from": "set" if value else "law"},
                )
            )
        return found

    def _of_law(self, on: date) -> Mapping[str, str]:
        law = self._app.law.as_written
        sources = law.source_rules(on)
        return {
            **settings.of_law(self._baskets.at(on)),
            settings.CREATE_SOURCE: settings.switch(is_on=sources.create_at_capture),
            settings.FREE_FORM_FUNDS: settings.switch(is_on=sources.free_form_funds),
            settings.DELINQUENCY_MESSAGE: settings.switch(is_on=law.receipt_message(on).is_shown),
            settings.PARTIAL_ONLY_CODED: settings.switch(
                is_on=self._app.parts.as_written.at(on).accepted is Accepted.CODED_ONLY
            ),
            settings.CUSTOM_RECEIPTS: settings.switch(is_on=law.custom_receipts_on(on)),
        }


def _told(row: Any) -> pb.SettingSet:
    return pb.SettingSet(
        setting_id=str(row.setting_id),
        name=row.name,
        value=row.value,
        effective_from=row.effective_from.isoformat(),
        set_by=row.set_by,
        recorded_at=row.recorded_at.isoformat(),
    )
