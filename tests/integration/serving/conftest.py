from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.serving_process import ServingProcess


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[ServingProcess]:
    """A server that is not started, with empty folders."""
    process = ServingProcess(tmp_path)
    yield process
    process.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServingProcess]:
    """A running server without a model, for tests that leave no trace another one minds."""
    process = ServingProcess(tmp_path_factory.mktemp("serving")).start()
    yield process
    process.close()
