"""Whoever is called at night finds the page the alert names."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LINKS = [
    rule["annotations"]["runbook_url"]
    for path in sorted((ROOT / "deploy/observability/rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize("link", LINKS)
def test_an_alert_s_runbook_is_there(link):
    page, _, anchor = link.partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}
