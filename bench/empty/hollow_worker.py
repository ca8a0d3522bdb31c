"""The worker of an empty service: its subscriptions as nameko entrypoints."""

from taxkit.app import ServiceSpec
from taxkit.worker import Application, consume, park_dead_letters, tidy_inbox


def worker_of(spec: ServiceSpec) -> type:
    """A nameko service class."""
    methods = {one.method: consume(one) for one in spec.subscriptions}
    wiring = {
        "name": spec.name,
        "app": Application(spec.app),
        "dead_letters": park_dead_letters(),
        "tidy": tidy_inbox(),
    }
    return type(f"Empty{spec.name.title()}", (), wiring | methods)
