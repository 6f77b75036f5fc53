"""The stories of the unit tests with promotions on the real API server: kills, bad answers, events.

The other systems are twins, so that every write of the reconciler can be counted and cut off.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from kubernetes.client import ApiException

from tests.support.api_server import api_server_promotions
from tests.support.stage import Stage
from tests.support.stories import STORIES, EndState, end_state
from windlass.adapters.kubernetes_client import converted
from windlass.adapters.kubernetes_promotions import KubernetesPromotions
from windlass.adapters.memory.faults import Faults, Kind, PlannedFault
from windlass.adapters.watched_promotions import WatchedPromotions
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import Promotion, PromotionKey
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.status import PromotionStatus

pytestmark = [pytest.mark.e2e, pytest.mark.full]

CODES = (409, 410, 429, 500)


@dataclass(frozen=True, slots=True)
class Counted:
    """The promotions of a cluster, whose calls are counted and go wrong as the twins' do."""

    store: KubernetesPromotions
    faults: Faults
    code: int = 0
    """HTTP status of an answer that goes wrong; 0: no answer at all."""

    def get(self, key: PromotionKey) -> Promotion | None:
        """Read one."""
        with self._call("get"):
            return self.store.get(key)

    def list(self, model: ModelName | None = None) -> tuple[Promotion, ...]:
        """Read all, or all of one model, oldest first."""
        with self._call("list"):
            return self.store.list(model)

    def apply(
        self, key: PromotionKey, spec: PromotionSpec, annotations: Mapping[str, str]
    ) -> Promotion:
        """Create it, or change its spec and add annotations."""
        with self._call("apply", write=True):
            return self.store.apply(key, spec, annotations)

    def write_status(self, promotion: Promotion, status: PromotionStatus) -> Promotion:
        """Replace the status."""
        with self._call("write_status", write=True):
            return self.store.write_status(promotion, status)

    def annotate(self, promotion: Promotion, changes: Mapping[str, str | None]) -> Promotion:
        """Set annotations; None removes one."""
        with self._call("annotate", write=True):
            return self.store.annotate(promotion, changes)

    def finalize(self, promotion: Promotion, finalized: bool) -> Promotion:
        """Set or remove our finalizer."""
        with self._call("finalize", write=True):
            return self.store.finalize(promotion, finalized)

    def delete(self, key: PromotionKey) -> None:
        """Ask for its deletion."""
        with self._call("delete", write=True):
            self.store.delete(key)

    def _call(self, method: str, *, write: bool = False) -> "_Call":
        return _Call(self, f"promotions.{method}", write)


class _Call:
    """One call; a planned fault becomes the answer that the API server would give."""

    def __init__(self, counted: Counted, name: str, write: bool) -> None:
        self._code = counted.code
        self._name = name
        self._inner = counted.faults.call(name, write=write)

    def __enter__(self) -> None:
        try:
            self._inner.__enter__()
        except SystemUnavailable:
            if not self._code:
                raise
            with converted(self._name):
                raise ApiException(status=self._code, reason="injected") from None

    def __exit__(self, *details: object) -> bool | None:
        return self._inner.__exit__(*details)  # type: ignore[arg-type] # as it came


@pytest.fixture
def store() -> Iterator[KubernetesPromotions]:
    with api_server_promotions("default") as found:
        yield found


class Told(Stage):
    """A reconciler whose memory hears of the watch's events."""

    def truth(self) -> tuple[Promotion, ...]:
        """What the API server has."""
        with self.faults.off():
            return self.promotions.list()

    def tell(self, *promotions: Promotion) -> None:
        """Send an event of each."""
        assert isinstance(self.seen, WatchedPromotions)
        for promotion in promotions:
            self.seen.saw(promotion)


class Twice(Told):
    """Every event of the watch comes twice."""

    def reconcile(self) -> None:
        """Hear, hear again, look, and look again."""
        self.tell(*self.truth(), *self.truth())
        super().reconcile()
        super().reconcile()


class Stale(Told):
    """Events tell how each promotion was at first, and of one that is long gone."""

    def __post_init__(self) -> None:
        self.first: dict[str, Promotion] = {}
        super().__post_init__()

    def reconcile(self) -> None:
        """Hear of the past, then look."""
        self.tell(*(self.first.setdefault(each.uid, each) for each in self.truth()))
        self.reconciler.reconcile(PromotionKey("default", "gone"))
        super().reconcile()


class Dropped(Stage):
    """Two of three events are lost: the sweep comes later."""

    ticks = 0

    def reconcile(self) -> None:
        """Look now and then."""
        self.ticks += 1
        if self.ticks % 3 == 0:
            super().reconcile()


def played(
    store: KubernetesPromotions,
    name: str,
    faults: Faults,
    code: int = 0,
    kind: type[Stage] = Stage,
) -> Stage:
    """A story, from an empty store."""
    for promotion in store.list():
        if promotion.finalized:
            store.finalize(promotion, False)
        store.delete(promotion.key)
    stage = kind(faults=faults, store=Counted(store, faults, code), remembering=True)
    STORIES[name].play(stage)
    return stage


@pytest.mark.parametrize("name", STORIES)
def test_a_kill_after_any_write_ends_in_the_same_state(
    store: KubernetesPromotions, name: str
) -> None:
    undisturbed = played(store, name, Faults())
    wanted: EndState = end_state(undisturbed)
    writes = len(undisturbed.faults.writes)
    assert writes > 5
    for n in range(1, writes + 1):
        stage = played(store, name, Faults(PlannedFault(kind=Kind.KILL, at=n)))
        assert stage.kills == 1, n
        assert end_state(stage) == wanted, n


@pytest.mark.parametrize("name", STORIES)
def test_any_bad_answer_of_the_api_server_ends_in_the_same_state(
    store: KubernetesPromotions, name: str
) -> None:
    undisturbed = played(store, name, Faults())
    wanted = end_state(undisturbed)
    asked = [call for call in undisturbed.faults.log if call.port == "promotions"]
    for n in range(1, len(asked) + 1):
        plan = PlannedFault(kind=Kind.FAIL, at=n, target="promotions")
        stage = played(store, name, Faults(plan), CODES[n % len(CODES)])
        assert end_state(stage) == wanted, n


@pytest.mark.parametrize("kind", [Twice, Stale, Dropped])
@pytest.mark.parametrize("name", STORIES)
def test_events_that_come_twice_or_stale_or_never_end_in_the_same_state(
    store: KubernetesPromotions, name: str, kind: type[Stage]
) -> None:
    wanted = end_state(played(store, name, Faults()))
    assert end_state(played(store, name, Faults(), kind=kind)) == wanted
