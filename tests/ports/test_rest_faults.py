"""Whatever goes wrong on the wire becomes one of our errors, once, in one line."""

from collections.abc import Iterator

import pytest

from tests.support.http_sink import Sink, http_sink
from tests.support.servers import free_port
from windlass.adapters.mlflow_registry import MlflowRegistry
from windlass.adapters.mlflow_rest import mlflow_rest
from windlass.adapters.prefect_flows import PrefectFlowRuns
from windlass.adapters.prefect_rest import prefect_rest
from windlass.adapters.rest import Rest
from windlass.domain.errors import InputError, SystemUnavailable
from windlass.domain.names import FlowRunId, ModelName, Version

MODEL, VERSION = ModelName("pumps"), Version("1")
GONE = b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Model Version not found"}'
BAD = b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "bad\\nname"}'
PAGE = b"<html>welcome</html>"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as started:
        yield started


@pytest.fixture
def rest(sink: Sink) -> Iterator[Rest]:
    client = mlflow_rest(sink.url, timeout=0.2)
    yield client
    client.close()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, b'{"error_code": "INTERNAL_ERROR", "message": "database is locked"}', "locked"),
        (503, PAGE, "HTTP 503"),
        (429, b"", "HTTP 429"),
        (401, b"You are not authenticated", "user, password"),
        (403, b"Invalid Host header", "allowed hosts"),
        (404, PAGE, "not MLflow's"),
        (404, b'{"detail": "Not Found"}', "not MLflow's"),
        (307, b"", "not MLflow's"),
        (200, PAGE, "not MLflow's"),
        (200, b"{}", "not MLflow's"),
    ],
)
def test_an_answer_that_tells_nothing_means_unavailable(
    sink: Sink, rest: Rest, status: int, body: bytes, said: str
) -> None:
    sink.status, sink.body = status, body

    with pytest.raises(SystemUnavailable, match=said) as caught:
        MlflowRegistry(rest).version(MODEL, VERSION)

    assert caught.value.system == "MLflow"
    assert "\n" not in str(caught.value)


def test_a_busy_server_is_asked_again(sink: Sink, rest: Rest) -> None:
    sink.status, sink.body = 404, GONE
    sink.first_statuses = [503, 503]

    assert MlflowRegistry(rest).version(MODEL, VERSION) is None
    assert len(sink.received) == 3


def test_only_the_system_itself_can_say_that_something_is_missing(sink: Sink, rest: Rest) -> None:
    sink.status, sink.body = 404, GONE

    assert MlflowRegistry(rest).version(MODEL, VERSION) is None


def test_a_refused_request_is_the_callers_to_mend(sink: Sink, rest: Rest) -> None:
    sink.status, sink.body = 400, BAD

    with pytest.raises(InputError, match="bad name"):
        MlflowRegistry(rest).version(MODEL, VERSION)


def test_a_silent_server_is_given_up_after_the_timeout(sink: Sink, rest: Rest) -> None:
    sink.talking.clear()

    with pytest.raises(SystemUnavailable, match="ReadTimeout"):
        MlflowRegistry(rest).version(MODEL, VERSION)


def test_a_stopped_server_is_unavailable() -> None:
    client = mlflow_rest(f"http://127.0.0.1:{free_port()}")

    with pytest.raises(SystemUnavailable, match=r"MLflow: http://127.0.0.1:\d+ did not answer"):
        MlflowRegistry(client).version(MODEL, VERSION)

    client.close()


def test_credentials_are_sent_and_never_shown(sink: Sink) -> None:
    sink.status = 401
    client = prefect_rest(sink.url.replace("//", "//ada:lovelace@"), auth=("ada", "lovelace"))

    with pytest.raises(SystemUnavailable) as caught:
        PrefectFlowRuns(client).cancel(FlowRunId("00000000-0000-0000-0000-000000000001"))

    assert sink.received[0].headers["authorization"] == "Basic YWRhOmxvdmVsYWNl"
    assert "lovelace" not in str(caught.value)
    client.close()


@pytest.mark.parametrize("url", ["", "localhost:5000", "ftp://host", "http://"])
def test_an_address_is_checked_at_once(url: str) -> None:
    with pytest.raises(InputError, match="http://host:port"):
        mlflow_rest(url)
