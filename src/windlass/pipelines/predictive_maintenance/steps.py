"""A training run, stage by stage, over ports.

`train` is the whole sequence. Who runs a stage is the caller's business: `windlass train` without
a platform calls the functions as they are, the flow makes each a Prefect task.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from windlass.domain.errors import InputError
from windlass.domain.names import ModelName
from windlass.domain.versions import RunRecord
from windlass.pipelines.parameters import parameter_texts, parse_parameters
from windlass.pipelines.pictures import importance_plot
from windlass.pipelines.predictive_maintenance import model, plots, training
from windlass.pipelines.predictive_maintenance.boosting import (
    ALGORITHMS,
    DEFAULT_POINT,
    Algorithm,
    Effort,
    Point,
    recipe,
    search_space,
)
from windlass.pipelines.predictive_maintenance.data import Dataset, read_dataset
from windlass.pipelines.predictive_maintenance.features import FEATURES_VERSION
from windlass.pipelines.predictive_maintenance.holdout import PIPELINE
from windlass.pipelines.predictive_maintenance.metrics import average_precision
from windlass.pipelines.predictive_maintenance.params import Parameters
from windlass.pipelines.predictive_maintenance.training import Final, Prepared
from windlass.services.bundles import make_bundle
from windlass.services.datasets import publish_dataset
from windlass.services.fanout import Bench, Order, training_prefix
from windlass.services.training import (
    Crew,
    Progress,
    Registered,
    TrainedModel,
    TrainingPorts,
    finish,
)
from windlass.services.trials import Outcome, Trial
from windlass.services.tuning import Mapper, Study, best, study_name, tune

Files = Mapping[str, bytes]
Searched = Mapping[Algorithm, Sequence[Trial]]

MODEL = ModelName(PIPELINE)


def train(files: Files, parameters: Parameters, ports: TrainingPorts, crew: Crew) -> Registered:
    """Train, judge and register one version."""
    progress, call = ports.progress, crew.call
    if parameters.fan_out and crew.fan_out is None:
        raise InputError(
            "parameter fan_out needs flow runs: train on a platform (`windlass up`) or set it to 0"
        )
    progress.stage("validate the data")
    dataset = call(validate_data, files, parameters)
    for line in dataset.report.lines():
        progress.stage(line)
    progress.stage("build features and labels")
    prepared = call(build_features, dataset, parameters)
    if parameters.fan_out:
        call(publish_dataset, ports.objects, training_prefix(dataset.digest), files)
    searched = {
        algorithm: call(search, algorithm, prepared, ports, crew) for algorithm in ALGORITHMS
    }
    progress.stage("fit the final CatBoost")
    final = call(fit_final, prepared, searched, crew.threads)
    progress.stage("judge it on the held-back part")
    trained = call(judge, prepared, final, searched)
    return finish(trained, prepared, ports, crew, publish=parameters.publish_holdout)


def validate_data(files: Files, parameters: Parameters) -> Dataset:
    """Read the five files and set bad rows aside."""
    return read_dataset(files, max_bad_fraction=parameters.max_bad_fraction)


def build_features(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Make features and labels and split them in time."""
    return training.prepare(dataset, parameters)


