"""Where a flow run creates promotions: its cluster's API server, or its platform's file."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from windlass.bootstrap.environment import acting_user, settings
from windlass.bootstrap.folder import EMBEDDED_NAMESPACE, Folder
from windlass.bootstrap.whereabouts import named_connections
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.ports.promotions import Promotions


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Promotions, and as whom they are created."""

    promotions: Promotions
    namespace: str
    actor: str


@contextmanager
def promotion_desk() -> Iterator[Desk]:
    """The promotions of the platform that this flow run belongs to."""
    known = settings()
    if named_connections() is None:
        from windlass.adapters.sqlite_promotions import SqlitePromotions
        from windlass.adapters.system_clock import SystemClock

        place = Folder(known.folder).promotions
        with closing(SqlitePromotions(place, SystemClock())) as kept:
            yield Desk(promotions=kept, namespace=EMBEDDED_NAMESPACE, actor=acting_user(None))
        return
    from windlass.adapters.kubernetes_client import in_cluster, who_am_i
    from windlass.adapters.kubernetes_promotions import KubernetesPromotions

    with closing(in_cluster()) as client:
        namespace = known.cluster.namespace
        store = KubernetesPromotions(client, namespace)
        yield Desk(promotions=store, namespace=namespace, actor=who_am_i(client))


@contextmanager
def readable_promotions(tell: Callable[[str], None]) -> Iterator[Promotions | None]:
    """The promotions of this platform; None where this run may not ask for them."""
    with ExitStack() as stack:
        try:
            desk = stack.enter_context(promotion_desk())
        except (InputError, SystemUnavailable) as error:
            tell(f"promotions can't be read: {error}")
            yield None
            return
        yield desk.promotions
