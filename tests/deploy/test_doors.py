"""Which pod reaches which: policies as a network plugin reads them, beside what the code asks."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from tools.manifest_rules import containers, of_kind, pod_labels, pod_of

from devkit.provision import rights_of
from taxkit.rpc import server
from taxkit.run import ROLES

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)


class Pod(NamedTuple):
    """What policies see of a pod."""

    namespace: str
    labels: dict[str, str]
    # Of its namespace, beside the one that every namespace has.
    marks: dict[str, str]


def pods(documents) -> dict[str, Pod]:
    return {
        one["metadata"]["name"]: Pod(one["metadata"]["namespace"], pod_labels(one), {})
        for one in of_kind(documents, "Deployment", "Job")
    }


def outside(namespace: str, marks: dict[str, str] | None = None, **labels: str) -> Pod:
    named = {"app.kubernetes.io/" + key: value for key, value in labels.items()}
    return Pod(namespace, named, marks or {})


COLLECTOR = outside("observability", name="otel-collector")
PROMETHEUS = outside("observability", name="prometheus")
BROKER = outside("millage-broker", component="rabbitmq")
DNS = Pod("kube-system", {"k8s-app": "kube-dns"}, {})
MAIL = outside("county-mail", {"millage.org/mail": "true"}, name="postfix")
CONSOLE = Pod(
    "tills", {"access.millage.org/cashiering": "yes"}, {"access.millage.org/clients": "true"}
)


def database_of(service: str) -> Pod:
    return Pod("millage-data", {"cnpg.io/cluster": service}, {})


def takes(selector, labels) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for one in selector.get("matchExpressions", ()):
        there = labels.get(one["key"])
        kept = there is not None if one["operator"] == "Exists" else there in one["values"]
        assert one["operator"] in ("Exists", "In")
        if not kept:
            return False
    return True


def is_peer(peer, pod: Pod, home: str) -> bool:
    spaces = peer.get("namespaceSelector")
    if spaces is None:
        near = pod.namespace == home
    else:
        near = takes(spaces, {"kubernetes.io/metadata.name": pod.namespace, **pod.marks})
    return near and takes(peer.get("podSelector", {}), pod.labels)


def lets(documents, direction: str, pod: Pod, other: Pod, port: int) -> bool:
    """Whether the pod's own namespace lets it talk in a direction; without a policy, it does."""
    mine = [
        one["spec"]
        for one in of_kind(documents, "NetworkPolicy")
        if one["metadata"]["namespace"] == pod.namespace
        and direction.title() in one["spec"]["policyTypes"]
        and takes(one["spec"]["podSelector"], pod.labels)
    ]
    word = "to" if direction == "egress" else "from"
    return not mine or any(
        any(is_peer(peer, other, pod.namespace) for peer in rule[word])
        and any(one["port"] <= port <= one.get("endPort", one["port"]) for one in rule["ports"])
        for spec in mine
        for rule in spec.get(direction, ())
    )


def reaches(documents, caller: Pod, called: Pod, port: int) -> bool:
    return lets(documents, "egress", caller, called, port) and lets(
        documents, "ingress", called, caller, port
    )


def environment(documents, container) -> dict[str, str]:
    """What a container is told by name and by the maps it takes in."""
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(documents, "ConfigMap")}
    told: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        told |= maps[source["configMapRef"]["name"]]
    return told | {one["name"]: one.get("value", "") for one in container.get("env", ())}


def processes(documents):
    for workload in of_kind(documents, "Deployment", "Job"):
        for container in containers(workload):
            yield workload, container, environment(documents, container)


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_of_the_services_only_the_counter_calls_another_and_only_the_ledger(production):
    """All pairs of all roles: what no code asks, no policy lets through."""
    found = pods(production)
    open_doors = {
        (caller, called)
        for caller, one in found.items()
        for called, other in found.items()
        if caller != called and reaches(production, one, other, 50051)
    }

    assert open_doors == {("cashiering-api", "receivables-api")}


def test_the_code_makes_channels_nowhere_else(root: Path):
    """What has to be opened above is what the sources say."""
    callers = {
        path.relative_to(root / "services").parts[0]
        for path in (root / "services").glob("*/*_service/**/*.py")
        if re.search(r"grpc\.(aio\.)?(in)?secure_channel\(", path.read_text(encoding="utf-8"))
    }

    assert callers == {"cashiering"}


