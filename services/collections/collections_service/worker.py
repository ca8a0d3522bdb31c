"""Collections' nameko service: wiring only."""

from typing import Any

from collections_service import codes, owners, projections, stays
from collections_service.bootstrap import SPEC
from collections_service.exceptions import gl
from collections_service.exceptions import incoming as exceptions
from collections_service.notices import incoming as notices
from collections_service.notices import stalled
from collections_service.notices.sending import send_waiting
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox


def _send(self: Any) -> None:
    send_waiting(self.app)


def _look(self: Any) -> None:
    stalled.look(self.app)


class CollectionsWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_code_setting_changed = consume(codes.CODE_SETTING_CHANGED)
    on_bill_code_changed = consume(codes.BILL_CODE_CHANGED)
    on_import_line_exception = consume(exceptions.IMPORT_LINE_EXCEPTION)
    on_surplus_changed = consume(exceptions.SURPLUS_CHANGED)
    on_gl_posted = consume(gl.GL_POSTED)
    on_parties_changed = consume(owners.PARTIES_CHANGED)
    on_plan_status_changed = consume(stays.PLAN_STATUS_CHANGED)
    on_flag_changed = consume(stays.FLAG_CHANGED)
    on_bill_notice_sent = consume(notices.BILL_NOTICE_SENT)
    on_bill_notice_failed = consume(notices.BILL_NOTICE_FAILED)
    on_notice_printed = consume(notices.NOTICE_PRINTED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()
    send_notices = pulse(interval=2, expected_exceptions=(Exception,))(_send)
    look_at_notices = pulse(interval=3600, expected_exceptions=(Exception,))(_look)


WORKER = CollectionsWorker
