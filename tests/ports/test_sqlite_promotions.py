"""The SQLite store under what only a file meets: other processes, kill -9, other files."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.processes import wait_for
from windlass.adapters.memory.clock import MemoryClock
from windlass.adapters.sqlite_promotions import SqlitePromotions
from windlass.domain.errors import Conflict, InputError, SystemUnavailable
from windlass.domain.names import ModelName, Version
from windlass.domain.promotion.promotion import PromotionKey
from windlass.domain.promotion.spec import Candidate, PromotionSpec
from windlass.domain.promotion.status import PromotionStatus

KEY = PromotionKey("default", "shared")
SPEC = PromotionSpec(model=ModelName("milk-price"), candidate=Candidate(version=Version("7")))

WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from windlass.adapters.sqlite_promotions import SqlitePromotions
from windlass.adapters.system_clock import SystemClock
from windlass.domain.errors import Conflict
from tests.ports.test_sqlite_promotions import KEY, SPEC

store = SqlitePromotions(Path(sys.argv[1]), SystemClock())
done = 0
while done < int(sys.argv[2]):
    promotion = store.apply(KEY, SPEC, {})
    status = replace(promotion.status, attempt=promotion.status.attempt + 1)
    try:
        store.write_status(promotion, status)
    except Conflict:
        continue
    done += 1
store.close()
"""


def writer(path: Path, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(count)])


def open_store(path: Path) -> SqlitePromotions:
    return SqlitePromotions(path, MemoryClock())


def attempts(store: SqlitePromotions) -> int:
    promotion = store.get(KEY)
    return promotion.status.attempt if promotion else 0


def test_no_write_of_several_processes_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "promotions.db"
    processes = [writer(path, 25) for _ in range(3)]
    assert [process.wait(timeout=100) for process in processes] == [0, 0, 0]
    store = open_store(path)
    assert attempts(store) == 1 + 3 * 25
    store.close()


def test_another_process_that_writes_is_noticed(tmp_path: Path) -> None:
    store = open_store(tmp_path / "promotions.db")
    before = store.changes()
    other = open_store(tmp_path / "promotions.db")
    other.apply(KEY, SPEC, {})
    other.close()
    assert store.changes() > before
    assert attempts(store) == 1
    store.close()


def test_after_a_kill_in_the_middle_everything_written_is_there(tmp_path: Path) -> None:
    path = tmp_path / "promotions.db"
    store = open_store(path)
    process = writer(path, 1_000_000)
    wait_for(lambda: attempts(store) > 20, seconds=60)
    seen = attempts(store)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    survivor = open_store(path)
    assert attempts(survivor) >= seen
    promotion = survivor.get(KEY)
    assert promotion is not None
    survivor.write_status(promotion, PromotionStatus(attempt=7))
    assert attempts(store) == 7
    survivor.close()
    store.close()


def test_threads_share_one_store(tmp_path: Path) -> None:
    store = open_store(tmp_path / "promotions.db")

    def write(number: int) -> None:
        promotion = store.apply(PromotionKey("default", f"p-{number}"), SPEC, {})
        for attempt in range(5):
            promotion = store.write_status(promotion, PromotionStatus(attempt=attempt + 2))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(12)))
    assert [promotion.status.attempt for promotion in store.list()] == [6] * 12
    store.close()


def test_a_conflict_leaves_no_transaction_open(tmp_path: Path) -> None:
    store, other = open_store(tmp_path / "p.db"), open_store(tmp_path / "p.db")
    promotion = store.apply(KEY, SPEC, {})
    store.annotate(promotion, {"a": "1"})
    with pytest.raises(Conflict):
        store.annotate(promotion, {"a": "2"})
    other.apply(PromotionKey("default", "next"), SPEC, {})
    store.close()
    other.close()


def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "promotions.db"
    path.write_bytes(b"hello, I am something else altogether" * 100)
    with pytest.raises(InputError, match=r"promotions\.db can't be read .*: move it away"):
        open_store(path)
    assert path.read_bytes().startswith(b"hello")


def test_a_store_of_a_newer_windlass_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "promotions.db"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(InputError, match="was written by a newer Windlass"):
        open_store(path)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemUnavailable, match=r"promotion store: .*file"):
        open_store(tmp_path / "file" / "promotions.db")


def test_a_status_that_cannot_be_read_names_its_promotion(tmp_path: Path) -> None:
    store = open_store(tmp_path / "promotions.db")
    store.apply(KEY, SPEC, {})
    store.close()
    raw = sqlite3.connect(tmp_path / "promotions.db", isolation_level=None)
    raw.execute("""UPDATE promotions SET status = '{"phase": "Dancing"}'""")
    raw.close()
    store = open_store(tmp_path / "promotions.db")
    with pytest.raises(InputError, match=r"shared: status\.phase: must be one of Pending,"):
        store.list()
    store.close()
