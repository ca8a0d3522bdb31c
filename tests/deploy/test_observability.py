"""Alerts are proven, and nothing on a dashboard or in a rule names a metric that does not exist."""

import json
import re
import subprocess
from pathlib import Path

import prometheus_client
import pytest
import yaml
from tools.build_dashboards import dashboards
from tools.check_manifests import PROMTOOL, ROOT, scrape_configs
from tools.check_manifests import dashboards as dashboard_findings

from taxkit import metrics

HOME = ROOT / "deploy/observability"
RULES = sorted((HOME / "rules").glob("*.yml"))
# Metrics of others: Prometheus itself, its Python client, RabbitMQ's prometheus plugin.
FOREIGN = {
    "up",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "rabbitmq_detailed_queue_messages",
    "rabbitmq_detailed_queue_messages_ready",
    "rabbitmq_detailed_queue_consumers",
    "rabbitmq_global_messages_redelivered_total",
}
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"], "gauge": [""]}
WORDS = {"and", "or", "unless", "bool"}


def known_metrics():
    """The names a scrape of taxkit's metrics gives."""
    families = [
        family
        for value in vars(metrics).values()
        if isinstance(value, prometheus_client.metrics.MetricWrapperBase)
        for family in value.describe()
    ]
    return {family.name + end for family in families for end in SUFFIXES[family.type]}


def metrics_in(expr):
    """The metric names of a PromQL expression: what is left without texts, labels, functions."""
    bare = re.sub(r'"[^"]*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
    names = re.findall(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()", bare)
    aggregations = {"sum", "max", "min", "count", "group", "avg", "topk"}
    return set(names) - WORDS - aggregations


def every_alert():
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            for rule in group["rules"]:
                yield pytest.param(path, rule, id=rule["alert"])


def every_panel():
    for name, text in dashboards().items():
        for panel in json.loads(text)["panels"]:
            yield pytest.param(panel, id=f"{name}: {panel['title']}")


def promtool_passes(tests):
    command = [PROMTOOL, "test", "rules", str(tests)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(("path", "rule"), list(every_alert()))
def test_an_alert_says_who_is_hurt_and_where_to_read_on(path, rule):
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert rule["annotations"]["summary"]
    assert f"docs/operations.md#{rule['alert'].lower()}" == rule["annotations"]["runbook_url"]


@pytest.mark.parametrize(("path", "rule"), list(every_alert()))
def test_an_alert_has_been_seen_silent_and_seen_to_fire(path, rule, tmp_path):
    """An alert that can never fire, put in its place, makes the tests beside it fail."""
    tests = yaml.safe_load((HOME / "rules/tests" / path.name).read_text())
    cases = [
        case["exp_alerts"]
        for test in tests["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]
    assert any(cases), "no firing case"
    assert not all(cases), "no silent case"
    rules = yaml.safe_load(path.read_text())
    for group in rules["groups"]:
        for one in group["rules"]:
            if one["alert"] == rule["alert"]:
                one["expr"] = "vector(0) > 1"
    mutated, copied = tmp_path / path.name, tmp_path / "tests.yml"
    mutated.write_text(yaml.safe_dump(rules))
    copied.write_text(yaml.safe_dump(tests | {"rule_files": [str(mutated)]}))
    assert not promtool_passes(copied)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_the_alerts_pass_their_tests(path):
    assert promtool_passes(HOME / "rules/tests" / path.name)


@pytest.mark.parametrize(("path", "rule"), list(every_alert()))
def test_an_alert_uses_metrics_that_exist(path, rule):
    used = metrics_in(rule["expr"])
    assert used
    assert set() == used - known_metrics() - FOREIGN


@pytest.mark.parametrize("panel", list(every_panel()))
def test_a_panel_uses_metrics_that_exist(panel):
    for target in panel["targets"]:
        used = metrics_in(target["expr"])
        assert used
        assert set() == used - known_metrics() - FOREIGN


def test_the_names_read_from_an_expression_are_its_metrics():
    """Guards the two tests above: a reader that finds nothing would accept everything."""
    expr = 'quantile(0.9, sum by (le) (rate(a_bucket{b="c_d"}[5m]))) > 1 unless on (x) (e:f or g)'
    assert {"a_bucket", "e:f", "g"} == metrics_in(expr)
    assert {"millage_parked_messages", "millage_inbox_events_total"} <= known_metrics()


def test_every_metric_of_ours_is_watched():
    """A measure nobody looks at is a cost without a use."""
    seen = {
        name
        for source in (*RULES, HOME / "grafana/boards.yml")
        for name in re.findall(r"\bmillage_[a-z_]+\b", source.read_text())
    }
    stems = {re.sub(r"_(bucket|count|sum)$", "", name) for name in seen}
    missing = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known_metrics()} - stems
    assert set() == missing


def test_the_dashboards_are_written_from_their_source():
    written = {path.name: path.read_text() for path in (HOME / "grafana/dashboards").iterdir()}
    assert dashboards() == written
    assert dashboard_findings() == []


def test_the_panels_find_their_data_source():
    sources = yaml.safe_load(
        (HOME / "grafana/provisioning/datasources/datasources.yml").read_text()
    )["datasources"]
    known = {(source["type"], source["uid"]) for source in sources}
    for text in dashboards().values():
        board = json.loads(text)
        for part in (*board["panels"], *board["templating"]["list"]):
            assert (part["datasource"]["type"], part["datasource"]["uid"]) in known


def test_panels_do_not_lie_on_each_other():
    for text in dashboards().values():
        taken = set()
        for panel in json.loads(text)["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken
            assert at["x"] + at["w"] <= 24
            taken |= cells


def test_prometheus_accepts_both_scrape_configurations():
    assert scrape_configs() == []


def test_prometheus_scrapes_every_role_of_every_service():
    """And names them as the alerts expect: job millage, labels service and role."""
    config = yaml.safe_load((HOME / "prometheus.yml").read_text())
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == "millage"]
    (static,) = job["static_configs"]
    services = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    wanted = {f"{s}-{role}:9090" for s in services for role in ("api", "worker", "relay")}
    assert wanted == set(static["targets"])
    for relabel, label in zip(job["relabel_configs"], ("service", "role"), strict=True):
        assert label == relabel["target_label"]
        assert all(re.fullmatch(relabel["regex"], target) for target in wanted)


def test_the_collector_uses_what_it_configures_and_configures_what_it_uses():
    config = yaml.safe_load((HOME / "otel-collector.yaml").read_text())
    pipelines = config["service"]["pipelines"].values()
    for part in ("receivers", "processors", "exporters"):
        assert set(config[part]) == {name for pipeline in pipelines for name in pipeline[part]}
    assert set(config["extensions"]) == set(config["service"]["extensions"])


def test_the_collector_waits_longer_for_a_trace_than_the_alert_allows_an_event_to_take():
    """A trace is judged whole: spans of a slow consumer must still belong to it."""
    config = yaml.safe_load((HOME / "otel-collector.yaml").read_text())
    wait = config["processors"]["tail_sampling"]["decision_wait"]
    assert int(wait.removesuffix("s")) > 10


def test_promtool_can_be_named_by_the_environment(tmp_path):
    named = tmp_path / "mine"
    named.write_text('#!/bin/sh\necho "mine $*"\n')
    named.chmod(0o755)
    told = subprocess.run(
        [PROMTOOL, "check", "rules"],
        check=True,
        capture_output=True,
        text=True,
        env={"PROMTOOL": str(named), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )
    assert told.stdout == "mine check rules\n"
