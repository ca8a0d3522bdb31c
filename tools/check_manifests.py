"""Check everything under deploy/ that can be checked without a cluster.

Renders each kustomize overlay, validates it against the Kubernetes schemas, holds it against the
house's own rules, and lets promtool check and unit-test the alert rules. Needs no network, except
that tools/promtool.sh fetches promtool the first time. Run it from the root of the repository:

    python -m tools.check_manifests
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import yaml
from tools.manifest_rules import Document, violations

ROOT = Path(__file__).resolve().parents[1]
OVERLAYS = ROOT / "deploy/k8s/overlays"
PROMTOOL = ROOT / "tools/promtool.sh"


def render(overlay: Path) -> list[Document]:
    """Build one overlay as `kubectl apply -k` would."""
    kubectl = Path(sys.executable).parent / "kubectl"
    command = [str(kubectl) if kubectl.exists() else "kubectl", "kustomize", str(overlay)]
    built = subprocess.run(command, check=False, capture_output=True, text=True)
    if built.returncode:
        raise SystemExit(f"{overlay.relative_to(ROOT)}: {built.stderr.strip()}")
    return [document for document in yaml.safe_load_all(built.stdout) if document]


def check_overlay(overlay: Path) -> list[str]:
    return violations(render(overlay))


def promtool(*arguments: str | Path) -> list[str]:
    """Run promtool; what it says is a finding when it refuses."""
    command = [str(PROMTOOL), *map(str, arguments)]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    return [] if told.returncode == 0 else [f"{told.stdout}{told.stderr}".strip()]


def observability(pattern: str) -> list[Path]:
    return sorted((ROOT / "deploy/observability").glob(pattern))


def scrape_configs() -> list[str]:
    """Check the scrape configurations, without the discovery some builds of promtool leave out."""
    findings = []
    for path in observability("prometheus*.yml"):
        config = yaml.safe_load(path.read_text())
        config["rule_files"] = [str(path.parent / rules) for rules in config["rule_files"]]
        for job in config["scrape_configs"]:
            job.pop("kubernetes_sd_configs", None)
        with tempfile.NamedTemporaryFile("w", suffix=path.name) as copy:
            yaml.safe_dump(config, copy)
            findings += promtool("check", "config", copy.name)
    return findings


def dashboards() -> list[str]:
    """Each dashboard is JSON with an id of its own, as Grafana's provisioning wants."""
    findings, seen = [], set[str]()
    for path in observability("grafana/dashboards/*.json"):
        try:
            uid = json.loads(path.read_text()).get("uid", "")
        except json.JSONDecodeError as error:
            findings.append(f"{path.name}: {error}")
            continue
        if uid in seen or not uid:
            findings.append(f"{path.name}: uid {uid!r} is missing or used twice")
        seen.add(uid)
    return findings or ([] if seen else ["no dashboards found"])


def checks() -> Iterator[tuple[str, Callable[[], list[str]]]]:
    for overlay in sorted(path.parent for path in OVERLAYS.glob("*/kustomization.yaml")):
        yield f"overlay {overlay.name}", partial(check_overlay, overlay)
    yield "scrape configurations", scrape_configs
    yield "alert rules", partial(promtool, "check", "rules", *observability("rules/*.yml"))
    yield "alert tests", partial(promtool, "test", "rules", *observability("rules/tests/*.yml"))
    yield "dashboards", dashboards


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    failed = 0
    for title, check in checks():
        started = time.monotonic()
        findings = check()
        failed += len(findings)
        seconds = time.monotonic() - started
        print(f"{'FAILED' if findings else 'ok':6} {title:22} {seconds:5.1f} s")
        for finding in findings:
            print(f"       {finding}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
