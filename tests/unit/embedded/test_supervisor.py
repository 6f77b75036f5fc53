"""The life of children, stepped through with a clock of our own."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from windlass.embedded.children import Plan
from windlass.embedded.supervisor import State, Supervisor, restart_delay


@dataclass(slots=True)
class FakeChild:
    pid: int
    code: int | None = None
    asked_to_stop: bool = False

    def exit_code(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.asked_to_stop = True

    def kill(self) -> None:
        self.code = 137


@dataclass(slots=True)
class World:
    now: float = 0.0
    healthy: bool = False
    started: list[FakeChild] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def start(self, plan: Plan) -> FakeChild:
        self.started.append(FakeChild(pid=len(self.started) + 1))
        return self.started[-1]

    def supervisor(self) -> Supervisor:
        return Supervisor(
            start=self.start,
            is_healthy=lambda plan: self.healthy,
            clock=lambda: self.now,
            tell=self.told.append,
        )


def plan(name: str = "mlflow") -> Plan:
    return Plan(name=name, command=("true",), environment={}, log=Path("logs", f"{name}.log"))


def test_a_child_is_ready_once_it_is_healthy() -> None:
    world = World()
    supervisor = world.supervisor()
    supervisor.add([plan()])
    supervisor.tick()
    assert supervisor.children[0].state is State.STARTING
    world.now, world.healthy = 3.0, True
    supervisor.tick()
    assert supervisor.ready
    assert world.told == ["mlflow is ready after 3.0 s"]


def test_all_children_must_be_ready() -> None:
    world = World(healthy=True)
    supervisor = world.supervisor()
    supervisor.add([plan()])
    supervisor.tick()
    supervisor.add([plan("prefect")])
    assert not supervisor.ready


def test_a_dead_child_is_started_again_after_its_delay_and_it_says_so() -> None:
    world = World(healthy=True)
    supervisor = world.supervisor()
    supervisor.add([plan()])
    supervisor.tick()
    world.started[0].code = 1
    supervisor.tick()
    assert supervisor.children[0].state is State.DOWN
    assert world.told[-1] == (
        "mlflow ended with exit code 1; starting it again in 0.5 s (see logs/mlflow.log)"
    )
    world.now = 0.4
    supervisor.tick()
    assert len(world.started) == 1
    world.now = 0.5
    supervisor.tick()
    supervisor.tick()
    assert len(world.started) == 2
    assert supervisor.ready


def test_a_child_that_ran_long_enough_starts_again_without_its_past() -> None:
    world = World()
    supervisor = world.supervisor()
    supervisor.add([plan()])
    for death in (1, 2, 3):
        world.started[-1].code = 1
        supervisor.tick()
        assert supervisor.children[0].deaths == death
        world.now += restart_delay(death)
        supervisor.tick()
    world.now += 31
    world.started[-1].code = 1
    supervisor.tick()
    assert supervisor.children[0].deaths == 1


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (1000, 30)]
)
def test_delays_grow_up_to_half_a_minute(deaths: int, seconds: float) -> None:
    assert restart_delay(deaths) == seconds


def test_stopping_asks_all_and_returns_those_that_still_run() -> None:
    world = World()
    supervisor = world.supervisor()
    supervisor.add([plan("prefect"), plan("mlflow")])
    world.started[0].code = 0
    assert supervisor.stop() == (world.started[1],)
    assert all(child.asked_to_stop for child in world.started)
