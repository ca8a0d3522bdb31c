"""What the overlays promise, read from what kubectl would apply."""

import re

import pytest
from tools.manifest_rules import containers, of_kind, pod_labels, pod_of, violations

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)


def named(documents, kind, name):
    (found,) = [d for d in of_kind(documents, kind) if d["metadata"]["name"] == name]
    return found


def role(documents, service, name):
    return named(documents, "Deployment", f"{service}-{name}")


def probes(container):
    return {kind: container[kind] for kind in ("startupProbe", "readinessProbe", "livenessProbe")}


def environment(workload):
    return {e["name"]: e.get("value") for c in containers(workload) for e in c["env"]}


def mounted_secrets(documents):
    return {
        (volume["secret"]["secretName"], volume["secret"].get("optional", False))
        for workload in of_kind(documents, "Deployment", "Job")
        for volume in pod_of(workload)["volumes"]
        if "secret" in volume
    }


def test_both_overlays_hold_every_rule_of_the_house(production, dev):
    assert violations(production) == []
    assert violations(dev) == []


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_stands_in_all_its_roles(production, service):
    """api, worker and relay as Deployments, and a Job that migrates before it binds queues."""
    for name in ("api", "worker", "relay"):
        (process,) = pod_of(role(production, service, name))["containers"]
        assert [name] == process["args"]
        assert process["image"].split(":")[0].endswith(f"/{service}")
    job = pod_of(named(production, "Job", f"{service}-migrate"))
    steps = [job["initContainers"][0]["args"], job["containers"][0]["args"]]
    assert steps == [["migrate"], ["topology"]]


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_has_started_when_grpc_answers_and_is_ready_when_its_parts_are(dev, service):
    """Alive asks for less than ready: a database that is down must not restart every pod."""
    (process,) = containers(role(dev, service, "api"))
    asked = probes(process)
    assert asked["startupProbe"]["grpc"] == {"port": 50051}
    assert asked["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert asked["livenessProbe"]["httpGet"]["path"] == "/livez"


@pytest.mark.parametrize("service", SERVICES)
def test_production_speaks_tls_only(production, service):
    """gRPC and AMQP: certificates are demanded, and the plain AMQP port is closed."""
    api = role(production, service, "api")
    assert {"MILLAGE_GRPC_TLS_CERT_FILE", "MILLAGE_GRPC_TLS_KEY_FILE"} <= set(environment(api))
    assert (f"{service}-grpc-tls", False) in mounted_secrets(production)
    # Kubernetes' gRPC probe cannot speak TLS.
    assert not any("grpc" in probe for probe in probes(containers(api)[0]).values())
    for workload in of_kind(production, "Deployment", "Job"):
        (ca,) = [v for v in pod_of(workload)["volumes"] if v["name"] == "broker-ca"]
        assert ca["configMap"] == {"name": "broker-ca", "optional": False}
    ports = named(production, "NetworkPolicy", "broker")["spec"]["egress"][0]["ports"]
    assert [p["port"] for p in ports] == [5671]
    (cluster,) = of_kind(production, "RabbitmqCluster")
    assert cluster["spec"]["tls"]["disableNonTLSListeners"] is True


def test_only_cashiering_calls_receivables_among_the_services(production):
    """CASH: the counter asks for quotes; every other fact travels by event."""
    callers = {
        (d["metadata"]["name"], key)
        for d in of_kind(production, "Deployment", "Job")
        for key in pod_labels(d)
        if key.startswith("access.millage.org/")
    }
    assert {("cashiering-api", "access.millage.org/receivables")} == callers


def test_nobody_reaches_an_api_without_its_label(production):
    for service in SERVICES:
        policy = named(production, "NetworkPolicy", f"{service}-clients")["spec"]
        keys = [
            expression["key"]
            for peer in policy["ingress"][0]["from"]
            for expression in peer["podSelector"]["matchExpressions"]
        ]
        assert [f"access.millage.org/{service}"] * 2 == keys
        assert service == policy["podSelector"]["matchLabels"]["app.kubernetes.io/name"]


def test_a_service_reaches_its_own_database_and_no_other(production):
    for service in SERVICES:
        policy = named(production, "NetworkPolicy", f"{service}-database")["spec"]
        (peer,) = policy["egress"][0]["to"]
        (cluster,) = peer["podSelector"]["matchExpressions"]
        assert ("cnpg.io/cluster", [service]) == (cluster["key"], cluster["values"])
        assert {"app.kubernetes.io/name": service} == policy["podSelector"]["matchLabels"]


def test_only_the_notifications_worker_reaches_the_mail_relay(production):
    allowed = [
        policy["spec"]["podSelector"]["matchLabels"]
        for policy in of_kind(production, "NetworkPolicy")
        for rule in policy["spec"].get("egress", [])
        if {25, 465, 587} & {port["port"] for port in rule["ports"]}
    ]
    expected = {
        "app.kubernetes.io/name": "notifications",
        "app.kubernetes.io/component": "worker",
    }
    assert [expected] == allowed


def test_workers_scale_by_their_own_queues(production):
    """A handler's queues count, the parking queue does not; receivables may grow furthest."""
    limits = {}
    for service in SERVICES:
        scaler = named(production, "ScaledObject", f"{service}-worker")["spec"]
        query = scaler["triggers"][0]["metadata"]["query"]
        wanted, unwanted = re.findall(r"`([^`]*)`", query)
        queue = f"evt-cashiering-PaymentPosted.v1--{service}.payment_posted"
        assert re.fullmatch(wanted, queue)
        assert not re.fullmatch(wanted, queue.replace(f"--{service}", "--other"))
        assert re.fullmatch(unwanted, f"evt-parking--{service}.dead_letters")
        limits[service] = scaler["maxReplicaCount"]
    assert max(limits, key=limits.__getitem__) == "receivables"


def test_every_secret_a_pod_mounts_is_documented(production, root):
    """Secrets are made outside; the page that says so names each of them."""
    page = (root / "deploy/k8s/README.md").read_text()
    for name, _ in mounted_secrets(production):
        service, _, rest = name.partition("-")
        pattern = f"<service>-{rest}" if service in SERVICES else name
        assert f"`{pattern}`" in page or f"`{name}`" in page, name


def test_a_changed_setting_rolls_the_pods(production, dev):
    """The settings' name carries a hash of their content."""
    names = {
        documents[0]["metadata"]["name"]
        for documents in (of_kind(production, "ConfigMap"), of_kind(dev, "ConfigMap"))
    }
    assert len(names) == 2
    assert all(re.fullmatch(r"settings-[a-z0-9]{10}", name) for name in names)


@pytest.mark.parametrize("service", SERVICES)
def test_the_manifests_fit_the_image(production, root, service):
    """The image names the service and the user; the manifest names only the role."""
    dockerfile = (root / f"services/{service}/Dockerfile").read_text()
    assert f'ENTRYPOINT ["python", "-m", "taxkit.run", "{service}"]' in dockerfile
    user = pod_of(role(production, service, "api"))["securityContext"]["runAsUser"]
    assert f"USER {user}" in dockerfile
    assert "command" not in containers(role(production, service, "api"))[0]
