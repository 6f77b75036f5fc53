"""The ML pipelines. Each folder holds `params`, `data`, `features` and `model`, which are pure, and
`flow`, which wires them into Prefect. One whose training is unlike that of others has `steps`, too.
"""

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from windlass.domain.errors import InputError
from windlass.domain.names import model_name, module_name
from windlass.pipelines.contract import MakeBench, Maker, PipelineModel, Standard, Steps


def names() -> tuple[str, ...]:
    """Names of all pipelines, with hyphens."""
    return tuple(model_name(found.name) for found in pkgutil.iter_modules(__path__) if found.ispkg)


def model_of(pipeline: str) -> PipelineModel:
    """Module `model` of a pipeline."""
    module: PipelineModel = _module(pipeline, "model")
    return module


def steps_of(pipeline: str) -> Steps:
    """Module `steps` of a pipeline; without one, the steps that fit every pipeline."""
    if not _has(pipeline, "steps"):
        from windlass.pipelines.core import GenericSteps

        return GenericSteps(
            pipeline=model_name(pipeline),
            data=_module(pipeline, "data"),
            features=_module(pipeline, "features"),
            model=_module(pipeline, "model"),
        )
    module: Steps = _module(pipeline, "steps")
    return module


def bench_of(pipeline: str) -> MakeBench:
    """Function `bench` of a pipeline's `steps`."""
    make: MakeBench = _module(pipeline, "steps").bench
    return make


def standard_of(pipeline: str) -> Standard:
    """Where a pipeline's usual gates are: its `params`, or a module `standard`."""
    module: Standard = _module(pipeline, "standard" if _has(pipeline, "standard") else "params")
    return module


def maker_of(pipeline: str) -> Maker:
    """Where a pipeline makes up data to try it with: its `data`, or a module `synthetic`."""
    module: Maker = _module(pipeline, "synthetic" if _has(pipeline, "synthetic") else "data")
    return module


def files_of(pipeline: str) -> tuple[str, ...]:
    """Names, or patterns, of the files that a pipeline reads."""
    names_or_patterns: tuple[str, ...] = _module(pipeline, "data").FILES
    return names_or_patterns


def _has(pipeline: str, part: str) -> bool:
    return find_spec(f"{_package(pipeline)}.{part}") is not None


def _module(pipeline: str, part: str) -> Any:
    return import_module(f"{_package(pipeline)}.{part}")


def _package(pipeline: str) -> str:
    """Package of a pipeline; only folders here can be named, so a bundle can't name code."""
    name = model_name(pipeline)
    if name not in names():
        raise InputError(f"unknown pipeline {pipeline}; there are: {', '.join(names())}")
    return f"{__name__}.{module_name(name)}"