def test_every_process_reaches_its_own_servers_and_no_other_s(production, dev):
    """Database, broker, collector and names; of databases none but the service's own."""
    for documents, amqp in ((production, 5671), (dev, 5672)):
        for name, pod in pods(documents).items():
            own = pod.labels["app.kubernetes.io/name"]
            near = {
                service for service in SERVICES
                if reaches(documents, pod, database_of(service), 5432)
            }  # fmt: skip
            assert near == {own}, name
            assert reaches(documents, pod, BROKER, amqp), name
            assert not reaches(documents, pod, BROKER, 15671), name
            assert reaches(documents, pod, COLLECTOR, 4318), name
            assert reaches(documents, pod, DNS, 53), name
            assert not reaches(documents, pod, outside("default", name="anything"), 443), name


def test_who_comes_from_outside_comes_to_where_it_may(production):
    """Prometheus to every process's page, a till to its service; mail goes out of one worker."""
    found = pods(production)
    for name, pod in found.items():
        assert reaches(production, PROMETHEUS, pod, 9090), name
        assert not reaches(production, PROMETHEUS, pod, 50051), name
        assert reaches(production, pod, MAIL, 587) == (name == "notifications-worker"), name
        assert reaches(production, CONSOLE, pod, 50051) == (name == "cashiering-api"), name
    assert not reaches(production, CONSOLE._replace(marks={}), found["cashiering-api"], 50051)


def test_processes_listen_where_doors_and_services_are(production, dev):
    for documents in (production, dev):
        for workload, container, told in processes(documents):
            ports = {one["name"]: one["containerPort"] for one in container.get("ports", ())}
            if "http" in ports:
                assert ports["http"] == port_of(told["MILLAGE_HTTP_LISTEN"]) == 9090
            if container["args"] == ["api"]:
                assert ports["grpc"] == port_of(told["MILLAGE_GRPC_LISTEN"]) == 50051
            assert container["args"][0] in ROLES, workload["metadata"]["name"]
        for service in of_kind(documents, "Service"):
            for port in service["spec"]["ports"]:
                assert port["targetPort"] in ("grpc", "http")
                assert port["port"] == {"grpc": 50051, "http": 9090}[port["targetPort"]]


def test_addresses_name_services_that_are_there(production, dev):
    """A name that is mistyped would only be noticed by quotes that are all provisional."""
    for documents in (production, dev):
        known = {
            f"{one['metadata']['name']}:{port['port']}"
            for one in of_kind(documents, "Service")
            for port in one["spec"]["ports"]
        }
        named = {
            told["MILLAGE_RECEIVABLES_ADDR"]
            for _, _, told in processes(documents)
            if "MILLAGE_RECEIVABLES_ADDR" in told
        }
        assert len(named) == 1
        assert named <= known


def test_traces_go_where_the_collector_listens(production, root: Path):
    config = yaml.safe_load((root / "deploy/observability/otel-collector.yaml").read_text())
    listens = port_of(config["receivers"]["otlp"]["protocols"]["http"]["endpoint"])
    for _, container, told in processes(production):
        host, _, port = told["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://").partition(":")
        assert (host, int(port)) == ("otel-collector.observability", listens), container["name"]
        assert told["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"


def test_every_file_a_process_is_told_of_is_mounted(production, dev):
    """A path one letter off ends every pod at its start."""
    for documents in (production, dev):
        for workload, container, told in processes(documents):
            mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
            volumes = {one["name"] for one in pod_of(workload)["volumes"]}
            files = {
                value for name, value in told.items()
                if name.startswith("MILLAGE_") and name.endswith("_FILE")
            }  # fmt: skip
            assert len(files) >= 3
            assert {str(Path(one).parent) for one in files} <= set(mounts), container["name"]
            assert set(mounts.values()) <= volumes


def test_a_pod_is_given_the_time_its_process_takes_to_end(production):
    """Calls in hand have their grace, after the pod has left the endpoints."""
    for deployment in of_kind(production, "Deployment"):
        (process,) = pod_of(deployment)["containers"]
        if process["args"] != ["api"]:
            continue
        before = process["lifecycle"]["preStop"]["sleep"]["seconds"]
        given = pod_of(deployment)["terminationGracePeriodSeconds"]
        assert given >= before + server._GRACE_SECONDS + 10


@pytest.mark.parametrize("service", SERVICES)
def test_the_broker_s_rights_are_those_that_are_tried_on_a_real_one(production, service):
    """devkit's tests try them on RabbitMQ; the operator is given the same patterns."""
    (permission,) = [
        one["spec"]["permissions"]
        for one in of_kind(production, "Permission")
        if one["metadata"]["name"] == f"{service}-broker"
    ]
    plain = {right: pattern.replace(r"\b", "") for right, pattern in permission.items()}

    assert plain == rights_of(service).as_json()
