"""What changed or ended elsewhere: each subscriber of its topic is written to, once an event."""

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


class ImportRunFinishedSeen(ReaderSchema):
    """What of a payment file's end the template may name."""

    run_id = fields.UUID(required=True)
    file_name = fields.String(required=True)
    layout = fields.String(required=True)
    business_date = fields.Date(required=True)
    state = fields.String(required=True)
    line_count = fields.Integer(required=True, strict=True)
    posted_count = fields.Integer(required=True, strict=True)
    suspense_count = fields.Integer(required=True, strict=True)
    rejected_count = fields.Integer(required=True, strict=True)
    duplicate_count = fields.Integer(required=True, strict=True)
    posted_cents = fields.Integer(required=True, strict=True)
    suspense_cents = fields.Integer(required=True, strict=True)


def on_told(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word to each subscriber of the topic, by the law of the day of the event."""
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
    handle=on_told,
    ordering=Ordering.ANY,
)
CODE_SETTING_CHANGED = Subscription(
    owner="receivables",
    event="CodeSettingChanged.v1",
    method="on_code_setting_changed",
    schema=CodeSettingChangedSeen(),
    handle=on_told,
    ordering=Ordering.ANY,
)
# What a file came to, and what of it a person has to look at (NOTI-012).
IMPORT_RUN_FINISHED = Subscription(
    owner="cashiering",
    event="ImportRunFinished.v1",
    method="on_import_run_finished",
    schema=ImportRunFinishedSeen(),
    handle=on_told,
    ordering=Ordering.ANY,
)
SUBSCRIPTIONS = (PROGRAM_CHANGED, CODE_SETTING_CHANGED, IMPORT_RUN_FINISHED)
