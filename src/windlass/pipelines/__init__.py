"""The ML pipelines. Each folder holds `params`, `data`, `features` and `model`, which are pure, and
`flow`, which wires them into Prefect.
"""

import pkgutil
from importlib import import_module
from typing import Any

from windlass.domain.errors import InputError
from windlass.domain.names import model_name, module_name
from windlass.pipelines.contract import MakeBench, PipelineModel, Standard, Steps


def names() -> tuple[str, ...]:
    """Names of all pipelines, with hyphens."""
    return tuple(model_name(found.name) for found in pkgutil.iter_modules(__path__) if found.ispkg)


def model_of(pipeline: str) -> PipelineModel:
    """Module `model` of a pipeline."""
    module: PipelineModel = _module(pipeline, "model")
    return module


def steps_of(pipeline: str) -> Steps:
    """Module `steps` of a pipeline."""
    module: Steps = _module(pipeline, "steps")
    return module


def bench_of(pipeline: str) -> MakeBench:
    """Function `bench` of a pipeline's `steps`."""
    make: MakeBench = _module(pipeline, "steps").bench
    return make


def standard_of(pipeline: str) -> Standard:
    """Module `standard` of a pipeline."""
    module: Standard = _module(pipeline, "standard")
    return module


def _module(pipeline: str, part: str) -> Any:
    """Part of a pipeline; only folders here can be named, so a bundle can't name code."""
    name = model_name(pipeline)
    if name not in names():
        raise InputError(f"unknown pipeline {pipeline}; there are: {', '.join(names())}")
    return import_module(f"{__name__}.{module_name(name)}.{part}")
