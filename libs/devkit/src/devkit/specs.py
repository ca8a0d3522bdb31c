"""Every long-running process of a stack, as the supervisor is told it."""

import sys

from devkit.environment import Environment
from devkit.ports import accepts
from devkit.roster import ALL_ROLES, Role
from devkit.supervisor import ProcessSpec, answers_ready
from devkit.tasks import role_command


def specs_of(environment: Environment) -> list[ProcessSpec]:
    """The mail server and all roles of all services."""
    return [_mail(environment), *(_role(environment, role) for role in ALL_ROLES)]


def _mail(environment: Environment) -> ProcessSpec:
    address = environment.addresses.smtp
    host, _, port = address.rpartition(":")
    command = [sys.executable, "-m", "devkit.smtp", "--listen", address]
    command += ["--folder", str(environment.paths.mail)]
    return ProcessSpec("mail.sink", command, environment.shared(), lambda: accepts(int(port), host))


def _role(environment: Environment, role: Role) -> ProcessSpec:
    return ProcessSpec(
        role.key,
        role_command(role.service, role.role),
        environment.of_role(role),
        answers_ready(environment.addresses.http(role)),
    )
