"""RabbitMQ's programs: those installed on the machine, or the distribution's packages unpacked.

Unpacking needs no root: apt-get downloads, and verifies, with its own keys and sources; when the
machine has no package lists yet, or old ones, they are fetched into a private folder.
"""

import platform
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from devkit.paths import cache_root
from devkit.servers.base import ServerProblem

_ERLANG = [
    "base",
    "asn1",
    "crypto",
    "eldap",
    "ftp",
    "inets",
    "mnesia",
    "os-mon",
    "parsetools",
    "public-key",
    "runtime-tools",
    "snmp",
    "ssl",
    "syntax-tools",
    "tftp",
    "tools",
    "xmerl",
]
PACKAGES = ("rabbitmq-server", *(f"erlang-{part}" for part in _ERLANG))


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the broker's and Erlang's programs are."""

    rabbitmq: Path
    erlang: Path
    origin: str

    @property
    def search_path(self) -> str:
        return f"{self.erlang}:{self.rabbitmq}:/usr/bin:/bin"

    @property
    def epmd(self) -> Path:
        return self.erlang / "epmd"


def installed() -> Programs | None:
    """The machine's own RabbitMQ, past the wrappers that insist on the user `rabbitmq`."""
    erlang = shutil.which("erl")
    places = [Path("/usr/lib/rabbitmq/bin"), *Path("/usr/lib/rabbitmq/lib").glob("*/sbin")]
    for place in places:
        if (place / "rabbitmq-server").exists() and erlang:
            return Programs(place, _with_epmd(Path(erlang)), "installed on this machine")
    return None


def can_unpack() -> bool:
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg"))


def is_unpacked() -> bool:
    return (_place() / "complete").exists()


def unpacked() -> Programs:
    """The distribution's packages below the cache; downloaded the first time."""
    place = _place()
    place.mkdir(parents=True, exist_ok=True)
    root, complete = place / "root", place / "complete"
    with FileLock(place / "lock"):
        if not complete.exists() or complete.read_text(encoding="utf-8") != str(root):
            shutil.rmtree(root, ignore_errors=True)
            for package in _downloaded(place):
                _run(["dpkg", "-x", str(package), str(root)], place)
            _relocate_erlang(root)
            complete.write_text(str(root), encoding="utf-8")
    libraries = root / "usr" / "lib"
    origin = f"the distribution's packages, unpacked in {place}"
    return Programs(libraries / "rabbitmq" / "bin", libraries / "erlang" / "bin", origin)


def _with_epmd(erl: Path) -> Path:
    """Erlang's own folder of programs: on PATH there may be no more than a link to `erl`."""
    folder = erl.resolve().parent
    if not (folder / "epmd").exists():
        raise ServerProblem(f"{folder} has erl but no epmd: the Erlang installation is incomplete")
    return folder


def _place() -> Path:
    """Named after the system, so that an upgraded one unpacks its own packages again."""
    try:
        facts = platform.freedesktop_os_release()
    except OSError:
        facts = {}
    system = f"{facts.get('ID', 'linux')}{facts.get('VERSION_ID', '')}"
    name = re.sub(r"[^a-z0-9.]+", "-", f"{system}-{platform.machine()}".lower())
    return cache_root() / f"rabbitmq-{name}"


def _downloaded(place: Path) -> Sequence[Path]:
    """The packages, by the machine's lists if they serve, else by fresh private ones."""
    folder = place / "packages"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # The folder is ours, and not apt's own user's; a mirror may be away for a moment.
    apt = ["apt-get", "-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=5"]
    if not _succeeds([*apt, "download", *PACKAGES], folder):
        private = _private_lists(place)
        _run([*apt, *private, "update"], folder)
        _run([*apt, *private, "download", *PACKAGES], folder)
    return sorted(folder.glob("*.deb"))


def _private_lists(place: Path) -> list[str]:
    state, cache = place / "apt" / "state", place / "apt" / "cache"
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (cache / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::State": state,
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": cache,
    }
    return [part for name, value in options.items() for part in ("-o", f"{name}={value}")]


def _relocate_erlang(root: Path) -> None:
    """Erlang's scripts carry the place they were built for, in two folders."""
    home = root / "usr" / "lib" / "erlang"
    for folder in (home / "bin", *home.glob("erts-*/bin")):
        for script in (folder / "erl", folder / "start"):
            if script.is_file() and not script.is_symlink():
                text = script.read_text(encoding="utf-8")
                script.write_text(text.replace("=/usr/lib/erlang", f"={home}"), encoding="utf-8")


def _succeeds(command: Sequence[str], folder: Path) -> bool:
    return subprocess.run(command, check=False, cwd=folder, capture_output=True).returncode == 0


def _run(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise ServerProblem(
            f"RabbitMQ could not be unpacked: '{' '.join(command[:8])} …' said\n{done.stderr}"
        )
