"""A whole county on this machine: servers, databases, queues, and every role of every service.

with Stack("demo") as stack:
    stack.grpc("cashiering")
"""

import contextlib
import os
import signal
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from devkit import provision
from devkit.environment import Addresses, Environment, known_ports
from devkit.paths import StackPaths, read_json, stack_paths, write_json
from devkit.place import Place, place_of
from devkit.processes import ProcessMark, end
from devkit.roster import ALL_ROLES, SERVICES, SUBSCRIBER, Role
from devkit.servers import Servers
from devkit.specs import specs_of
from devkit.steps import Steps
from devkit.supervisor import SupervisionProblem, Supervisor
from devkit.tasks import run_for_all

_MIGRATIONS_AT_ONCE = 3


class Stack:
    """One named stack; several live side by side on one machine."""

    def __init__(
        self,
        name: str = "dev",
        *,
        fresh: bool = False,
        restart: bool = True,
        steps: Steps | None = None,
        variables: Mapping[str, str] | None = None,
        keep_servers: bool = False,
    ) -> None:
        """`fresh` forgets all earlier data; `keep_servers` leaves them running at the end."""
        self.paths: StackPaths = stack_paths(name)
        self._fresh = fresh
        self._restart = restart
        self._steps = steps or Steps()
        self._variables = dict(variables or {})
        self._keep_servers = keep_servers
        self._place: Place | None = None
        self._supervisor: Supervisor | None = None
        self._servers: Servers | None = None
        self._environment: Environment | None = None

    # Life

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and return when every process is ready."""
        with self._steps:
            self.prepare()
            self.start_processes()

    def prepare(self) -> None:
        """Servers, databases, migrations and queues, but no long-running process of a service."""
        self._refuse_second_supervisor()
        self._place = place_of(self.paths, fresh=self._fresh)
        self.end_leftovers()
        steps = self._steps
        servers = self.servers = Servers.choose(self.paths, steps.say)
        provision.make_keys(self.paths)
        with ThreadPoolExecutor(1) as pool:
            # The broker takes seconds to start; the databases are migrated meanwhile.
            broker = pool.submit(self._start_broker, servers)
            self._migrate(servers)
            with steps.step("RabbitMQ, users and rights"):
                amqp_urls = broker.result()
        self._environment = self._build_environment(amqp_urls)
        environments = {name: self.environment.of_service(name) for name in SERVICES}
        with steps.step("exchanges and queues declared", len(SERVICES)) as step:
            # All at once: each waits for the exchanges of the others that it listens to.
            run_for_all(
                "topology", environments, self.paths, at_once=len(SERVICES), on_done=step.advance
            )
        self.environment.publish()

    def start_processes(self) -> None:
        """Launch every role under a supervisor of this process."""
        supervisor = self.launch()
        with self._steps.step("processes ready", len(ALL_ROLES) + 1) as step:
            supervisor.wait_ready(on_progress=step.reach)

    def launch(self) -> Supervisor:
        """Begin launching every role; returns at once."""
        write_json(self.paths.supervisor, ProcessMark.of(os.getpid()).as_json())
        self._supervisor = Supervisor(self.paths, restart=self._restart)
        self._supervisor.start(specs_of(self.environment))
        return self._supervisor

    def stop(self) -> None:
        """Drain and end every process, then the servers unless they are to stay."""
        self.stop_processes()
        if self._servers is not None and not self._keep_servers:
            self._servers.stop()

    def stop_processes(self) -> None:
        if self._supervisor is not None:
            self._supervisor.stop()
            self._supervisor = None
            self.paths.supervisor.unlink(missing_ok=True)

    def destroy(self) -> None:
        """Stop everything and delete all data of the stack."""
        self.stop_processes()
        self.end_leftovers()
        servers = Servers.choose(self.paths)
        if not servers.postgres.private:
            provision.forget_databases(servers.postgres, self.paths)
        if not servers.rabbitmq.private:
            provision.forget_queues(servers.rabbitmq, self.paths)
        servers.destroy()

    # Addresses

    @property
    def servers(self) -> Servers:
        if self._servers is None:
            self._servers = Servers.choose(self.paths)
        return self._servers

    @servers.setter
    def servers(self, servers: Servers) -> None:
        self._servers = servers

    @property
    def environment(self) -> Environment:
        if self._environment is None:
            addresses = Addresses(known_ports(self.paths))
            self._environment = self._build_environment(
                provision.amqp_urls(self.servers.rabbitmq, self.paths), addresses
            )
        return self._environment

    def grpc(self, service: str) -> str:
        return self.environment.addresses.grpc(service)

    def http(self, service: str, role: str) -> str:
        return self.environment.addresses.http(Role(service, role))

    def database_url(self, service: str) -> str:
        return self.environment.database_urls[service]

    def amqp_url(self, user: str = SUBSCRIBER) -> str:
        """A service's, or the read-only subscriber's, address of the broker."""
        return self.environment.amqp_urls[user]

    def mail(self) -> list[Path]:
        """The messages kept so far, oldest first."""
        return sorted(self.paths.mail.glob("[0-9]*.eml"))

    # Trouble on purpose, and rolling one at a time

    def mark(self, service: str, role: str) -> ProcessMark | None:
        """The process of a role as it was last started, here or by a supervisor elsewhere."""
        described = read_json(self.paths.processes).get(Role(service, role).key)
        return ProcessMark.stored(described)

    def kill(self, service: str, role: str) -> int | None:
        """SIGKILL a role; the supervisor starts it again. Answers its number, if it lived."""
        mark = self.mark(service, role)
        if mark is None or not mark.is_alive():
            return None
        with contextlib.suppress(ProcessLookupError):
            os.kill(mark.pid, signal.SIGKILL)
        return mark.pid

    def stop_role(self, service: str, role: str) -> None:
        self.supervisor.stop_one(Role(service, role).key)

    def start_role(self, service: str, role: str) -> None:
        self.supervisor.start_one(Role(service, role).key)

    def wait_ready(self, seconds: float = 300) -> None:
        """Until every process runs and says now that it is ready, its servers included."""
        self.supervisor.wait_ready(seconds)
        self.supervisor.wait_answering(seconds)

    @property
    def supervisor(self) -> Supervisor:
        assert self._supervisor is not None, "this stack is not supervised by this process"
        return self._supervisor

    def restart_broker(self) -> None:
        self.servers.rabbitmq.restart()

    def kill_broker(self) -> None:
        """SIGKILL the broker and start it again on what it had stored."""
        self.servers.rabbitmq.kill()
        self.servers.rabbitmq.start()

    def restart_database(self) -> None:
        self.servers.postgres.restart()

    def kill_database(self) -> None:
        """SIGKILL PostgreSQL and start it again: it recovers from its log."""
        self.servers.postgres.kill()
        self.servers.postgres.start()

    # Inside

    def _start_broker(self, servers: Servers) -> dict[str, str]:
        if self._fresh and servers.rabbitmq.private:
            # Deleting the queues of a broker just started may end its dead-lettering for good.
            servers.rabbitmq.destroy()
        broker = servers.start_rabbitmq()
        if self._fresh and not broker.private:
            provision.forget_queues(broker, self.paths)
        return provision.provision_rabbitmq(broker, self.paths)

    def _migrate(self, servers: Servers) -> None:
        with self._steps.step("PostgreSQL, databases and roles"):
            postgres = servers.start_postgres()
            if self._fresh:
                provision.forget_databases(postgres, self.paths)
                for message in self.mail():
                    message.unlink()
            provision.provision_postgres(postgres, self.paths)
        known = self._build_environment({}, Addresses({}))
        environments = {name: known.of_service(name) for name in SERVICES}
        with self._steps.step("databases migrated", len(SERVICES)) as step:
            run_for_all(
                "migrate",
                environments,
                self.paths,
                at_once=_MIGRATIONS_AT_ONCE,
                on_done=step.advance,
            )

    def _build_environment(
        self, amqp_urls: Mapping[str, str], addresses: Addresses | None = None
    ) -> Environment:
        return Environment(
            self.paths,
            addresses or Addresses.choose(known_ports(self.paths)),
            provision.database_urls(self.servers.postgres, self.paths),
            amqp_urls,
            self._place or place_of(self.paths, {}),
            self._variables,
        )

    def _refuse_second_supervisor(self) -> None:
        mark = self.supervised_by()
        if mark is not None and mark.pid != os.getpid():
            raise SupervisionProblem(
                f"stack {self.paths.name!r} is already running under process {mark.pid}; "
                f"stop it with: make down STACK={self.paths.name}"
            )

    def supervised_by(self) -> ProcessMark | None:
        """The living supervisor of this stack, in whichever process."""
        mark = ProcessMark.stored(read_json(self.paths.supervisor))
        return mark if mark is not None and mark.is_alive() else None

    def end_leftovers(self) -> None:
        """End what a supervisor left behind that was itself killed."""
        marks = [ProcessMark.stored(value) for value in read_json(self.paths.processes).values()]
        living = [mark for mark in marks if mark is not None and mark.is_alive()]
        if not living:
            return
        with ThreadPoolExecutor(len(living)) as pool:
            ended: list[Future[None]] = [pool.submit(end, mark) for mark in living]
            for future in ended:
                future.result()
