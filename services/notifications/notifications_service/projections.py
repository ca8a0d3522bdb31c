"""What others' facts make notifications write: one notice an event, template and recipient."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from notifications_service import holds, store
from notifications_service.domain.outcome import NoticeState
from notifications_service.domain.plaintext import (
    address_trouble,
    is_one_line_each,
    one_line,
    one_line_each,
    postal_lines,
)
from notifications_service.domain.wording import Wording, WordingFailed, word
from notifications_service.rulebook import NoticeTerms
from notifications_service.seen import BillCorrectedSeen, PaymentPostedSeen, PaymentReversedSeen
from notifications_service.store import NewNotice
from taxkit import jsontext
from taxkit.contracts import TYPE_PREFIX, IncomingEvent
from taxkit.errors import Permanent
from taxkit.ids import new_id
from taxkit.inbox import Ordering, Subscription, Work

_NAME_LENGTH_MAX = 120


def on_receipt_event(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue what a receipt's events call for, by the law of their business date."""
    queue(app, work, [(event, event.data["business_date"]) for event in events])


def on_bill_corrected(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Queue a word to the owner, by the law of the day the correction counts from."""
    queue(app, work, [(event, event.data["corrected_on"]) for event in events])


def queue(app: Any, work: Work, events: Sequence[tuple[IncomingEvent, date]]) -> None:
    """Queue what each event calls for; sending is the sender's business, later."""
    notices: list[NewNotice] = []
    used: dict[tuple[str, str], Wording] = {}
    held = _held(app, work, events)
    for event, day in events:
        terms = app.law.at(day)
        for template in terms.by_event.get(event.type_name.removeprefix(f"{TYPE_PREFIX}."), ()):
            if not terms.occasions[template.name].is_given(event.data):
                continue
            if template.name in terms.not_while_held and event.data["parcel_number"] in held:
                continue
            used[template.name, template.version] = template
            sender = app.settings.notice_sender or terms.sender
            notices.append(notice_of(event, terms, template, sender, work))
    store.keep_templates(work.connection, list(used.values()))
    store.queue(work.connection, notices)


def _held(app: Any, work: Work, events: Sequence[tuple[IncomingEvent, date]]) -> frozenset[str]:
    """Which parcels are held, asked only where a notice that is wanted minds it."""
    minded = [
        event.data["parcel_number"]
        for event, day in events
        for terms in [app.law.at(day)]
        for template in terms.by_event.get(event.type_name.removeprefix(f"{TYPE_PREFIX}."), ())
        if template.name in terms.not_while_held
    ]
    return holds.held(work.connection, minded, work.clock.today())


def _plain(told: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """An event's data with each text on one line, and as JSON."""
    written = jsontext.written(told)
    if is_one_line_each(written):
        return told, written
    data = one_line_each(told)
    return data, jsontext.written(data)


def notice_of(
    event: IncomingEvent, terms: NoticeTerms, template: Wording, sender: str, work: Work
) -> NewNotice:
    """Write a notice to its recipient; without a usable address it is one to print."""
    data, written = _plain(event.told)
    recipient = terms.recipients[template.name].value
    person = data.get(recipient)
    if person is None:
        raise Permanent("TEMPLATE_FAILED", f"{template.name} is for the {recipient}: none is named")
    email = person["email"] or ""
    trouble = address_trouble(email) if email else f"the {recipient} gave no address"
    if template.name in terms.on_paper:
        trouble = "it goes by post"
    try:
        words = word(template, data)
    except WordingFailed as error:
        raise Permanent("TEMPLATE_FAILED", str(error)) from error
    now = work.clock.now()
    return NewNotice(
        notice_id=event.data.get("notice_id") or new_id(),  # named by who asked for it
        event_id=event.event_id,
        receipt_id=event.data.get("receipt_id"),
        bill_id=None if "receipt_id" in event.data else event.data.get("bill_id"),
        sequence=event.sequence,
        template=template.name,
        template_version=template.version,
        rule_id=terms.rule_id,
        recipient="" if trouble else email,
        recipient_name=one_line(person["name"])[:_NAME_LENGTH_MAX],
        postal_address=postal_lines(event.told[recipient].get("mailing_address")),
        sender=sender,
        subject_line=words.subject_line,
        body=words.body,
        data=written,
        state=(NoticeState.TO_PRINT if trouble else NoticeState.PENDING).value,
        reason=trouble,
        queued_at=now,
        due_at=now,
        traceparent=event.traceparent,
    )


PAYMENT_POSTED = Subscription(
    owner="cashiering",
    event="PaymentPosted.v1",
    method="on_payment_posted",
    schema=PaymentPostedSeen(),
    handle=on_receipt_event,
    ordering=Ordering.IN_SEQUENCE,
)
PAYMENT_REVERSED = Subscription(
    owner="cashiering",
    event="PaymentReversed.v1",
    method="on_payment_reversed",
    schema=PaymentReversedSeen(),
    handle=on_receipt_event,
    ordering=Ordering.IN_SEQUENCE,
)
# Of most bills' issue nobody is told here: nothing waits for it.
BILL_CORRECTED = Subscription(
    owner="levy",
    event="BillCorrected.v1",
    method="on_bill_corrected",
    schema=BillCorrectedSeen(),
    handle=on_bill_corrected,
    ordering=Ordering.ANY,
)
