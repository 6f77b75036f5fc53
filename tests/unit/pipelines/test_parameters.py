from dataclasses import dataclass

import pytest

from windlass.domain.errors import InputError
from windlass.pipelines.parameters import parameter_texts, parse_parameters


@dataclass(frozen=True, kw_only=True)
class Example:
    gap_hours: int = 4
    share: float = 0.2
    publish: bool = True
    name: str = "some"


def test_each_text_is_read_by_its_fields_type() -> None:
    texts = ["gap_hours=0", "share=0.5", "publish=no", "name=a=b"]
    assert parse_parameters(Example, texts) == Example(
        gap_hours=0, share=0.5, publish=False, name="a=b"
    )


def test_hyphens_do_as_well_and_the_last_of_two_counts() -> None:
    assert parse_parameters(Example, ["gap-hours=1", "gap_hours = 2"]) == Example(gap_hours=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "gap_hour=1",
            "unknown parameter gap_hour (did you mean gap_hours?); there are: gap_hours",
        ),
        ("zzz=1", "unknown parameter zzz; there are: gap_hours, name, publish, share"),
        ("gap_hours", "parameter 'gap_hours' has no value; write it as name=value"),
        ("gap_hours=1.5", "parameter gap_hours must be a whole number, not '1.5'"),
        ("share=much", "parameter share must be a number, not 'much'"),
        ("publish=perhaps", "parameter publish must be true or false, not 'perhaps'"),
    ],
)
def test_a_wrong_text_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_parameters(Example, [text])
    assert message in str(refused.value)


def test_parameters_can_be_written_as_texts() -> None:
    assert parameter_texts(Example(share=0.5)) == {
        "gap_hours": "4",
        "share": "0.5",
        "publish": "True",
        "name": "some",
    }
