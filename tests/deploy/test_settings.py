"""What processes may be told is told right: by manifests, by compose, by the page about it."""

import importlib
import re
from enum import Enum

import attrs
import pytest
import yaml
from tools.manifest_rules import containers, of_kind, pod_of

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)
SPECS = {name: importlib.import_module(f"{name}_service.bootstrap").SPEC for name in SERVICES}
# In deploy/, but no setting of a service, and why.
OTHERS = {
    "MILLAGE_ROLE": "of the pod's own description, for traces",
    "MILLAGE_TOKEN_PRIVATE_KEY": "who makes tokens: the command line",
    "MILLAGE_POSTGRES_IMAGE": "compose's own",
    "MILLAGE_RABBITMQ_IMAGE": "compose's own",
    "MILLAGE_IMAGE_TAG": "compose's own",
} | {f"MILLAGE_{name.upper()}_ADDR": "the command line's" for name in SERVICES}
# Without these no role of any service starts or does its work; of an api and of a worker alike.
NEEDED = {
    "MILLAGE_COUNTY",
    "MILLAGE_JURISDICTION",
    "MILLAGE_DATABASE_URL",
    "MILLAGE_AMQP_URL",
    "MILLAGE_TOKEN_PUBLIC_KEY",
}
NAME = re.compile(r"MILLAGE_[A-Z0-9_]+")


def _settings(service: str) -> dict[str, str]:
    """The settings of a service with their defaults as a person would write them."""
    return {
        f"MILLAGE_{field.name.upper()}": _shown(field.metadata["environ_config"].default)
        for field in attrs.fields(_of(service))
    }


def _of(service: str) -> type:
    return SPECS[service].settings


def _shown(default: object) -> str:
    if isinstance(default, Enum):
        default = default.value
    # The library's mark of what has no default.
    return "must be said" if type(default).__name__ == "Raise" else str(default)


KNOWN = {name for service in SERVICES for name in _settings(service)}


def _plain(name: str) -> str:
    return name if name in KNOWN else name.removesuffix("_FILE")


def test_the_page_has_every_setting_and_no_other(root):
    """With its default and who reads it."""
    page = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(MILLAGE_\w+)` \|([^|]*)\|([^|]*)\|", page, re.MULTILINE)
    told = {name: (default.strip("` "), of.strip()) for name, default, of in rows}
    expected: dict[str, tuple[str, str]] = {}
    for service in SERVICES:
        for name, default in _settings(service).items():
            expected[name] = (default, "all" if name in expected else service)

    assert told == expected


@pytest.mark.parametrize("pattern", ["k8s/**/*", "compose/*"])
def test_nothing_is_said_that_nobody_reads(root, pattern):
    """A setting that was renamed, or mistyped, would be silently without effect."""
    found = {
        name
        for path in (root / "deploy").glob(pattern)
        if path.is_file()
        for name in NAME.findall(path.read_text(encoding="utf-8", errors="ignore"))
    }

    assert {name for name in found if _plain(name) not in KNOWN | set(OTHERS)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_is_told_what_it_cannot_do_without(production, dev, service):
    """By the shared ConfigMap, by its own environment, or by a file that is mounted."""
    for overlay in (production, dev):
        (shared,) = [
            one["data"] for one in of_kind(overlay, "ConfigMap") if "MILLAGE_COUNTY" in one["data"]
        ]
        for workload in of_kind(overlay, "Deployment", "Job"):
            if not workload["metadata"]["name"].startswith(f"{service}-"):
                continue
            for container in [*containers(workload), *pod_of(workload).get("initContainers", [])]:
                own = {one["name"] for one in container.get("env", ())}
                told = {_plain(name) for name in own | set(shared)}
                assert told >= NEEDED, (workload["metadata"]["name"], container["name"])
                unread = {name for name in told if name.startswith("MILLAGE_")}
                assert unread <= set(_settings(service)) | set(OTHERS), container["name"]


@pytest.mark.parametrize("service", SERVICES)
def test_compose_tells_the_same(root, service):
    """Every role of every service, of which none is missing."""
    described = yaml.safe_load((root / "deploy/compose/compose.yaml").read_text(encoding="utf-8"))
    mine = {
        name: one
        for name, one in described["services"].items()
        if name.startswith(f"{service}-") or name == service
    }
    roles = {one["command"][0] if one.get("command") else "api" for one in mine.values()}

    assert roles == {"api", "worker", "relay", "migrate", "topology"}
    for name, one in mine.items():
        told = {_plain(each) for each in one["environment"] if each.startswith("MILLAGE_")}
        assert told <= set(_settings(service)), name
        assert told >= NEEDED - {"MILLAGE_AMQP_URL"}, name


def test_an_image_takes_everything_a_pack_may_name(root):
    """The folder as a whole: packs, the office they lean on, and letters' texts."""
    lines = (root / "tools/images/service.Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [line.split()[1:] for line in lines if line.startswith("COPY ") and "--" not in line]

    assert ["jurisdictions", "/srv/millage/jurisdictions"] in copied
    staged = (root / "tools/images/service.sh").read_text(encoding="utf-8")
    excluded = re.findall(r"--exclude='?([^ ']+)", staged)
    files = [
        path.relative_to(root) for path in (root / "jurisdictions").rglob("*") if path.is_file()
    ]
    lost = [
        str(path)
        for path in files
        for name in excluded
        if any(_matches(part, name) for part in path.parts)
    ]
    assert lost == []


def _matches(part: str, pattern: str) -> bool:
    return re.fullmatch(pattern.replace(".", r"\.").replace("*", ".*"), part) is not None
