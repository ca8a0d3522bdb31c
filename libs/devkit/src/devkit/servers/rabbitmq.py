"""RabbitMQ as an ordinary process of ours, with its own epmd, ports, cookie and data."""

import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from typing_extensions import override

from devkit.broker_api import BrokerApi, BrokerProblem
from devkit.paths import read_json, write_json
from devkit.ports import accepts, free_ports, take_again
from devkit.processes import ProcessMark, end, kill_tree, until
from devkit.servers.base import RabbitMQ, ServerProblem
from devkit.servers.rabbitmq_packages import Programs

PLUGINS = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange]."
_PORTS = ("amqp", "dist", "epmd", "management", "prometheus")
_START_SECONDS = 300


class EmbeddedRabbitMQ(RabbitMQ):
    """One broker node of one stack; outlives this process until it is stopped."""

    kind = "embedded"
    private = True

    def __init__(self, home: Path, programs: Programs) -> None:
        self._home = home
        self._programs = programs
        self._state_file = home.with_suffix(".json")

    @property
    @override
    def why(self) -> str:
        return f"{self._programs.origin}, no Docker and no root needed"

    @property
    @override
    def admin_url(self) -> str:
        state = read_json(self._state_file)
        return f"amqp://admin:{state['password']}@127.0.0.1:{state['ports']['amqp']}"

    @property
    @override
    def management_url(self) -> str:
        return f"http://127.0.0.1:{read_json(self._state_file)['ports']['management']}"

    @override
    def is_running(self) -> bool:
        mark = self._mark("server")
        return mark is not None and mark.is_alive()

    @override
    def start(self) -> None:
        if self.is_running():
            self._wait_until_ready()
            return
        self._end_leftovers()
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = read_json(self._state_file)
        state.setdefault("password", secrets.token_urlsafe(24))
        state["ports"] = _ports(state.get("ports", {}))
        self._write_configuration(state)
        state["epmd"] = self._launch_epmd(state["ports"]).as_json()
        state["server"] = self._launch("rabbitmq-server", state["ports"]).as_json()
        write_json(self._state_file, state)
        self._wait_until_ready()

    @override
    def stop(self) -> None:
        """The node itself is asked, not the script around it, which would start a second Erlang."""
        end(self._node(), patience=60)
        self._end_leftovers()

    @override
    def kill(self) -> None:
        kill_tree(self._node())
        self._end_leftovers()

    @override
    def restart(self) -> None:
        self.stop()
        self.start()

    @override
    def destroy(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
        self._state_file.unlink(missing_ok=True)

    def _mark(self, name: str) -> ProcessMark | None:
        return ProcessMark.stored(read_json(self._state_file).get(name))

    def _node(self) -> ProcessMark | None:
        """The Erlang machine below the starting script; only ever a descendant of ours."""
        mark = self._mark("server")
        if mark is None or (script := mark.process()) is None:
            return None
        for child in script.children(recursive=True):
            if child.name().startswith("beam"):
                return ProcessMark.of(child.pid)
        return mark

    def _end_leftovers(self) -> None:
        """The script, and epmd, which outlives every node on purpose."""
        for name in ("server", "epmd"):
            kill_tree(self._mark(name))

    def _environment(self, ports: dict[str, int]) -> dict[str, str]:
        home = self._home
        return {
            "PATH": self._programs.search_path,
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "SYS_PREFIX": str(home),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": "millage@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(ports["dist"]),
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "config"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(home / "feature_flags"),
            # A stopping node waits five idle seconds for its management plugin, after everything
            # durable is closed. Erlang's schedulers spin before they sleep, which takes the
            # processor from the services beside them.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} -shutdown_time 2000"
                " +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
        }

    def _write_configuration(self, state: dict[str, Any]) -> None:
        ports = state["ports"]
        lines = {
            "listeners.tcp.default": f"127.0.0.1:{ports['amqp']}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": ports["management"],
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": ports["prometheus"],
            "default_user": "admin",
            "default_pass": state["password"],
            "disk_free_limit.absolute": "100MB",
            # The default of 512 MB a segment is for a cluster, and there is one folder per stack.
            "raft.wal_max_size_bytes": 64 * 1024 * 1024,
        }
        configuration = self._home / "rabbitmq.conf"
        configuration.touch(mode=0o600)
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        configuration.write_text(text, encoding="utf-8")
        (self._home / "enabled_plugins").write_text(PLUGINS + "\n", encoding="ascii")

    def _launch_epmd(self, ports: dict[str, int]) -> ProcessMark:
        """Started by us, so that its number is known; Erlang would start one unseen."""
        arguments = ["-address", "127.0.0.1", "-port", str(ports["epmd"])]
        mark = self._launch(str(self._programs.epmd), ports, *arguments)
        if not until(lambda: accepts(ports["epmd"]), 60):
            raise ServerProblem(f"epmd did not start; see {self._home / 'server.log'}")
        return mark

    def _launch(self, program: str, ports: dict[str, int], *arguments: str) -> ProcessMark:
        path = self._programs.rabbitmq / program  # an absolute program replaces the folder
        with (self._home / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [path, *arguments],
                cwd=self._home,
                env=self._environment(ports),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return ProcessMark.of(process.pid)

    def _wait_until_ready(self) -> None:
        """Ready is: answers AMQP and the management interface, with our administrator."""
        api = BrokerApi.of(self)
        amqp_port = read_json(self._state_file)["ports"]["amqp"]

        def ready() -> bool:
            if not self.is_running():
                raise ServerProblem(f"RabbitMQ ended while starting:\n{self._last_words()}")
            return accepts(amqp_port) and _answers(api)

        if not until(ready, _START_SECONDS, every=0.15):
            raise ServerProblem(f"RabbitMQ took too long to start:\n{self._last_words()}")

    def _last_words(self) -> str:
        log = self._home / "server.log"
        return log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""


def _answers(api: BrokerApi) -> bool:
    try:
        api.get("/api/overview")
    except BrokerProblem:
        return False
    return True


def _ports(known: dict[str, int]) -> dict[str, int]:
    """The ports of last time when all are free, so that addresses survive a restart."""
    if set(known) == set(_PORTS) and take_again(known.values()):
        return known
    return dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
