"""What commands act on: the embedded platform of a folder, or a release in a cluster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from windlass.bootstrap.clients import mlflow_client, open_objects
from windlass.bootstrap.environment import acting_user
from windlass.bootstrap.folder import EMBEDDED_NAMESPACE
from windlass.bootstrap.ports import embedded_ports, records
from windlass.domain.errors import InputError
from windlass.ports.objects import Objects
from windlass.ports.promotions import Promotions
from windlass.ports.registry import Registry
from windlass.settings import Connections

CLUSTER_NAMESPACE = "windlass"
"""Of contexts that name none: where `make up` installs."""

_PREFIX = "WINDLASS_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Clients that are opened when they are asked for."""

    namespace: str
    """Of promotions whose manifest names none."""
    promotions: Promotions
    actor: str
    """Who acts."""
    embedded: bool
    registry: Callable[[], Registry]
    objects: Callable[[], Objects]


@contextmanager
def embedded_target(folder: Path, actor: str | None) -> Iterator[Target]:
    """The platform that runs in a folder."""
    with closing(embedded_ports(folder)) as ports:
        yield Target(
            embedded=True,
            namespace=EMBEDDED_NAMESPACE,
            promotions=ports.promotions,
            actor=acting_user(actor),
            registry=lambda: ports.outside.registry,
            objects=lambda: ports.outside.objects,
        )


@contextmanager
def recorded_target(folder: Path) -> Iterator[Target]:
    """What the platform of a folder wrote down, whether it runs or not."""

    def no_registry() -> Registry:
        raise InputError("versions are known while the platform runs: `windlass up`")

    with closing(records(folder)) as found:
        yield Target(
            embedded=True,
            namespace=EMBEDDED_NAMESPACE,
            promotions=found.promotions,
            actor=acting_user(None),
            registry=no_registry,
            objects=lambda: found.objects,
        )


@contextmanager
def cluster_target(context: str, namespace: str | None, actor: str | None) -> Iterator[Target]:
    """The release in a namespace of a cluster, by the rights of the kubeconfig's user.

    MLflow and the object store are reached through `kubectl port-forward` and the release's own
    Secrets; promotions need neither. `actor` is another user to act as.
    """
    from windlass.adapters.kubernetes_client import of_context, who_am_i
    from windlass.adapters.kubernetes_promotions import KubernetesPromotions
    from windlass.adapters.mlflow_registry import MlflowRegistry

    access = of_context(context, actor)
    where = namespace or access.namespace or CLUSTER_NAMESPACE
    with ExitStack() as stack:
        client = stack.enter_context(closing(access.client))

        @cache
        def connections() -> Connections:
            from windlass.adapters.kubernetes_release import operator_variables, revealed

            known = operator_variables(client, where)
            return connections_of(revealed(client, where, known))

        def reached(url: str) -> str:
            from windlass.adapters.port_forward import forwarded

            parts = urlsplit(url)
            if not parts.hostname or "." in parts.hostname:
                return url
            flags = ("--context", context, "--namespace", where)
            port = stack.enter_context(forwarded(flags, parts.hostname, parts.port or 80))
            return f"http://127.0.0.1:{port}"

        @cache
        def registry() -> Registry:
            mlflow = connections().mlflow
            there = mlflow.model_copy(update={"url": reached(mlflow.url)})
            return MlflowRegistry(stack.enter_context(closing(mlflow_client(there))))

        @cache
        def objects() -> Objects:
            store = connections().objects
            there = store.model_copy(update={"endpoint": reached(store.endpoint)})
            return stack.enter_context(open_objects(there))

        yield Target(
            embedded=False,
            namespace=where,
            promotions=KubernetesPromotions(client, where),
            actor=who_am_i(client),
            registry=registry,
            objects=objects,
        )


def connections_of(variables: Mapping[str, str]) -> Connections:
    """Variables of a pod as the settings that it reads from them."""
    found: dict[str, dict[str, str]] = {}
    for name, value in variables.items():
        section, _, field = name.removeprefix(_PREFIX).lower().partition("__")
        if name.startswith(_PREFIX) and section in Connections.model_fields:
            found.setdefault(section, {})[field] = value
    return Connections.model_validate(found)
