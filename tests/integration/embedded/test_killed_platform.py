"""A platform that is killed in the middle of a promotion, and what the next one makes of it."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.support.plant import Watched, trained
from tests.support.platforms import Platform, descendants, is_alive, kill
from tests.support.processes import wait_for
from windlass.bootstrap.folder import EMBEDDED_NAMESPACE
from windlass.bootstrap.ports import embedded_ports, records
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.status import Phase
from windlass.ports.objects import Objects
from windlass.ports.registry import Registry, Tracking
from windlass.services.audit import history_of
from windlass.services.training import TrainingPorts, record, register, store

PROMOTION = """
apiVersion: windlass.dev/v1alpha1
kind: ModelPromotion
metadata: {name: first}
spec:
  model: predictive-maintenance
  candidate: {alias: challenger}
  evaluation: {dataset: s3://windlass/datasets/predictive-maintenance/holdout}
  rollback: {soak: 1s}
"""


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    (tmp_path / "promotion.yaml").write_text(PROMOTION)
    return Platform(tmp_path / ".windlass")


def test_nothing_outlives_a_killed_platform_and_the_next_one_goes_on(platform: Platform) -> None:
    place = platform.folder.parent
    platform.up()
    first = platform.record()
    with closing(embedded_ports(platform.folder)) as ports:
        registered(ports.outside.objects, ports.outside.registry, ports.tracking)
    assert platform.windlass("promote", f"--file={place}/promotion.yaml").code == 0
    wait_for(lambda: phase(platform) is Phase.EVALUATING, 20)

    children = descendants(first.pid)
    assert len(children) >= 10
    kill(first.pid)
    assert platform.windlass("status").code == 3
    wait_for(lambda: not any(map(is_alive, children)), 20)
    assert phase(platform) is Phase.EVALUATING

    platform.up()
    second = platform.record()
    assert second.connections.prefect == first.connections.prefect
    assert all(platform.health().values())
    said = platform.windlass("promote", f"--file={place}/promotion.yaml", "--wait", seconds=120)
    assert (said.code, said.out.split()[:2]) == (0, ["first", "Succeeded:"]), said.err
    assert journal(platform).count("SetAlias") == 1

    children = descendants(second.pid)
    assert platform.windlass("down").code == 0
    wait_for(lambda: not any(map(is_alive, [second.pid, *children])), 5)


def registered(objects: Objects, registry: Registry, tracking: Tracking) -> None:
    """Have a challenger, as a training leaves it."""
    ports = TrainingPorts(objects=objects, registry=registry, tracking=tracking, progress=Watched())
    version = trained()
    store(objects, version, publish_holdout=True)
    register(ports, version, record(tracking, version))


def phase(platform: Platform) -> Phase:
    with closing(records(platform.folder)) as found:
        promotion = found.promotions.get(PromotionKey(EMBEDDED_NAMESPACE, "first"))
    assert promotion is not None
    return promotion.status.phase


def journal(platform: Platform) -> list[str]:
    with closing(records(platform.folder)) as found:
        promotion = found.promotions.get(PromotionKey(EMBEDDED_NAMESPACE, "first"))
        assert promotion is not None
        return [entry.step for entry in history_of(found.objects, promotion)]
