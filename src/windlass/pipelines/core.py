"""The training of a pipeline that brings no `steps` of its own.

data.read → features.build → model.fit → judge → `services.training.finish`. What each part must
have is written here; docs/add-a-pipeline.md tells how to write them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from windlass.domain.bundle import Bundle, Golden, Manifest, TrainedOn
from windlass.domain.datasets import DatasetCard, sealed
from windlass.domain.names import Digest, ModelName
from windlass.pipelines.contract import PipelineModel, Span
from windlass.pipelines.parameters import TrainingParameters, parameter_texts
from windlass.services.bundles import make_bundle
from windlass.services.training import Crew, Registered, TrainedModel, TrainingPorts, finish

Files = Mapping[str, bytes]


class Report(Protocol):
    """What was wrong in the files; `reading.TablesReport` is one."""

    def lines(self) -> list[str]:
        """What a log shows."""

    def as_json(self) -> dict[str, object]:
        """All of it, kept with the run as `validation_report.json`."""


class Dataset(Protocol):
    """The good rows; `reading.Tables` is one."""

    @property
    def digest(self) -> Digest:
        """Digest of the files as they were given."""

    @property
    def report(self) -> Report:
        """What was set aside."""


class Prepared(Protocol):
    """Feature rows and labels, split."""

    @property
    def trained(self) -> Span:
        """Rows that fitting, tuning or choosing a threshold may see."""

    @property
    def held_back(self) -> Span:
        """Rows that only the judge sees; later than those trained on."""

    def holdout(self) -> dict[str, bytes]:
        """The held-back part as files that `model.evaluate` reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What `model.fit` made."""

    features: tuple[str, ...]
    """Columns of the model, in order."""
    features_version: str
    files: Files
    """Inert files only: they are read, never run."""
    golden: Mapping[str, object]
    """A `/predict` request with something in every field; serving repeats it before traffic."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """What else `model.load` needs; plain JSON."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Parameters that the fit chose, logged beside those it was given."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Metrics beside those of `model.evaluate`."""
    artifacts: Files = field(default_factory=dict)
    """Plots and tables, by their path in the run."""


class DataPart(Protocol):
    """The module `data.py`, which has FILES, and `sample_files` for `source=synthetic`, too."""

    def read(self, files: Files, parameters: Any) -> Dataset:
        """Read and check; InputError when too little is good."""


class FeaturesPart(Protocol):
    """The module `features.py`."""

    def build(self, dataset: Any, parameters: Any) -> Prepared:
        """Make features and labels; InputError when nothing is left to learn from."""


class ModelPart(PipelineModel, Protocol):
    """The module `model.py`."""

    def fit(self, prepared: Any, threads: int) -> Fitted:
        """Fit; the same rows and parameters give the same files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is judged, and with what it was made."""

    dataset: Dataset
    prepared: Prepared
    fitted: Fitted
    parameters: TrainingParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericSteps:
    """The steps of any pipeline, over its parts."""

    pipeline: ModelName
    data: DataPart
    features: FeaturesPart
    model: ModelPart

    def train(
        self, files: Files, parameters: TrainingParameters, ports: TrainingPorts, crew: Crew
    ) -> Registered:
        """Train, judge and register one version."""
        progress, call = ports.progress, crew.call
        progress.stage("validate the data")
        dataset = call(self.data.read, files, parameters)
        for line in dataset.report.lines():
            progress.stage(line)
        progress.stage("build features and labels")
        prepared = call(self.features.build, dataset, parameters)
        progress.stage("fit the model")
        fitted = call(self.model.fit, prepared, crew.threads)
        progress.stage("judge it on the held-back part")
        made = Judged(dataset=dataset, prepared=prepared, fitted=fitted, parameters=parameters)
        trained = call(self.judge, made)
        return finish(trained, prepared, ports, crew, publish=parameters.publish_holdout)

    def judge(self, made: Judged) -> TrainedModel:
        """Seal the bundle, read it back as serving will, and score it on the held-back part."""
        seen = TrainedOn(
            digest=made.dataset.digest,
            start=made.prepared.trained.start,
            until=made.prepared.trained.until,
        )
        bundle = self._bundle(made.fitted, seen)
        holdout = self._holdout(made.prepared, seen)
        report = json.dumps(made.dataset.report.as_json(), indent=1).encode()
        return TrainedModel(
            model=self.pipeline,
            bundle=bundle,
            parameters={**parameter_texts(made.parameters), **made.fitted.chosen},
            metrics={
                **made.fitted.metrics,
                **self.model.evaluate(self.model.load(bundle), holdout),
            },
            holdout=holdout,
            artifacts={"validation_report.json": report, **made.fitted.artifacts},
        )

    def _bundle(self, fitted: Fitted, seen: TrainedOn) -> Bundle:
        manifest = Manifest(
            pipeline=self.pipeline,
            features_version=fitted.features_version,
            features=fitted.features,
            dtypes=dict.fromkeys(fitted.features, "float32"),
            files={},
            trained_on=seen,
            golden=Golden(request=fitted.golden, score=0.0),
            parameters=fitted.settings,
        )
        # the score has to be the loaded model's own: serving compares it before it takes traffic
        unproven = self.model.load(make_bundle(manifest, fitted.files))
        score = unproven.predict(fitted.golden).score or 0.0
        golden = Golden(request=fitted.golden, score=score)
        return make_bundle(replace(manifest, golden=golden), fitted.files)

    def _holdout(self, prepared: Prepared, seen: TrainedOn) -> dict[str, bytes]:
        card = DatasetCard(
            pipeline=self.pipeline,
            start=prepared.held_back.start,
            until=prepared.held_back.until,
            held_out_of=seen,
        )
        return sealed(card, prepared.holdout())