def search(
    algorithm: Algorithm, prepared: Prepared, ports: TrainingPorts, crew: Crew
) -> tuple[Trial, ...]:
    """Search an algorithm's hyperparameters; no trials where nothing can be validated."""
    if not prepared.folds:
        ports.progress.stage("too few failures to validate anything: no search, default settings")
        return ()
    parameters = prepared.parameters
    effort = Effort(seed=parameters.seed, threads=max(1, crew.threads // parameters.parallelism))
    study = Study(
        name=_study_name(algorithm, prepared),
        space=search_space(parameters),
        trials=parameters.n_trials,
        parallelism=parameters.parallelism,
        seed=parameters.seed,
    )
    return tune(
        ports.objects,
        study,
        lambda point: run_trial(algorithm, prepared, point, effort),
        run=_mapper(algorithm, prepared, crew),
        on_trial=_Counter(ports.progress, algorithm, study.trials),
    )


def _mapper(algorithm: Algorithm, prepared: Prepared, crew: Crew) -> Mapper:
    parameters = prepared.parameters
    if not parameters.fan_out or crew.fan_out is None:
        return crew.trials
    order = Order(
        study=_study_name(algorithm, prepared),
        pipeline=PIPELINE,
        search=algorithm,
        dataset=training_prefix(prepared.dataset.digest),
        parameters=parameter_texts(parameters),
        parallelism=parameters.parallelism,
        runs=parameters.fan_out,
    )
    return crew.fan_out(order)


def bench(files: Files, search: str, parameters: Mapping[str, str], threads: int) -> Bench:
    """Make a search ready from its data, in the process of a run that has a share of it."""
    algorithm = next((known for known in ALGORITHMS if known == search), None)
    if algorithm is None:
        raise InputError(f"unknown algorithm {search}; there are: {', '.join(ALGORITHMS)}")
    texts = [f"{name}={text}" for name, text in parameters.items()]
    wanted = parse_parameters(Parameters, texts)
    prepared = build_features(validate_data(files, wanted), wanted)
    effort = Effort(seed=wanted.seed, threads=threads)
    return Bench(
        study=_study_name(algorithm, prepared),
        evaluate=lambda point: run_trial(algorithm, prepared, point, effort),
    )


def run_trial(algorithm: Algorithm, prepared: Prepared, point: Point, effort: Effort) -> Outcome:
    """Validate one point of the search."""
    found = training.validate(algorithm, prepared, recipe(point, prepared.parameters), effort)
    precision = found.average_precision
    if precision is None:
        return Outcome(loss=float("nan"))
    return Outcome(loss=1 - precision, metrics={"validation_average_precision": precision})


def fit_final(prepared: Prepared, searched: Searched, threads: int) -> Final:
    """Fit CatBoost once more, on all training rows, as its best trial did."""
    trials = searched["catboost"]
    point = best(trials).point if trials else DEFAULT_POINT
    how = recipe(point, prepared.parameters)
    return training.refit(prepared, how, Effort(seed=prepared.parameters.seed, threads=threads))


def judge(prepared: Prepared, final: Final, searched: Searched) -> TrainedModel:
    """Seal the bundle, read it back as serving will, and score it on the held-back part."""
    bundle = make_bundle(training.manifest_of(prepared, final), training.bundle_files(final))
    scorer = model.load(bundle)
    holdout = prepared.holdout()
    rows = prepared.held_back
    scores = {"CatBoost": scorer.probabilities(rows.features)}
    metrics = model.evaluate(scorer, holdout)
    for algorithm, trials in searched.items():
        if trials:
            metrics[f"{algorithm}_validation_average_precision"] = 1 - best(trials).loss
    baseline = training.baseline_scores(prepared)
    scores["logistic regression"] = baseline
    if (precision := average_precision(rows.labels, baseline)) is not None:
        metrics["baseline_average_precision"] = precision
    report = json.dumps(prepared.dataset.report.as_json(), indent=1)
    return TrainedModel(
        model=MODEL,
        bundle=bundle,
        parameters={**parameter_texts(prepared.parameters), **_recipe_texts(final)},
        metrics=metrics,
        holdout=holdout,
        artifacts={
            "validation_report.json": report.encode(),
            "plots/precision_recall.png": plots.precision_recall_plot(rows.labels, scores),
            "plots/importances.png": importance_plot(training.importances(final)),
            "plots/scores.png": plots.score_plot(rows.labels, scores["CatBoost"], final.threshold),
        },
        trials=_trial_records(searched),
    )


class _Counter:
    """Tells progress of each finished trial."""

    def __init__(self, progress: Progress, algorithm: Algorithm, total: int) -> None:
        self._progress = progress
        self._algorithm = algorithm
        self._total = total
        self._done = 0

    def __call__(self, trial: Trial) -> None:
        self._done += 1
        self._progress.step(f"tune {self._algorithm}", self._done, self._total)


def _study_name(algorithm: Algorithm, prepared: Prepared) -> str:
    return study_name(f"{PIPELINE}-{algorithm}", _study_parts(prepared))


def _study_parts(prepared: Prepared) -> list[str]:
    """Everything that a trial's outcome depends on."""
    texts = parameter_texts(prepared.parameters)
    for name in ("n_trials", "fan_out", "max_bad_fraction", "kaggle_dataset", "publish_holdout"):
        del texts[name]
    settings = [f"{name}={value}" for name, value in sorted(texts.items())]
    return [prepared.dataset.digest, FEATURES_VERSION, *settings]


def _recipe_texts(final: Final) -> dict[str, str]:
    return {f"final_{name}": f"{value:g}" for name, value in asdict(final.recipe).items()}


def _trial_records(searched: Searched) -> tuple[RunRecord, ...]:
    return tuple(
        RunRecord(
            experiment=MODEL,
            name=f"{algorithm}-trial-{trial.number:03d}",
            parameters={name: f"{value:g}" for name, value in trial.point.items()},
            metrics=trial.metrics,
            tags={"windlass.algorithm": algorithm},
        )
        for algorithm, trials in searched.items()
        for trial in trials
    )
