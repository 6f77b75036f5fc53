"""A search that is shared among flow runs ends as one in a single process does."""

from dataclasses import replace

import pytest

from tests.support import plant
from tests.support.tuning_runs import Workers
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.errors import InputError
from windlass.pipelines import bench_of
from windlass.pipelines.parameters import parameter_texts
from windlass.pipelines.predictive_maintenance import steps
from windlass.services.datasets import fetch_dataset
from windlass.services.fanout import Order, training_prefix
from windlass.services.trials import Outcome, Point
from windlass.services.tuning import Mapper

FANNED = replace(plant.QUICK, fan_out=2)
TEXTS = parameter_texts(FANNED)


def test_the_runs_of_a_training_find_its_data_and_give_the_same_bundle() -> None:
    ports = plant.memory_ports()
    objects = ports.objects
    assert isinstance(objects, MemoryObjects)
    orders: list[Order] = []

    def evaluate(point: Point) -> Outcome:
        order = orders[-1]
        files = fetch_dataset(objects, order.dataset)
        bench = bench_of(order.pipeline)(files, order.search, order.parameters, 1)
        assert bench.study == order.study
        return bench.evaluate(point)

    workers = Workers(evaluate, objects=objects)

    def fan_out(order: Order) -> Mapper:
        orders.append(order)
        return workers.mapper(order)

    crew = replace(plant.crew(), fan_out=fan_out)
    registered = steps.train(plant.files(), FANNED, ports, crew)

    assert registered.bundle_digest == plant.trained().bundle.digest
    assert [order.search for order in orders] == ["lightgbm", "catboost"]
    assert len(workers.flows.started) == 4
    stored = {found.key for found in objects.list(training_prefix(plant.prepared().dataset.digest))}
    assert len(stored) == len(plant.files())


def test_without_anybody_to_start_runs_it_is_refused_before_the_work_begins() -> None:
    ports = plant.memory_ports()
    with pytest.raises(InputError, match="fan_out needs flow runs: train on a platform"):
        steps.train(plant.files(), FANNED, ports, plant.crew())
    assert ports.objects.list("") == ()


def test_other_data_or_parameters_make_another_study() -> None:
    files = plant.files()
    same = bench_of(steps.MODEL)(files, "catboost", TEXTS, 1).study
    assert bench_of(steps.MODEL)(files, "catboost", {**TEXTS, "fan_out": "0"}, 2).study == same
    other_seed = bench_of(steps.MODEL)(files, "catboost", {**TEXTS, "seed": "1"}, 1)
    assert other_seed.study != same
    errors = files["PdM_errors.csv"] + b"2024-01-15 06:00:00,1,error1\n"
    other_data = bench_of(steps.MODEL)({**files, "PdM_errors.csv": errors}, "catboost", TEXTS, 1)
    assert other_data.study != same


def test_what_no_run_can_be_told_is_refused() -> None:
    with pytest.raises(InputError, match="unknown algorithm forest; there are: lightgbm, catboost"):
        bench_of(steps.MODEL)(plant.files(), "forest", TEXTS, 1)
    with pytest.raises(InputError, match="unknown pipeline nowhere"):
        bench_of("nowhere")
