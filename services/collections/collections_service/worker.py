"""Collections' nameko service: wiring only."""

from collections_service import codes, projections
from collections_service.bootstrap import SPEC
from collections_service.exceptions import incoming as exceptions
from taxkit.worker import Application, consume, keep_house, park_dead_letters, tidy_inbox


class CollectionsWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_code_setting_changed = consume(codes.CODE_SETTING_CHANGED)
    on_bill_code_changed = consume(codes.BILL_CODE_CHANGED)
    on_import_line_exception = consume(exceptions.IMPORT_LINE_EXCEPTION)
    on_surplus_changed = consume(exceptions.SURPLUS_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()


WORKER = CollectionsWorker
