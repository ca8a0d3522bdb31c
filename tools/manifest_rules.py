"""The house's rules for rendered Kubernetes manifests: each takes documents and yields findings."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import kubernetes_validate

KUBERNETES = "1.33"
USER = 10001

# Kinds that operators define: no schema of theirs comes with Kubernetes.
OPERATOR_KINDS = {
    "keda.sh/v1alpha1": {"ScaledObject"},
    "rabbitmq.com/v1beta1": {
        "Exchange",
        "Permission",
        "Policy",
        "RabbitmqCluster",
        "User",
        "Vhost",
    },
}
CLUSTER_WIDE = {"Namespace"}
PLACEHOLDER = re.compile(
    r"^service$|^service-|^service\.(events|dlx|replay)$|millage/service\b|\\bservice\\b|[a-z]/service$"
)

Document = dict[str, Any]
Rule = Callable[[list[Document]], Iterator[str]]


def name_of(document: Document) -> str:
    """Name a document as kubectl does: kind/name."""
    return f"{document['kind']}/{document['metadata']['name']}"


def of_kind(documents: list[Document], *kinds: str) -> list[Document]:
    return [document for document in documents if document["kind"] in kinds]


def pod_of(workload: Document) -> Document:
    pod: Document = workload["spec"]["template"]["spec"]
    return pod


def pod_labels(workload: Document) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(workload: Document) -> list[Document]:
    pod = pod_of(workload)
    return [*pod.get("initContainers", []), *pod["containers"]]


def selects(selector: Document, labels: dict[str, str]) -> bool:
    """Tell whether a plain selector takes pods with these labels; an empty one takes all."""
    wanted: dict[str, str] = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def workloads(documents: list[Document]) -> list[Document]:
    return of_kind(documents, "Deployment", "Job")


def pods_are_locked_down(documents: list[Document]) -> Iterator[str]:
    """Pods run as our own user, without a token of the API server."""
    for workload in workloads(documents):
        pod, where = pod_of(workload), name_of(workload)
        context = pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser") != USER:
            yield f"{where}: must run as user {USER} and say runAsNonRoot"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{where}: seccompProfile must be RuntimeDefault"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{where}: must not mount a service account token"


def containers_are_locked_down(documents: list[Document]) -> Iterator[str]:
    """Containers cannot write to their image nor gain rights."""
    for workload in workloads(documents):
        for container in containers(workload):
            where = f"{name_of(workload)}, container {container['name']}"
            context = container.get("securityContext", {})
            if context.get("readOnlyRootFilesystem") is not True:
                yield f"{where}: the root file system must be read-only"
            if context.get("allowPrivilegeEscalation") is not False:
                yield f"{where}: privilege escalation must be off"
            if context.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{where}: all capabilities must be dropped"


def containers_have_resources(documents: list[Document]) -> Iterator[str]:
    """Requests for both, a limit for memory; no CPU limit, which only throttles."""
    for workload in workloads(documents):
        for container in containers(workload):
            resources = container.get("resources", {})
            asked = set(resources.get("requests", {})) >= {"cpu", "memory"}
            if not asked or "memory" not in resources.get("limits", {}):
                where = f"{name_of(workload)}, container {container['name']}"
                yield f"{where}: needs requests for cpu and memory and a limit for memory"


def images_are_pinned(documents: list[Document]) -> Iterator[str]:
    """An image names a release or a digest, so that two nodes never run different code."""
    for workload in workloads(documents):
        for container in containers(workload):
            image = str(container["image"])
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag in {"", "latest"}:
                yield f"{name_of(workload)}: image {image} has no fixed tag"


def deployments_are_probed(documents: list[Document]) -> Iterator[str]:
    for workload in of_kind(documents, "Deployment"):
        for container in containers(workload):
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe not in container:
                    yield f"{name_of(workload)}, container {container['name']}: no {probe}"


def deployments_have_a_budget(documents: list[Document]) -> Iterator[str]:
    """A drained node may take one replica of anything, never all."""
    budgets = of_kind(documents, "PodDisruptionBudget")
    for workload in of_kind(documents, "Deployment"):
        labels = pod_labels(workload)
        found = [budget for budget in budgets if selects(budget["spec"]["selector"], labels)]
        if len(found) != 1:
            yield f"{name_of(workload)}: {len(found)} PodDisruptionBudgets select it, not one"


def networks_are_closed(documents: list[Document]) -> Iterator[str]:
    """Everything is denied, and each pod then has doors of its own in both directions."""
    policies = [policy["spec"] for policy in of_kind(documents, "NetworkPolicy")]
    closed = [p for p in policies if p["podSelector"] == {} and not {"ingress", "egress"} & set(p)]
    if not any(set(policy["policyTypes"]) == {"Ingress", "Egress"} for policy in closed):
        yield "no NetworkPolicy denies everything by default"
    for workload in workloads(documents):
        labels = pod_labels(workload)
        mine = [p for p in policies if p["podSelector"] and selects(p["podSelector"], labels)]
        for direction in ("Ingress", "Egress"):
            if not any(direction in policy["policyTypes"] for policy in mine):
                yield f"{name_of(workload)}: no NetworkPolicy of its own for {direction}"


def secrets_stay_outside(documents: list[Document]) -> Iterator[str]:
    for secret in of_kind(documents, "Secret"):
        yield f"{name_of(secret)}: secrets are made in the cluster, never kept in the tree"


def references_resolve(documents: list[Document]) -> Iterator[str]:
    """What a workload names exists, but for secrets and certificates made in the cluster."""
    known = {name_of(document) for document in documents}
    for workload in workloads(documents):
        wanted = {f"ServiceAccount/{pod_of(workload)['serviceAccountName']}"}
        for container in containers(workload):
            for source in container.get("envFrom", []):
                wanted.add(f"ConfigMap/{source['configMapRef']['name']}")
        for missing in sorted(wanted - known):
            yield f"{name_of(workload)}: {missing} does not exist"


def services_have_pods(documents: list[Document]) -> Iterator[str]:
    every = [pod_labels(workload) for workload in of_kind(documents, "Deployment")]
    for service in of_kind(documents, "Service"):
        if not any(selects({"matchLabels": service["spec"]["selector"]}, pod) for pod in every):
            yield f"{name_of(service)}: selects no pods"


def scalers_have_targets(documents: list[Document]) -> Iterator[str]:
    """A scaler finds its Deployment, and is the only one that sets its replicas."""
    deployments = {d["metadata"]["name"]: d for d in of_kind(documents, "Deployment")}
    for scaler in of_kind(documents, "HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler["spec"]["scaleTargetRef"]["name"]
        if target not in deployments:
            yield f"{name_of(scaler)}: Deployment/{target} does not exist"
        elif "replicas" in deployments[target]["spec"]:
            yield f"{name_of(scaler)}: Deployment/{target} sets replicas itself"


def placeholders_are_filled(documents: list[Document]) -> Iterator[str]:
    """The template's word "service" was replaced by a name everywhere."""
    for document in documents:
        for text in strings_in(document):
            if PLACEHOLDER.search(text):
                yield f"{name_of(document)}: the placeholder is still in {text!r}"


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)


def schemas_hold(documents: list[Document]) -> Iterator[str]:
    """Each document is what Kubernetes accepts, with no field it does not know."""
    for document in documents:
        if document["kind"] not in CLUSTER_WIDE and "namespace" not in document["metadata"]:
            yield f"{name_of(document)}: no namespace"
        if document["kind"] in OPERATOR_KINDS.get(document["apiVersion"], set()):
            continue
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{name_of(document)}: {'.'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield f"{name_of(document)}: {error}"


RULES: tuple[Rule, ...] = (
    schemas_hold,
    pods_are_locked_down,
    containers_are_locked_down,
    containers_have_resources,
    images_are_pinned,
    deployments_are_probed,
    deployments_have_a_budget,
    networks_are_closed,
    secrets_stay_outside,
    references_resolve,
    services_have_pods,
    scalers_have_targets,
    placeholders_are_filled,
)


def violations(documents: list[Document]) -> list[str]:
    """Hold rendered manifests against every rule."""
    return [finding for rule in RULES for finding in rule(documents)]
