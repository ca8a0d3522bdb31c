"""All seven services of one county in this process, each on a database of its own.

Events go from every outbox to every service that subscribes to them, through the services' own
consumers; calls go over gRPC. So a county starts in a second, on whichever pack it is to go by.
"""

import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from desks import JURISDICTIONS

from devkit.roster import SERVICES
from millage_cli.addresses import Addresses
from millage_cli.client import Client, Credentials
from taxkit import auth, ops, testing
from taxkit.app import App, ServiceSpec
from taxkit.clock import FixedClock

SPECS: Mapping[str, ServiceSpec] = {
    name: importlib.import_module(f"{name}_service.bootstrap").SPEC for name in SERVICES
}


@contextmanager
def databases(postgres_admin_url: str) -> Iterator[Mapping[str, str]]:
    """One for each service, with its tables; counties one after another may share them."""
    with ExitStack() as opened:
        yield {
            name: opened.enter_context(testing.fresh_database(postgres_admin_url, name))
            for name in SPECS
        }


@dataclass
class Place:
    """A county by its pack: its services, and a client that may do everything."""

    apps: Mapping[str, App]
    client: Client
    _told: dict[str, int] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def opened(cls, pack: str, urls: Mapping[str, str], now: datetime) -> Iterator[Self]:
        keys = testing.make_keys()
        given = {"MILLAGE_JURISDICTIONS_DIR": JURISDICTIONS, "MILLAGE_JURISDICTION": pack}
        apps: dict[str, App] = {}
        addresses: dict[str, str] = {}
        with ExitStack() as opened:
            # The counter asks the ledger, so that comes first.
            for name in sorted(SPECS, key=lambda each: each != "receivables"):
                if name == "cashiering":
                    given |= {
                        "MILLAGE_RECEIVABLES_ADDR": addresses["receivables"],
                        "MILLAGE_QUOTE_TIMEOUT_MS": "60000",
                    }
                spec = SPECS[name]
                app = testing.application(spec, urls[name], FixedClock(now), **given)
                apps[name] = opened.enter_context(app)
                port = opened.enter_context(_serving(spec, apps[name], keys))
                addresses[name] = f"127.0.0.1:{port}"
            token = keys.token(*(f"{name}.*" for name in SPECS), user="clerk")
            credentials = Credentials(lambda: token)
            client = opened.enter_context(Client(Addresses(addresses), credentials))
            place = cls(apps, client)
            # What earlier counties told is not told again.
            place._told = {name: len(testing.emitted(app)) for name, app in apps.items()}
            yield place

    def pass_on(self) -> None:
        """Let everybody hear what everybody told, until nobody has anything more to tell."""
        while news := [body for name in self.apps for body in self._news(name)]:
            for body in news:
                for name, spec in SPECS.items():
                    for each in spec.subscriptions:
                        if each.type_name == body["type"]:
                            self.apps[name].consumer.absorb(each.method, [json.dumps(body)])
        assert {name: testing.parked(app) for name, app in self.apps.items()} == {
            name: [] for name in self.apps
        }

    def _news(self, name: str) -> list[dict[str, Any]]:
        news = testing.emitted(self.apps[name])[self._told[name] :]
        self._told[name] += len(news)
        return news


def _serving(spec: ServiceSpec, app: App, keys: testing.Keys) -> Any:
    api = importlib.import_module(f"{spec.name}_service.api")
    settings = testing.replace_setting(app.settings, grpc_listen="127.0.0.1:0", grpc_threads=8)
    servicers = [*api.servicers(app), ops.servicer(app, tuple(spec.subscriptions))]
    return testing.serving(settings, auth.TokenVerifier(keys.public_pem), servicers)
