"""A training run, stage by stage, over ports.

`train` is the whole sequence. Who runs a stage is the caller's business: `windlass train` without
a platform calls the functions as they are, the flow makes each a Prefect task.
"""

import json
from collections.abc import Mapping

from windlass.domain.errors import InputError
from windlass.domain.names import ModelName
from windlass.pipelines.milk_price import model, plots, training
from windlass.pipelines.milk_price.data import Dataset, read_dataset
from windlass.pipelines.milk_price.features import FEATURES_VERSION
from windlass.pipelines.milk_price.forecasting import Forecaster
from windlass.pipelines.milk_price.judging import PIPELINE, forecast_rows, read_judged
from windlass.pipelines.milk_price.params import Parameters
from windlass.pipelines.milk_price.rows import judged_rows
from windlass.pipelines.milk_price.training import Prepared
from windlass.pipelines.parameters import parameter_texts
from windlass.pipelines.pictures import importance_plot
from windlass.services.bundles import make_bundle
from windlass.services.ledger import Ledger, Work
from windlass.services.training import (
    Crew,
    Registered,
    TrainedModel,
    TrainingPorts,
    finish,
)

Files = Mapping[str, bytes]

MODEL = ModelName(PIPELINE)


def train(files: Files, parameters: Parameters, ports: TrainingPorts, crew: Crew) -> Registered:
    """Train, judge and register one version; or find it in the ledger, where that is wanted."""
    progress, call = ports.progress, crew.call
    progress.stage("validate the data")
    dataset = call(validate_data, files, parameters)
    for line in dataset.report.lines():
        progress.stage(line)
    ledger, work = Ledger(ports.objects, PIPELINE), work_of(dataset, parameters)
    if not parameters.repeat and (done := call(find_in_ledger, ledger, work)) is not None:
        progress.stage(f"{work.month} is done: version {done.version}; repeat=true trains it again")
        return done
    progress.stage(f"fit on the months before the held-back ones, up to {work.month}")
    prepared = call(build_features, dataset, parameters)
    forecaster = call(fit_forecaster, prepared, crew.threads)
    progress.stage("judge it on the held-back part")
    trained = call(judge, prepared, forecaster, current=call(is_newest, ledger, work))
    if not parameters.repeat and (done := call(find_in_ledger, ledger, work)) is not None:
        progress.stage(f"{work.month} was done meanwhile: version {done.version}")
        return done
    registered = finish(trained, prepared, ports, crew, publish=parameters.publish_holdout)
    call(note_in_ledger, ledger, work, registered)
    return registered


def validate_data(files: Files, parameters: Parameters) -> Dataset:
    """Read the files and set bad rows aside; InputError without any price of the month wanted."""
    until = parameters.until
    dataset = read_dataset(files, until=until, max_bad_fraction=parameters.max_bad_fraction)
    if parameters.month and dataset.months[-1] != until:
        raise InputError(
            f"there is no price of {until}; the data before has months from {dataset.months[0]}"
            f" to {dataset.months[-1]}"
        )
    return dataset


def work_of(dataset: Dataset, parameters: Parameters) -> Work:
    """What this training is noted as."""
    texts = parameter_texts(parameters)
    changing = {name: text for name, text in texts.items() if name not in _SAME_MODEL}
    return Work(
        month=dataset.months[-1],
        data=dataset.digest,
        parameters={**changing, "features_version": FEATURES_VERSION},
    )


_SAME_MODEL = {
    *("year", "month", "repeat", "publish_holdout", "max_bad_fraction"),
    *("n_trials", "parallelism", "fan_out", "kaggle_dataset"),
}
"""Parameters that leave the model as it is; the month is named in the ledger's own way."""


def find_in_ledger(ledger: Ledger, work: Work) -> Registered | None:
    """What came of this training, when it is done."""
    return ledger.find(work)


def is_newest(ledger: Ledger, work: Work) -> bool:
    """Whether no later month was trained on before."""
    newest = ledger.newest()
    return newest is None or newest <= work.month


def note_in_ledger(ledger: Ledger, work: Work, registered: Registered) -> None:
    """Note that it is done."""
    ledger.write(work, registered)


def build_features(dataset: Dataset, parameters: Parameters) -> Prepared:
    """Hold back the last months, and make rows of the part before them."""
    return training.prepare(dataset, parameters)


def fit_forecaster(prepared: Prepared, threads: int) -> Forecaster:
    """Fit on the part before the held-back months."""
    return training.fit_forecaster(prepared, threads)


def judge(prepared: Prepared, forecaster: Forecaster, *, current: bool) -> TrainedModel:
    """Seal the bundle, read it back as serving will, and score it on the held-back part."""
    manifest = training.manifest_of(prepared, forecaster)
    bundle = make_bundle(manifest, training.bundle_files(prepared, forecaster))
    scorer = model.load(bundle)
    holdout = prepared.holdout()
    report = json.dumps(prepared.dataset.report.as_json(), indent=1, ensure_ascii=False)
    return TrainedModel(
        model=MODEL,
        bundle=bundle,
        parameters={
            **parameter_texts(prepared.parameters),
            "until": str(prepared.dataset.months[-1]),
            "held_back_periods": str(len(prepared.split.periods)),
            "share_believed": f"{forecaster.blend.share:g}",
            "drift": f"{forecaster.blend.drift:g}",
        },
        metrics=model.evaluate(scorer, holdout),
        holdout=holdout,
        artifacts={
            "validation_report.json": report.encode(),
            **_pictures(scorer.forecaster, holdout),
        },
        current=current,
    )


def _pictures(forecaster: Forecaster, holdout: Files) -> dict[str, bytes]:
    judged = read_judged(holdout, 1)
    rows = judged_rows(judged.series, judged.periods, judged.horizon)
    forecast = forecast_rows(forecaster, judged.series, rows)
    errors = {
        "forecast": rows.target - forecast.price,
        "last price": rows.target - rows.last,
        "last month's mean": rows.target - rows.mean,
    }
    pictures = {
        "plots/forecast.png": plots.forecast_plot(judged.series, rows, forecast),
        "plots/errors.png": plots.error_plot(errors),
    }
    if weights := training.importances(forecaster):
        pictures["plots/importances.png"] = importance_plot(weights)
    return pictures
