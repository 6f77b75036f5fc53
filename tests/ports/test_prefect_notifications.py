"""Messages through real blocks of Prefect to a webhook that listens here."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from tests.support.http_sink import Sink, http_sink
from tests.support.prefect_worlds import RealBlocks, prefect_blocks
from tests.support.servers import free_port
from windlass.domain.errors import InputError, SystemUnavailable

SUBJECT, BODY = "pumps v7 was rolled back", "errors 3 % > 1 %"


@pytest.fixture
def real(prefect_url: str) -> Iterator[RealBlocks]:
    with prefect_blocks(prefect_url) as blocks:
        yield blocks


@pytest.fixture
def sink() -> Iterator[Sink]:
    with http_sink() as started:
        yield started


def test_slack_gets_its_json_with_its_escapes(real: RealBlocks, sink: Sink) -> None:
    block = real.create("slack-webhook", {"url": f"{sink.url}/services/T0/B0/secret"})

    real.blocks.notify(block, SUBJECT, BODY)

    (received,) = sink.received
    assert (received.method, received.path) == ("POST", "/services/T0/B0/secret")
    assert received.document == {"text": "*pumps v7 was rolled back*\nerrors 3 % &gt; 1 %"}


def test_teams_gets_an_adaptive_card(real: RealBlocks, sink: Sink) -> None:
    block = real.create("ms-teams-webhook", {"url": f"{sink.url}/workflows/x?sig=y"})

    real.blocks.notify(block, SUBJECT, BODY)

    document = sink.received[0].document
    assert isinstance(document, dict)
    card = document["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert [part["text"] for part in card["body"]] == [SUBJECT, BODY]
    assert sink.received[0].path == "/workflows/x?sig=y"


def test_a_custom_webhook_is_filled_from_message_and_secrets(real: RealBlocks, sink: Sink) -> None:
    block = real.create(
        "custom-webhook",
        {
            "name": "pager",
            "url": f"{sink.url}/{{{{room}}}}",
            "method": "PUT",
            "params": {"from": "{{name}}"},
            "json_data": {"text": "{{ subject }}: {{body}}", "deep": ["{{room}}", 7]},
            "headers": {"x-token": "{{token}}"},
            "cookies": {"session": "{{token}}"},
            "secrets": {"token": "t0ken", "room": "ops"},
        },
    )

    real.blocks.notify(block, SUBJECT, BODY)

    (received,) = sink.received
    assert (received.method, received.path) == ("PUT", "/ops?from=pager")
    assert received.document == {"text": f"{SUBJECT}: {BODY}", "deep": ["ops", 7]}
    assert received.headers["x-token"] == "t0ken"
    assert received.headers["cookie"] == "session=t0ken"


@pytest.mark.parametrize("form", [{"text": "{{subject}}"}, "text={{subject}}"])
def test_a_custom_webhook_may_send_a_form(
    real: RealBlocks, sink: Sink, form: dict[str, str] | str
) -> None:
    block = real.create("custom-webhook", {"name": "n", "url": sink.url, "form_data": form})

    real.blocks.notify(block, SUBJECT, BODY)

    assert parse_qs(sink.received[0].body.decode()) == {"text": [SUBJECT]}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "n"},
        {"name": "n", "url": "hooks.example.com"},
        {"name": "n", "url": "http://host:port/"},
        {"name": "n", "url": "http://127.0.0.1", "json_data": {"text": "{{colour}}"}},
        {"name": "n", "url": "http://127.0.0.1", "allow_private_urls": False},
        {"name": "n", "url": "http://[half", "allow_private_urls": False},
    ],
)
def test_a_wrong_block_is_its_owners_to_mend(real: RealBlocks, fields: dict[str, object]) -> None:
    block = real.create("custom-webhook", fields)

    with pytest.raises(InputError, match=block):
        real.blocks.notify(block, SUBJECT, BODY)


def test_a_webhook_that_refuses_or_is_gone_is_unavailable(real: RealBlocks, sink: Sink) -> None:
    sink.status = 500
    refusing = real.create("slack-webhook", {"url": f"{sink.url}/t0psecret"})
    gone = real.create("slack-webhook", {"url": f"http://127.0.0.1:{free_port()}/t0psecret"})

    with pytest.raises(SystemUnavailable, match="HTTP 500") as refused:
        real.blocks.notify(refusing, SUBJECT, BODY)
    with pytest.raises(SystemUnavailable, match="ConnectError") as missed:
        real.blocks.notify(gone, SUBJECT, BODY)

    assert "t0psecret" not in f"{refused.value}{missed.value}"
