"""The public port: what clients may send and what they get."""

import asyncio
from collections import Counter

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support import fake_model
from tests.support.serving_process import ServingProcess

BUNDLE = fake_model.bundle(2.0)
BROKEN = fake_model.bundle(4.0, on_x={"7": "raise"})
SLOW = fake_model.bundle(6.0, seconds=0.3)


@pytest.fixture(scope="module")
def server(shared: ServingProcess) -> ServingProcess:
    shared.publish(BUNDLE, BROKEN)
    shared.route(BUNDLE)
    return shared


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"x": "one"}', "x"),
        (b"{}", "x"),
        (b"[1]", "body"),
        (b"{", "body"),
        (b"", "body"),
        (b'{"x": "\xff"}', "body"),
    ],
)
def test_bad_input_is_422_and_names_the_field(
    server: ServingProcess, body: bytes, field: str
) -> None:
    answer = server.public.post("/predict", content=body)

    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert answer.headers["x-model-version"] == "1"


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["y", "x"], "data": [[0, 1], [0, 2]]}},
        {"dataframe_split": {"columns": ["x"], "index": [7, 8], "data": [[1], [2]]}},
        {"dataframe_records": [{"x": 1}, {"x": 2, "y": 0}]},
        {"instances": [[1, 0], [2, 0]]},
        {"instances": [{"x": 1}, {"x": 2}]},
        {"inputs": {"x": [1, 2]}},
        {"inputs": [[1, 0], [2, 0]], "params": {}},
    ],
)
def test_every_json_format_of_mlflow_serving_is_understood(
    server: ServingProcess, body: dict[str, object]
) -> None:
    answer = server.public.post("/invocations", json=body)

    assert (answer.status_code, answer.json()) == (200, {"predictions": [2.0, 4.0]})


def test_csv_is_understood(server: ServingProcess) -> None:
    headers = {"content-type": "text/csv; charset=utf-8"}

    answer = server.public.post("/invocations", content=b"y,x\n0,1\n,2\n", headers=headers)

    assert answer.json() == {"predictions": [2.0, 4.0]}


def test_a_large_table_is_scored_aside(server: ServingProcess) -> None:
    rows = [[number, 0] for number in range(20_000)]

    answer = server.public.post("/invocations", json={"instances": rows})

    assert answer.json()["predictions"][-1] == 39998.0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"instances": [], "inputs": []}, "body"),
        ({"instances": [[1, 2, 3]]}, "instances"),
        ({"dataframe_split": {"columns": ["x"], "data": [[1], [1, 2]]}}, "dataframe_split.data"),
        ({"inputs": {"x": [1, 2], "y": [1]}}, "inputs"),
        ({"dataframe_records": [[1]]}, "dataframe_records"),
        ({"dataframe_records": [{"y": 1}]}, "x"),
    ],
)
def test_a_bad_table_is_422(server: ServingProcess, body: dict[str, object], field: str) -> None:
    answer = server.public.post("/invocations", json=body)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_an_unknown_content_type_is_415(server: ServingProcess) -> None:
    answer = server.public.post(
        "/invocations", content=b"x", headers={"content-type": "application/x-parquet"}
    )

    assert answer.status_code == 415


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_that_is_too_large_is_413(server: ServingProcess, chunked: bool) -> None:
    body = b" " * (17 * 1024 * 1024)

    answer = server.public.post("/predict", content=iter([body]) if chunked else body)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/ping", 200),
        ("GET", "/health", 200),
        ("HEAD", "/ping", 200),
        ("GET", "/version", 200),
        ("GET", "/model", 200),
        ("GET", "/predict", 405),
        ("POST", "/ping", 405),
        ("GET", "/", 404),
    ],
)
def test_each_path_answers_and_names_the_version(
    server: ServingProcess, method: str, path: str, status: int
) -> None:
    answer = server.public.request(method, path)

    assert answer.status_code == status
    assert answer.headers["x-model-version"] == "1"


def test_the_model_page_shows_what_is_served(server: ServingProcess) -> None:
    champion = server.public.get("/model").json()["champion"]

    assert champion["digest"] == BUNDLE.digest
    assert champion["features"] == ["x", "y"]


def test_the_description_gives_a_request_that_works(server: ServingProcess) -> None:
    description = server.public.get("/openapi.json").json()

    content = description["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert server.public.post("/predict", json=content["application/json"]["example"]).is_success
    assert "openapi.json" in server.public.get("/docs").text


def test_every_described_path_exists(server: ServingProcess) -> None:
    described = server.public.get("/openapi.json").json()["paths"]

    statuses = {
        path: server.public.request(method, path).status_code
        for path, methods in described.items()
        for method in methods
    }

    assert {status for status in statuses.values()} <= {200, 415, 422}


def test_metrics_are_in_the_words_of_prometheus(server: ServingProcess) -> None:
    server.route(None)
    server.route(BUNDLE)
    server.predict(5)

    text = server.public.get("/metrics").text

    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["windlass_requests_total"] == 1
    assert samples["windlass_scoring_seconds_count"] == 1
    assert samples["windlass_champion_current"] == 1


def test_a_champion_that_fails_is_500_and_is_counted(server: ServingProcess) -> None:
    server.route(BROKEN)

    answer = server.predict(7)

    assert (answer.status_code, server.predict(8).status_code) == (500, 200)
    assert "broken" not in answer.text
    assert server.report().versions[BROKEN.digest].errors == 1
    server.route(BUNDLE)


async def test_overload_is_503_at_once_and_nothing_else(serving: ServingProcess) -> None:
    serving.publish(SLOW)
    serving.start(limits={"max_in_flight": 4})
    serving.route(SLOW)
    for number in range(2):  # known to be slow, it is scored aside: the event loop stays free
        assert serving.predict(number).status_code == 200
    address = f"http://127.0.0.1:{serving.port}/predict"
    limits = httpx.Limits(max_connections=40)

    async with httpx.AsyncClient(trust_env=False, timeout=60, limits=limits) as client:
        answers = await asyncio.gather(
            *(client.post(address, json={"x": number}) for number in range(40))
        )

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    assert statuses[200] >= 4
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    assert serving.predict(1).status_code == 200
