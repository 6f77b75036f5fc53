import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.parameters import parse_parameters
from windlass.pipelines.predictive_maintenance.features import Window
from windlass.pipelines.predictive_maintenance.params import Parameters


def test_the_window_is_four_hours_ahead_and_two_long_by_default() -> None:
    assert Parameters().window == Window(gap=4, horizon=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gap_hours=-1", "parameter gap_hours must lie in 0 to 1440, not -1"),
        ("horizon_hours=0", "parameter horizon_hours must lie in 1 to 1440, not 0"),
        ("test_fraction=1", "parameter test_fraction must lie in 0.01 to 0.9, not 1"),
        ("test_fraction=nan", "parameter test_fraction must lie in 0.01 to 0.9, not nan"),
        ("n_trials=0", "parameter n_trials must lie in 1 to 10000, not 0"),
        ("parallelism=0", "parameter parallelism must lie in 1 to 256, not 0"),
    ],
)
def test_values_that_no_run_could_use_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_parameters(Parameters, [text])
    assert str(refused.value) == message
