"""One request scored by one loaded bundle: the same code in the server and in the child process."""

import math
from collections.abc import Sequence
from enum import IntEnum
from functools import partial
from time import perf_counter
from types import ModuleType
from typing import Any, NamedTuple

import orjson

from windlass.domain.bundle import Bundle
from windlass.pipelines.contract import InvalidRequest, Scorer
from windlass.serving.guard import Failure, attempt
from windlass.serving.tables import parse_csv_table, parse_json_table, parse_object

LARGE_BYTES = 32 * 1024
"""Larger bodies are tables of many rows, which take tens of milliseconds: they are scored aside."""


class Kind(IntEnum):
    """How the body of a request is to be read."""

    PREDICT = 1
    JSON_TABLE = 2
    CSV_TABLE = 3


class Call(NamedTuple):
    """A request as it came: each process parses the body for itself."""

    kind: Kind
    body: bytes

    @property
    def large(self) -> bool:
        """Whether it would hold up others."""
        return len(self.body) > LARGE_BYTES


class Scored(NamedTuple):
    """An answer."""

    body: bytes
    """JSON for the client."""
    score: float | None
    milliseconds: float
    """Time of parsing, scoring and encoding, for a table per row."""


class Refused(NamedTuple):
    """Bad input."""

    field: str
    message: str


class Loaded(NamedTuple):
    """A bundle that can score."""

    scorer: Scorer
    features: tuple[str, ...]


Outcome = Scored | Refused | Failure


def score(loaded: Loaded, call: Call) -> Outcome:
    """Answer a request; never raises."""
    return attempt(partial(_score, loaded, call))


def _score(loaded: Loaded, call: Call) -> Outcome:
    start = perf_counter()
    try:
        if call.kind is Kind.PREDICT:
            answer = loaded.scorer.predict(parse_object(call.body))
            if answer.score is not None and not math.isfinite(answer.score):
                return Failure(f"its score is {answer.score}")
            body = orjson.dumps(answer.body, option=orjson.OPT_SERIALIZE_NUMPY)
            score, rows = answer.score, 1
        else:
            predictions = _score_table(loaded, call)
            if any(isinstance(each, float) and not math.isfinite(each) for each in predictions):
                return Failure("not all of its scores are numbers")
            body = orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)
            score, rows = None, max(len(predictions), 1)
    except InvalidRequest as refusal:
        return Refused(refusal.field, refusal.message)
    return Scored(body, score, (perf_counter() - start) * 1000 / rows)


def _score_table(loaded: Loaded, call: Call) -> Sequence[Any]:
    parse = parse_json_table if call.kind is Kind.JSON_TABLE else parse_csv_table
    table = parse(call.body, loaded.features)
    return loaded.scorer.predict_table(table.columns, table.rows) if table.rows else []


def load(loader: ModuleType, bundle: Bundle) -> Loaded | Failure:
    """Load a bundle and repeat its golden request: a Failure unless the trainer's score returns."""
    scorer = attempt(partial(loader.load, bundle))
    if isinstance(scorer, Failure):
        return scorer
    loaded = Loaded(scorer, bundle.manifest.features)
    golden = bundle.manifest.golden
    outcome = score(loaded, Call(Kind.PREDICT, orjson.dumps(golden.request)))
    if isinstance(outcome, Refused):
        return Failure(f"it refuses its golden request: {outcome.field}: {outcome.message}")
    if isinstance(outcome, Failure):
        return Failure(f"it fails on its golden request: {outcome.reason}", error=outcome.error)
    if outcome.score is not None and not _same(outcome.score, golden.score):
        return Failure(f"it scores its golden request {outcome.score}, in training {golden.score}")
    return loaded


def _same(score: float, golden: float) -> bool:
    # other processors round differently in the last digits
    return math.isclose(score, golden, rel_tol=1e-4, abs_tol=1e-6)
