"""The operator's HTTP port."""

import httpx
import pytest

from tests.support.servers import free_port
from windlass.operator.metrics import Metrics
from windlass.operator.pages import serve_pages


@pytest.mark.parametrize(("trouble", "code"), [("", 200), ("nothing seen for 61 s", 503)])
def test_health_says_what_is_wrong(trouble: str, code: int) -> None:
    metrics, port = Metrics(), free_port()
    serve_pages(port, metrics.registry, lambda: trouble)
    answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
    assert (answer.status_code, answer.text) == (code, trouble or "ok")
    page = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert "windlass_watch_age_seconds" in page.text
