import logging

import pytest

from windlass.domain.errors import BundleError, SystemUnavailable
from windlass.serving.background import in_thread
from windlass.serving.guard import Complaints, Failure, attempt


def failing(error: Exception) -> object:
    def act() -> None:
        raise error

    return attempt(act)


@pytest.mark.parametrize(
    ("error", "reason", "transient"),
    [
        (SystemUnavailable("mlflow", "it is down"), "mlflow: it is down", True),
        (BundleError("it was altered"), "it was altered", False),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero", False),
    ],
)
def test_what_is_raised_is_a_value(error: Exception, reason: str, transient: bool) -> None:
    found = failing(error)

    assert isinstance(found, Failure)
    assert (found.reason, found.transient) == (reason, transient)


async def test_blocking_work_has_a_thread_and_its_result_comes_back() -> None:
    assert await in_thread(lambda: 7) == 7
    assert isinstance(await in_thread(lambda: 1 // 0), Failure)


def test_a_flood_of_failures_is_a_line_a_second(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints(logging.getLogger("test"), iter([10.0, 10.1, 10.2, 11.5]).__next__)

    for _ in range(4):
        complaints.about("the model", Failure("it is broken"))

    assert [record.message for record in caplog.records] == [
        "the model: it is broken",
        "the model: it is broken (and 2 more since the last line)",
    ]
