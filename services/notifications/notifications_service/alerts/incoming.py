"""What of others' settings changed: each subscriber of its topic is written to, once a change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields

from notifications_service import store
from notifications_service.alerts import subscriptions
from notifications_service.domain.wording import Wording
from notifications_service.projections import notice_of
from notifications_service.store import NewNotice
from taxkit.contracts import TYPE_PREFIX, IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work


class ProgramChangedSeen(ReaderSchema):
    """What of a discount program the templates may name."""

    tax_year = fields.Integer(required=True, strict=True)
    program = fields.String(required=True)
    offered = fields.Boolean(required=True)
    name = fields.String(required=True)
    periods = fields.List(fields.Dict(), required=True)


class CodeSettingChangedSeen(ReaderSchema):
    """What of a code the templates may name."""

    code = fields.String(required=True)
    description = fields.String(required=True)
    switches = fields.List(fields.String(), required=True)
    delinquent_notices = fields.String(required=True)
    effective_on = fields.Date(required=True)
    changed_by = fields.String(required=True)
    reason = fields.String(required=True)


def on_policy_changed(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word to each subscriber of what changed, by the law of the day it did."""
    notices: list[NewNotice] = []
    used: dict[str, Wording] = {}
    for event in events:
        terms = app.law.at(work.clock.date_of(event.time))
        sender = app.settings.notice_sender or terms.sender
        for template in terms.by_event.get(event.type_name.removeprefix(f"{TYPE_PREFIX}."), ()):
            for one in subscriptions.of_topic(work.connection, template.name):
                used[template.version] = template
                told = {**event.told, "subscriber": {"name": one.name, "email": one.email}}
                notices.append(notice_of(replace(event, told=told), terms, template, sender, work))
    store.keep_templates(work.connection, list(used.values()))
    store.queue(work.connection, notices)


PROGRAM_CHANGED = Subscription(
    owner="receivables",
    event="DiscountProgramChanged.v1",
    method="on_discount_program_changed",
    schema=ProgramChangedSeen(),
    handle=on_policy_changed,
    ordering=Ordering.ANY,
)
CODE_SETTING_CHANGED = Subscription(
    owner="receivables",
    event="CodeSettingChanged.v1",
    method="on_code_setting_changed",
    schema=CodeSettingChangedSeen(),
    handle=on_policy_changed,
    ordering=Ordering.ANY,
)
SUBSCRIPTIONS = (PROGRAM_CHANGED, CODE_SETTING_CHANGED)
