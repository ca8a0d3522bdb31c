"""Each rule of the house can fail: good manifests are spoilt in one place and must be refused."""

import copy

import pytest
from tools import manifest_rules as rules
from tools.manifest_rules import containers, of_kind, pod_of


def first(documents, kind):
    return of_kind(documents, kind)[0]


def drop(documents, kind):
    documents[:] = [d for d in documents if d["kind"] != kind]


def misspell(documents):
    first(documents, "Deployment")["spec"]["replica"] = 3


def forget_namespace(documents):
    del first(documents, "Service")["metadata"]["namespace"]


def invent_kind(documents):
    first(documents, "Job")["kind"] = "Chore"


def run_as_root(documents):
    pod_of(first(documents, "Deployment"))["securityContext"]["runAsUser"] = 0


def mount_token(documents):
    pod_of(first(documents, "Job"))["automountServiceAccountToken"] = True


def allow_seccomp(documents):
    del pod_of(first(documents, "Job"))["securityContext"]["seccompProfile"]


def write_to_root(documents):
    containers(first(documents, "Job"))[0]["securityContext"]["readOnlyRootFilesystem"] = False


def escalate(documents):
    del containers(first(documents, "Job"))[1]["securityContext"]["allowPrivilegeEscalation"]


def keep_capabilities(documents):
    containers(first(documents, "Job"))[1]["securityContext"]["capabilities"] = {}


def unlimited(documents):
    del containers(first(documents, "Job"))[0]["resources"]["limits"]


def use_latest(documents):
    containers(first(documents, "Deployment"))[0]["image"] = "registry:5000/millage/levy:latest"


def use_no_tag(documents):
    containers(first(documents, "Deployment"))[0]["image"] = "registry:5000/millage/levy"


def unprobed(documents):
    del containers(first(documents, "Deployment"))[0]["readinessProbe"]


def no_budget(documents):
    drop(documents, "PodDisruptionBudget")


def open_network(documents):
    documents[:] = [d for d in documents if d["metadata"]["name"] != "default-deny"]


def no_doors(documents):
    documents[:] = [
        d
        for d in documents
        if d["kind"] != "NetworkPolicy" or d["metadata"]["name"] == "default-deny"
    ]


def commit_secret(documents):
    body = {"apiVersion": "v1", "kind": "Secret", "stringData": {"url": "postgresql://u:p@h/d"}}
    documents.append({**body, "metadata": {"name": "levy-database", "namespace": "millage"}})


def lose_settings(documents):
    drop(documents, "ConfigMap")


def lose_account(documents):
    drop(documents, "ServiceAccount")


def select_nothing(documents):
    first(documents, "Service")["spec"]["selector"] = {"app": "gone"}


def scale_nothing(documents):
    first(documents, "ScaledObject")["spec"]["scaleTargetRef"]["name"] = "gone"


def fight_the_scaler(documents):
    for deployment in of_kind(documents, "Deployment"):
        deployment["spec"]["replicas"] = 2


def leave_placeholder(documents):
    first(documents, "Exchange")["spec"]["name"] = "service.events"


SPOILT = {
    misspell: (rules.schemas_hold, "replica"),
    forget_namespace: (rules.schemas_hold, "no namespace"),
    invent_kind: (rules.schemas_hold, "chore"),
    run_as_root: (rules.pods_are_locked_down, "must run as user 10001"),
    mount_token: (rules.pods_are_locked_down, "must not mount a service account token"),
    allow_seccomp: (rules.pods_are_locked_down, "seccompProfile"),
    write_to_root: (rules.containers_are_locked_down, "root file system"),
    escalate: (rules.containers_are_locked_down, "privilege escalation"),
    keep_capabilities: (rules.containers_are_locked_down, "capabilities"),
    unlimited: (rules.containers_have_resources, "a limit for memory"),
    use_latest: (rules.images_are_pinned, "no fixed tag"),
    use_no_tag: (rules.images_are_pinned, "no fixed tag"),
    unprobed: (rules.deployments_are_probed, "no readinessProbe"),
    no_budget: (rules.deployments_have_a_budget, "0 PodDisruptionBudgets"),
    open_network: (rules.networks_are_closed, "denies everything by default"),
    no_doors: (rules.networks_are_closed, "no NetworkPolicy of its own for Egress"),
    commit_secret: (rules.secrets_stay_outside, "Secret/levy-database"),
    lose_settings: (rules.references_resolve, "ConfigMap/settings"),
    lose_account: (rules.references_resolve, "ServiceAccount/"),
    select_nothing: (rules.services_have_pods, "selects no pods"),
    scale_nothing: (rules.scalers_have_targets, "Deployment/gone does not exist"),
    fight_the_scaler: (rules.scalers_have_targets, "sets replicas itself"),
    leave_placeholder: (rules.placeholders_are_filled, "service.events"),
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_a_rule_refuses_what_it_is_for(production, spoil):
    rule, text = SPOILT[spoil]
    assert list(rule(production)) == []
    spoilt = copy.deepcopy(production)
    spoil(spoilt)
    findings = list(rule(spoilt))
    assert any(text.lower() in finding.lower() for finding in findings), findings


def test_every_rule_has_been_seen_to_fail():
    assert {rule for rule, _ in SPOILT.values()} == set(rules.RULES)
