"""What the operator works with, in its pod."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial

from windlass.adapters.kubernetes_client import in_cluster
from windlass.adapters.kubernetes_events import KubernetesEvents
from windlass.adapters.kubernetes_namespace import is_ending
from windlass.adapters.kubernetes_promotions import KubernetesPromotions
from windlass.adapters.kubernetes_serving import KubernetesServing, Place
from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.prefect_blocks import PrefectBlocks
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.adapters.promotion_documents import Document
from windlass.adapters.server_admin import ServerAdmin
from windlass.adapters.system_clock import SystemClock
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.bootstrap.clients import (
    mlflow_client,
    open_objects,
    prefect_client,
    redis_client,
)
from windlass.domain.promotion.promotion import Promotion
from windlass.ports.announcements import Announcements
from windlass.services.announcing import AnnouncedPromotions
from windlass.services.outside import Outside
from windlass.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorPorts:
    """The systems of a release."""

    outside: Outside
    watched: WatchedPromotions
    """Wants to be told what the watch tells."""
    read: Callable[[Document], Promotion]
    """Reads an object of the watch. Raises InputError."""
    namespace_ends: Callable[[], bool]
    """Whether the namespace is being deleted. Raises SystemUnavailable."""


@contextmanager
def operator_ports(
    settings: Settings, listeners: Sequence[Announcements], connections: int
) -> Iterator[OperatorPorts]:
    """Clients of all; the listeners are told of every status that is written.

    `connections` is the number of threads that use them at once.
    """
    cluster = settings.cluster
    place = Place(namespace=cluster.namespace, release=cluster.release)
    with ExitStack() as stack:
        client = stack.enter_context(closing(in_cluster(connections)))
        mlflow = stack.enter_context(closing(mlflow_client(settings.mlflow)))
        prefect = stack.enter_context(closing(prefect_client(settings.prefect)))
        token = settings.inference.admin_token.get_secret_value()
        admin = stack.enter_context(closing(ServerAdmin(token)))
        store = KubernetesPromotions(client, cluster.namespace)
        watched = WatchedPromotions(store)
        outside = Outside(
            promotions=AnnouncedPromotions(watched, [*listeners, KubernetesEvents(client)]),
            registry=MlflowRegistry(mlflow),
            objects=stack.enter_context(open_objects(settings.objects)),
            keyvalue=stack.enter_context(closing(redis_client(settings.redis))),
            flows=PrefectFlowRuns(prefect, settings.prefect.ui_url or None),
            blocks=PrefectBlocks(prefect),
            serving=KubernetesServing(client, place, admin),
            clock=SystemClock(),
        )
        yield OperatorPorts(
            outside=outside,
            watched=watched,
            read=store.read,
            namespace_ends=partial(is_ending, client, cluster.namespace),
        )
