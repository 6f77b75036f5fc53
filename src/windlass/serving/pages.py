"""What the server says about itself: `/model`, `/openapi.json` and `/docs`."""

from importlib.resources import files

from windlass import __version__
from windlass.domain.routing import Routed
from windlass.serving.desk import Desk

Document = dict[str, object]

DOCS = files("windlass.serving").joinpath("docs.html").read_bytes()
"""A page that reads `/openapi.json`; it loads nothing from elsewhere."""


def describe(desk: Desk) -> Document:
    """Body of `GET /model`."""
    production, candidate = desk.production, desk.candidate
    return {
        "model": desk.model,
        "generation": desk.routing.generation,
        "champion": _champion(desk) if production else None,
        "problem": desk.champion_problem,
        "candidate": None
        if candidate is None
        else {
            **_routed(candidate.routed),
            "loaded": candidate.loaded,
            "weight": candidate.weight,
            "shadow": candidate.shadow,
            "suspended": candidate.suspended,
            "problem": candidate.problem,
        },
    }


def _champion(desk: Desk) -> Document:
    if desk.production is None:
        return {}
    champion = desk.production.champion
    manifest = champion.manifest
    return {
        **_routed(champion.routed),
        "pipeline": manifest.pipeline,
        "features_version": manifest.features_version,
        "features": list(manifest.features),
        "trained_until": manifest.trained_on.until.isoformat(),
        "parameters": dict(manifest.parameters),
    }


def _routed(routed: Routed) -> Document:
    return {"version": routed.version, "digest": routed.digest}


def openapi(desk: Desk) -> Document:
    """Body of `GET /openapi.json`; the champion's golden request is the example."""
    example: object = {}
    if desk.production is not None:
        example = desk.production.champion.manifest.golden.request
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Windlass serving: {desk.model}", "version": __version__},
        "paths": {
            "/predict": {"post": _predict(example)},
            "/invocations": {"post": _invocations()},
            "/model": {"get": _get("Versions in service, features and parameters")},
            "/healthz": {"get": _get("The process is alive")},
            "/readyz": {"get": _get("Send it traffic (503: do not)")},
            "/ping": {"get": _get("The same as /readyz, as MLflow model serving names it")},
            "/health": {"get": _get("The same as /readyz")},
            "/version": {"get": _get("Version of Windlass", "text/plain")},
            "/metrics": {"get": _get("Counts for Prometheus", "text/plain")},
        },
    }


def _predict(example: object) -> Document:
    key = {
        "name": "x-request-key",
        "in": "header",
        "schema": {"type": "string"},
        "description": "An entity's name; the entity stays with one version during a rollout",
    }
    return {
        "summary": "Answer one request in the pipeline's own terms",
        "parameters": [key],
        "requestBody": _body({"application/json": {"schema": _OBJECT, "example": example}}),
        "responses": _ANSWERS,
    }


def _invocations() -> Document:
    json_table = {"schema": _TABLE, "example": {"dataframe_split": {"columns": [], "data": []}}}
    return {
        "summary": "Score ready feature rows, as MLflow model serving does",
        "requestBody": _body({"application/json": json_table, "text/csv": {"schema": _TEXT}}),
        "responses": _ANSWERS,
    }


def _get(summary: str, content_type: str = "application/json") -> Document:
    content = {content_type: {"schema": _TEXT if content_type == "text/plain" else _OBJECT}}
    return {"summary": summary, "responses": {"200": {"description": "OK", "content": content}}}


def _body(content: Document) -> Document:
    return {"required": True, "content": content}


_TEXT: Document = {"type": "string"}
_OBJECT: Document = {"type": "object"}
_TABLE: Document = {
    "type": "object",
    "description": "Exactly one of the four",
    "properties": {
        "dataframe_split": _OBJECT,
        "dataframe_records": {"type": "array", "items": _OBJECT},
        "instances": {"type": "array", "items": {}},
        "inputs": {},
    },
    "minProperties": 1,
}
_REFUSAL: Document = {
    "type": "object",
    "properties": {"field": _TEXT, "message": _TEXT},
    "required": ["field", "message"],
}
_VERSION: Document = {
    "x-model-version": {"schema": _TEXT, "description": "Version that answered, or `none`"}
}
_ANSWERS: Document = {
    "200": {
        "description": "The answer",
        "headers": _VERSION,
        "content": {"application/json": {"schema": _OBJECT}},
    },
    "413": {"description": "The body is too large"},
    "422": {
        "description": "Bad input; names the field",
        "content": {"application/json": {"schema": _REFUSAL}},
    },
    "500": {"description": "The model failed on this request"},
    "503": {"description": "No model promoted yet, or too many requests: see Retry-After"},
}
