"""What a release knows of itself: the operator's own variables, read from its Deployment."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubernetes.client import ApiClient, V1Deployment
from kubernetes.client.api.apps_v1_api import AppsV1Api

from windlass.adapters.kubernetes_client import TIMEOUT, converted
from windlass.adapters.kubernetes_secrets import KubernetesSecrets
from windlass.domain.errors import InputError

_OPERATOR = "app.kubernetes.io/component=operator,app.kubernetes.io/part-of=windlass"


@dataclass(frozen=True, slots=True)
class SecretKey:
    """Where a secret value is."""

    secret: str
    key: str


Variables = Mapping[str, str | SecretKey]


def operator_variables(client: ApiClient, namespace: str) -> Variables:
    """Variables of the namespace's operator; InputError where there is none."""
    with converted(f"looking for the operator in namespace {namespace}"):
        found = AppsV1Api(client).list_namespaced_deployment(
            namespace, label_selector=_OPERATOR, _request_timeout=TIMEOUT
        )
    if not found.items:
        raise InputError(
            f"there is no release of Windlass in namespace {namespace}: install one with"
            f" `helm install windlass charts/windlass -n {namespace}`, or name another with -n"
        )
    return _variables(found.items[0])


def revealed(client: ApiClient, namespace: str, variables: Variables) -> dict[str, str]:
    """The variables with the values of Secrets, which the user has to be allowed to read."""
    secrets = KubernetesSecrets(client, namespace, "")
    values = {name: value for name, value in variables.items() if isinstance(value, str)}
    for name, value in variables.items():
        if isinstance(value, SecretKey):
            content = secrets.read(value.secret)
            if content is None or value.key not in content:
                raise InputError(f"Secret {value.secret} lacks {value.key}: upgrade the release")
            values[name] = content[value.key].decode()
    return values


def _variables(operator: V1Deployment) -> Variables:
    found: dict[str, str | SecretKey] = {}
    pod = operator.spec.template.spec if operator.spec else None
    for each in (pod.containers[0].env or ()) if pod else ():
        source = each.value_from.secret_key_ref if each.value_from else None
        found[each.name] = (
            SecretKey(secret=str(source.name), key=source.key) if source else (each.value or "")
        )
    return found
