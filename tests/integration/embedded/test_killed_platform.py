"""A platform that is killed, and what the next one finds."""

from pathlib import Path

from tests.support.platforms import Platform, descendants, is_alive, kill
from tests.support.processes import wait_for


def test_nothing_outlives_a_killed_platform_and_the_next_one_goes_on(tmp_path: Path) -> None:
    platform = Platform(tmp_path / ".windlass")
    platform.up()
    first = platform.record()
    children = descendants(first.pid)
    assert len(children) >= 10

    kill(first.pid)
    said = platform.windlass("status")
    assert said.code == 3
    wait_for(lambda: not any(map(is_alive, children)), 20)

    platform.up()
    second = platform.record()
    assert second.pid != first.pid
    assert second.connections.prefect == first.connections.prefect
    assert all(platform.health().values())

    children = descendants(second.pid)
    said = platform.windlass("down")
    assert said.code == 0
    wait_for(lambda: not any(map(is_alive, [second.pid, *children])), 5)
