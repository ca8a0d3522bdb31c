"""Short tasks of services, run side by side: migrations, then queues."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from devkit.paths import REPOSITORY, StackPaths
from devkit.supervisor import SupervisionProblem

_TASK_SECONDS = 300


def role_command(service: str, role: str) -> list[str]:
    return [sys.executable, "-m", "taxkit.run", service, role]


def run_for_all(
    task: str,
    environments: Mapping[str, Mapping[str, str]],
    paths: StackPaths,
    *,
    at_once: int,
    on_done: Callable[[str], None] = lambda _: None,
) -> None:
    """Run one task for every service; the first failure is raised with what it printed."""

    def run(service: str) -> None:
        run_task(role_command(service, task), f"{service}.{task}", environments[service], paths)
        on_done(service)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(run, environments))


def run_task(
    command: list[str], name: str, environment: Mapping[str, str], paths: StackPaths
) -> None:
    log = paths.logs / f"{name}.log"
    with log.open("w+b") as output:
        done = subprocess.run(
            command,
            check=False,
            cwd=REPOSITORY,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_TASK_SECONDS,
        )
    if done.returncode:
        said = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
        raise SupervisionProblem(f"{name} ended with {done.returncode}; {log} ends with\n{said}")
