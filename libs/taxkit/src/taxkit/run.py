"""Run one role of one service: `python -m taxkit.run <service> <role>`.

The worker's green threads have to be in place before anything else is imported, so this module
imports nothing of its own until it knows the role.
"""

import os
import sys

ROLES = ("api", "worker", "relay", "migrate", "topology")


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[2] not in ROLES:
        sys.stderr.write(f"usage: python -m taxkit.run <service> {'|'.join(ROLES)}\n")
        return 2
    service, role = sys.argv[1:]
    if role == "worker":
        _go_green()
    from taxkit import roles  # noqa: PLC0415 - after the green threads

    return roles.run(service, role)


def _go_green() -> None:
    # psycopg chooses how it waits when it is imported: by default in C, which would hold the hub.
    os.environ["PSYCOPG_WAIT_FUNC"] = "wait_selector"
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import eventlet  # noqa: PLC0415

        eventlet.monkey_patch()
    import psycopg.waiting  # noqa: PLC0415

    assert psycopg.waiting.wait is psycopg.waiting.wait_selector


if __name__ == "__main__":
    sys.exit(main())
