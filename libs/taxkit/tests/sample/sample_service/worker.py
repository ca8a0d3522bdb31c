"""The sample service's nameko side: wiring only."""

from sample_service.bootstrap import ADDED, BEGUN, ENDED, SPEC, STATED
from taxkit.worker import Application, consume, keep_house, park_dead_letters, tidy_inbox


class SampleWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_added = consume(ADDED)
    on_stated = consume(STATED)
    on_begun = consume(BEGUN)
    on_ended = consume(ENDED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox(0.3)
    keep = keep_house(0.3)


WORKER = SampleWorker
