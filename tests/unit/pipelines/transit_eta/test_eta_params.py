import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.parameters import parse_parameters
from windlass.pipelines.transit_eta.kinds import BASELINES
from windlass.pipelines.transit_eta.params import Parameters
from windlass.pipelines.transit_eta.places import dataset_prefix


def test_all_kinds_are_trained_unless_fewer_are_named() -> None:
    assert Parameters().kinds() == (*BASELINES, "xgboost", "lightgbm", "catboost")
    assert Parameters(model_types="").kinds() == Parameters().kinds()
    wanted = parse_parameters(Parameters, ["model_types=catboost, ewma", "by_route=true"])
    assert wanted.kinds() == ("ewma", "catboost")
    assert wanted.by_route


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_types=forest", "unknown kind forest"),
        ("timezone=Mars/North", "no time zone"),
        ("timezone=", "no time zone"),
        ("train_fraction=0.9", "at least|less than 0.05"),
        ("stops_ahead=0", "stops_ahead must lie"),
        ("fan_out=2", "fan_out must lie"),
        ("max_label_seconds=nan", "max_label_seconds must lie"),
    ],
)
def test_values_that_no_run_could_work_with_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_parameters(Parameters, [text])


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a" * 101])
def test_a_dataset_has_a_plain_name(name: str) -> None:
    with pytest.raises(InputError, match="can't name a dataset"):
        dataset_prefix(name)


def test_a_dataset_lies_beside_the_others_of_its_pipeline() -> None:
    assert dataset_prefix("various_dataset_5") == "datasets/transit-eta/built/various_dataset_5"
