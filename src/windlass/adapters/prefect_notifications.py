"""Sends messages the way Prefect's notification blocks do, without importing Prefect.

Three types are enough: Slack (and Mattermost and others that take Slack's JSON), Teams, and
custom webhooks, which reach everything else. A webhook's address is a secret: no error names it.
"""

import html
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from windlass.domain.errors import InputError, SystemUnavailable

Data = Mapping[str, JsonValue]

_TIMEOUT = 10.0

_PLACEHOLDER = re.compile(r"{{\s*([\w\-]+)\s*}}")


class _Webhook(BaseModel):
    """What Slack, Teams and custom webhook blocks have in common."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str
    allow_private_urls: bool = True


class _CustomWebhook(_Webhook):
    name: str = ""
    method: str = "POST"
    params: dict[str, str] | None = None
    json_data: dict[str, JsonValue] | None = None
    form_data: dict[str, str] | str | None = None
    headers: dict[str, str] | None = None
    cookies: dict[str, str] | None = None
    secrets: dict[str, JsonValue] = Field(default_factory=dict)


def deliver(block: str, data: Data, subject: str, body: str) -> None:
    """Send a message through the block whose fields, secrets included, are `data`."""
    require_notification(block)
    try:
        if not _Webhook.model_validate(data).allow_private_urls:
            _require_public(block, str(data["url"]))
        request = _BUILDERS[_slug(block)](data, subject, body)
    except (ValueError, KeyError, httpx.InvalidURL) as error:
        raise InputError(f"block {block} is incomplete or wrong: mend its fields") from error
    _send(block, request)


def require_notification(block: str) -> None:
    """Raise InputError unless messages can be sent through blocks of this type."""
    if _slug(block) not in _BUILDERS:
        known = ", ".join(_BUILDERS)
        raise InputError(f"no message can be sent through block {block}: use one of type {known}")


def _slug(block: str) -> str:
    return block.partition("/")[0]


def _send(block: str, request: httpx.Request) -> None:
    try:
        with httpx.Client(timeout=_TIMEOUT) as client:
            response = client.send(request)
    except httpx.UnsupportedProtocol as error:
        raise InputError(
            f"block {block}: its address must begin with http:// or https://"
        ) from error
    except httpx.RequestError as error:
        raise SystemUnavailable(
            block, f"its webhook did not answer ({type(error).__name__}); try again later"
        ) from error
    if not response.is_success:
        raise SystemUnavailable(
            block,
            f"its webhook refused the message (HTTP {response.status_code}); check its fields",
        )


def _slack(data: Data, subject: str, body: str) -> httpx.Request:
    text = f"*{html.escape(subject, quote=False)}*\n{html.escape(body, quote=False)}"
    return httpx.Request("POST", _Webhook.model_validate(data).url, json={"text": text})


def _teams(data: Data, subject: str, body: str) -> httpx.Request:
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": subject, "weight": "Bolder", "wrap": True},
            {"type": "TextBlock", "text": body, "wrap": True},
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    message = {"type": "message", "attachments": [attachment]}
    return httpx.Request("POST", _Webhook.model_validate(data).url, json=message)


def _custom(data: Data, subject: str, body: str) -> httpx.Request:
    webhook = _CustomWebhook.model_validate(data)
    words = {**webhook.secrets, "subject": subject, "body": body, "name": webhook.name}
    templates = webhook.model_dump(exclude={"secrets", "name"})
    filled = _CustomWebhook.model_validate(_filled(templates, words))
    form = filled.form_data
    return httpx.Request(
        filled.method,
        filled.url,
        params=filled.params,
        headers=filled.headers,
        cookies=filled.cookies,
        json=filled.json_data,
        data=form if isinstance(form, dict) else None,
        content=form if isinstance(form, str) else None,
    )


def _filled(template: JsonValue, words: Mapping[str, JsonValue]) -> JsonValue:
    """Replace `{{name}}` throughout; a template that is one placeholder becomes its value."""
    if isinstance(template, dict):
        return {key: _filled(value, words) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, words) for value in template]
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return words[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(words[found[1]]), template)


def _require_public(block: str, url: str) -> None:
    """Honour a block that may not be used to reach into the cluster."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, None)
    except OSError as error:
        raise SystemUnavailable(block, "the host of its webhook is unknown; check it") from error
    if not all(ipaddress.ip_address(address[4][0]).is_global for address in found):
        raise InputError(f"block {block} allows no private address, but its webhook has one")


_BUILDERS: Mapping[str, Callable[[Data, str, str], httpx.Request]] = {
    "slack-webhook": _slack,
    "ms-teams-webhook": _teams,
    "custom-webhook": _custom,
}
