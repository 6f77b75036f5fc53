"""What a server's admin port may answer, and files that are not as we left them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.http_sink import Sink, http_sink
from tests.support.processes import wait_for
from tests.support.servers import free_port
from windlass.adapters import wire
from windlass.adapters.http_serving import HttpServing, routing_file
from windlass.adapters.server_admin import Endpoint, ServerAdmin
from windlass.adapters.server_registry import ServerRegistry
from windlass.domain.errors import Conflict, InputError, SystemUnavailable
from windlass.domain.names import Digest, ModelName, Version
from windlass.domain.routing import Routed, Routing

MODEL = ModelName("pumps")
ROUTING = Routing(
    generation=3,
    champion=Routed(version=Version("1"), uri="bundles/sha256/a", digest=Digest("sha256:a")),
)
REPORT = b"""{"server": "pumps-0", "started": "2024-05-01T12:00:00Z",
 "routing": {"generation": 2, "weight": 0, "shadow": false}, "suspended": false}"""


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as running:
        yield running


@pytest.fixture
def admin() -> Iterator[ServerAdmin]:
    client = ServerAdmin("the-token")
    yield client
    client.close()


def endpoint(url: str) -> Endpoint:
    return Endpoint(server="pumps-0", admin_url=url)


def test_a_report_is_asked_for_with_the_token(sink: Sink, admin: ServerAdmin) -> None:
    sink.body = REPORT
    assert admin.report(endpoint(sink.url)).routing == Routing(generation=2)
    (received,) = sink.received
    assert (received.method, received.path) == ("GET", "/stats")
    assert received.headers["authorization"] == "Bearer the-token"


def test_a_document_is_put_as_json(sink: Sink, admin: ServerAdmin) -> None:
    admin.push(endpoint(sink.url), ROUTING)
    (received,) = sink.received
    assert (received.method, received.path) == ("PUT", "/routing")
    assert received.document == {
        "generation": 3,
        "champion": {"version": "1", "uri": "bundles/sha256/a", "digest": "sha256:a"},
        "weight": 0,
        "shadow": False,
    }


def test_a_silent_server_keeps_the_others_from_nothing(sink: Sink, admin: ServerAdmin) -> None:
    with http_sink() as other, ThreadPoolExecutor(1) as users:
        sink.talking.clear()
        other.body = REPORT
        silent, good = endpoint(sink.url), endpoint(other.url)
        told = users.submit(admin.bring, (silent, silent, good), ROUTING)
        wait_for(lambda: [one.method for one in other.received] == ["GET", "PUT"], 4)
        assert not told.done()
        sink.talking.set()
        told.result()
    assert other.received[1].document == wire.unstructure(ROUTING)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b"{}", "refuses the admin token"),
        (500, b"oh\nno", "answers HTTP 500: oh no"),
        (200, b"<html>", "answers what is not JSON; check its address"),
        (200, b'{"server": "x"}', r"reports what can't be read \(stats.started: missing"),
        (200, b"[]", r"reports what can't be read \(stats: must be an object"),
    ],
)
def test_what_is_no_report_is_a_fault_of_the_server(
    sink: Sink, admin: ServerAdmin, status: int, body: bytes, words: str
) -> None:
    sink.status, sink.body = status, body
    with pytest.raises(SystemUnavailable, match=f"serving: pumps-0 at {sink.url} {words}"):
        admin.report(endpoint(sink.url))


def test_a_server_that_is_not_there_is_unavailable(admin: ServerAdmin) -> None:
    for url in (f"http://127.0.0.1:{free_port()}", "http://[", "nothing"):
        with pytest.raises(SystemUnavailable, match="did not answer"):
            admin.report(endpoint(url))


def test_only_servers_whose_report_differs_are_told(
    sink: Sink, admin: ServerAdmin, tmp_path: Path
) -> None:
    sink.body = REPORT
    serving = HttpServing(tmp_path, lambda _: [endpoint(sink.url)], admin)
    serving.apply(MODEL, Routing(generation=2))
    serving.apply(MODEL, ROUTING)
    told = [(received.method, received.path) for received in sink.received]
    assert told == [("GET", "/stats"), ("GET", "/stats"), ("PUT", "/routing")]


def test_a_server_that_is_down_keeps_no_other_from_being_told(
    sink: Sink, admin: ServerAdmin, tmp_path: Path
) -> None:
    sink.body = REPORT
    down = endpoint(f"http://127.0.0.1:{free_port()}")
    serving = HttpServing(tmp_path, lambda _: [down, endpoint(sink.url)], admin)
    serving.apply(MODEL, ROUTING)
    assert serving.routing(MODEL) == ROUTING
    assert [received.method for received in sink.received] == ["GET", "PUT"]


def test_a_document_that_cannot_be_read_is_no_empty_document(
    admin: ServerAdmin, tmp_path: Path
) -> None:
    serving = HttpServing(tmp_path, lambda _: [], admin)
    for content in ("{", '{"generation": "3"}', "[]"):
        routing_file(tmp_path, MODEL).parent.mkdir(exist_ok=True)
        routing_file(tmp_path, MODEL).write_text(content)
        with pytest.raises(SystemUnavailable, match=r"serving: .*pumps\.json can't be read"):
            serving.routing(MODEL)
        with pytest.raises(SystemUnavailable, match=r"serving: .*pumps\.json can't be read"):
            serving.apply(MODEL, ROUTING)


def test_of_many_writers_of_one_generation_one_wins(admin: ServerAdmin, tmp_path: Path) -> None:
    def write(weight: int) -> bool:
        serving = HttpServing(tmp_path, lambda _: [], admin)
        try:
            serving.apply(MODEL, Routing(generation=1, weight=weight))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(write, range(8)))
    assert won.count(True) == 1
    stored = HttpServing(tmp_path, lambda _: [], admin).routing(MODEL)
    assert stored == Routing(generation=1, weight=won.index(True))


def test_the_list_of_servers_goes_round(tmp_path: Path) -> None:
    registry = ServerRegistry(tmp_path)
    listed = (endpoint("http://127.0.0.1:1"), Endpoint(server="b", admin_url="http://127.0.0.1:2"))
    assert registry.endpoints(MODEL) == ()
    registry.write(MODEL, listed)
    registry.write(ModelName("milk-price"), listed[:1])
    assert registry.endpoints(MODEL) == listed
    assert registry.models() == ("milk-price", "pumps")
    registry.write(MODEL, [])
    registry.write(MODEL, [])
    assert registry.endpoints(MODEL) == ()
    assert registry.models() == ("milk-price",)


def test_a_list_of_servers_that_cannot_be_read_is_no_empty_list(tmp_path: Path) -> None:
    registry = ServerRegistry(tmp_path)
    registry.write(MODEL, [endpoint("http://127.0.0.1:1")])
    (tmp_path / "servers" / "pumps.json").write_text("{")
    with pytest.raises(SystemUnavailable, match=r"pumps\.json can't be read"):
        registry.endpoints(MODEL)


def test_a_models_name_cannot_climb(tmp_path: Path) -> None:
    model = ModelName("../pumps")
    with pytest.raises(InputError, match="is no model's name"):
        routing_file(tmp_path, model)
    with pytest.raises(InputError, match="is no model's name"):
        ServerRegistry(tmp_path).endpoints(model)
