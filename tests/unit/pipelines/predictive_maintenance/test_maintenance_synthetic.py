import numpy as np

from windlass.pipelines.predictive_maintenance.data import read_dataset
from windlass.pipelines.predictive_maintenance.synthetic import (
    Plant,
    synthetic_files,
    synthetic_histories,
)

PLANT = Plant(machines=3, days=20, failures_per_month=6, seed=7)


def test_a_plant_always_gives_the_same_files_and_another_seed_others() -> None:
    assert synthetic_files(PLANT) == synthetic_files(PLANT)
    assert synthetic_files(PLANT) != synthetic_files(Plant(machines=3, days=20, seed=8))


def test_the_files_pass_the_checks_and_give_the_histories_back() -> None:
    dataset = read_dataset(synthetic_files(PLANT))
    assert dataset.report.bad == ()
    for read, made in zip(dataset.histories, synthetic_histories(PLANT), strict=True):
        np.testing.assert_array_equal(read.readings, made.readings)
        np.testing.assert_array_equal(read.times, made.times)
        assert (read.machine, read.model, read.age) == (made.machine, made.model, made.age)
        for mine, theirs in ((read.errors, made.errors), (read.failures, made.failures)):
            assert {k: v.tolist() for k, v in mine.items()} == {
                k: v.tolist() for k, v in theirs.items()
            }


def test_a_failing_component_moves_its_sensor_before_it_fails() -> None:
    loud = Plant(machines=20, days=30, failures_per_month=2, silent_share=0, false_alarms=0)
    moved = []
    for machine in synthetic_histories(loud):
        for failed in machine.failures.get("comp1", []):
            before = (machine.times < failed) & (machine.times >= failed - 24 * 3600)
            moved.append(machine.readings[before, 0].mean() - 170)
    assert np.mean(moved) > 10
