"""A promotion that nobody wrote a manifest for: its spec, from a model key and the usual rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from windlass.domain.errors import InputError
from windlass.domain.names import ModelName
from windlass.services.datasets import holdout_prefix
from windlass.services.training import CHALLENGER

_KEY = re.compile(r"(?P<model>[^/@]+)(/(?P<version>[0-9]+)|@(?P<alias>[^/@]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeBlock:
    """A Prefect block that tells a runtime which model it uses."""

    name: str
    warm_cache: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What holds where a spec says nothing."""

    bucket: str
    gates: Sequence[Mapping[str, object]]


def spec_document(
    model_key: str, own: Mapping[str, object], usual: Usual, block: RuntimeBlock | None
) -> dict[str, object]:
    """Spec of a ModelPromotion as a document; `own` fields win over the usual ones.

    A key is `<model>/<version>`, `<model>@<alias>`, or `<model>`, which means its challenger.
    """
    model, candidate = parse_key(model_key)
    dataset = f"s3://{usual.bucket}/{holdout_prefix(model)}"
    document = {
        "model": model,
        "candidate": candidate,
        "gates": [dict(gate) for gate in usual.gates],
        "evaluation": {"dataset": dataset},
        **own,
    }
    if (document["model"], document["candidate"]) != (model, candidate):
        raise InputError("the spec names a model or candidate: model_key alone does")
    if block is not None:
        told = {"name": block.name, "warmCache": block.warm_cache}
        consumers = document.get("consumers", [])
        if not isinstance(consumers, list):
            raise InputError("consumers must be a list")
        document["consumers"] = [*consumers, {"prefectBlock": told}]
    return document


def parse_key(model_key: str) -> tuple[ModelName, dict[str, str]]:
    """Model and candidate of a key; InputError says what one looks like."""
    found = _KEY.fullmatch(model_key)
    if found is None:
        raise InputError(
            f"model key {model_key!r} can't be read: give <model>/<version>, <model>@<alias>,"
            f" or <model> for its {CHALLENGER}"
        )
    version, alias = found["version"], found["alias"]
    candidate = {"version": version} if version else {"alias": alias or CHALLENGER}
    return ModelName(found["model"]), candidate
