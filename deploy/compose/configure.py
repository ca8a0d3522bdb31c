#!/usr/bin/env python3
"""Make this workstation's passwords, token keys and broker users; nothing of it goes into git.

.venv/bin/python deploy/compose/configure.py        leaves what is there, adds what is missing
"""

import base64
import hashlib
import json
import secrets
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from devkit.provision import SUBSCRIBER_RIGHTS, Rights, rights_of
from devkit.roster import SERVICES, SUBSCRIBER, VHOST

HERE = Path(__file__).resolve().parent
SETTINGS = HERE / ".env"
SECRETS = HERE / "secrets"
ADMINISTRATOR = "admin"
_EVERYTHING = Rights(".*", ".*", ".*")
# What containers read is readable to all below a folder that is not: they run as other users.
_PRIVATE, _MOUNTED = 0o600, 0o644


def wanted() -> list[str]:
    """Every password the compose file asks for, by variable."""
    return [
        "POSTGRES_PASSWORD",
        "BROKER_ADMIN_PASSWORD",
        "GRAFANA_PASSWORD",
        "SUBSCRIBER_BROKER_PASSWORD",
        *(f"{service.upper()}_DATABASE_PASSWORD" for service in SERVICES),
        *(f"{service.upper()}_BROKER_PASSWORD" for service in SERVICES),
    ]


def settings_at(path: Path) -> dict[str, str]:
    """The variables of an .env file; none when there is no file."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def completed(settings: dict[str, str]) -> dict[str, str]:
    """The same with a password for each that lacks one; hexadecimal, as URLs hold them."""
    return settings | {name: settings.get(name) or secrets.token_hex(20) for name in wanted()}


def password_hash(password: str) -> str:
    """RabbitMQ's own form: four bytes of salt before the SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return base64.b64encode(salt + digest).decode()


def definitions(settings: dict[str, str]) -> dict[str, object]:
    """The broker's users and rights, as its import takes them; no password is in it."""
    rights = {service: rights_of(service) for service in SERVICES}
    rights |= {SUBSCRIBER: SUBSCRIBER_RIGHTS, ADMINISTRATOR: _EVERYTHING}
    words = {name: settings[f"{name.upper()}_BROKER_PASSWORD"] for name in (*SERVICES, SUBSCRIBER)}
    words[ADMINISTRATOR] = settings["BROKER_ADMIN_PASSWORD"]
    return {
        "users": [
            {
                "name": name,
                "password_hash": password_hash(words[name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": ["administrator"] if name == ADMINISTRATOR else [],
            }
            for name in rights
        ],
        "vhosts": [{"name": VHOST}],
        "permissions": [
            {"user": name, "vhost": VHOST, **right.as_json()} for name, right in rights.items()
        ],
    }


def write(path: Path, text: str, mode: int) -> None:
    path.touch(mode=mode)
    path.chmod(mode)
    path.write_text(text, "utf-8")


def make_token_keys() -> None:
    """An Ed25519 pair for callers' tokens, kept once made: tokens out there are signed with it."""
    private_file = SECRETS / "token-private.pem"
    if private_file.exists():
        return
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write(SECRETS / "token-public.pem", public.decode("ascii"), _MOUNTED)
    write(private_file, private.decode("ascii"), _PRIVATE)


def main() -> int:
    """Leave .env and secrets/ complete."""
    SECRETS.mkdir(mode=0o700, exist_ok=True)
    settings = completed(settings_at(SETTINGS))
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    write(SETTINGS, "# Made by configure.py; not for git.\n" + "".join(lines), _PRIVATE)
    users = json.dumps(definitions(settings), indent=2)
    write(SECRETS / "rabbitmq-definitions.json", users + "\n", _MOUNTED)
    make_token_keys()
    sys.stdout.write(f"{SETTINGS} and {SECRETS} are complete\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
