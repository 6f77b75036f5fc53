import orjson
import pytest

from windlass.pipelines.contract import InvalidRequest
from windlass.serving.tables import Table, parse_csv_table, parse_json_table

FEATURES = ("x", "y")
SPARSE = orjson.dumps({"dataframe_records": [{f"f{n}": n for n in range(1500)}, *[{}] * 3000]})


@pytest.mark.parametrize(
    ("body", "table"),
    [
        (b'{"dataframe_split": {"columns": ["y"], "data": [[1], [2]]}}', (["y"], [[1], [2]])),
        (b'{"dataframe_split": {"data": [[1, 2]]}}', (["x", "y"], [[1, 2]])),
        (b'{"dataframe_split": {"columns": [], "data": []}}', ([], [])),
        (b'{"dataframe_records": [{"x": 1}, {"y": 2}]}', (["x", "y"], [[1, None], [None, 2]])),
        (b'{"dataframe_records": []}', ([], [])),
        (b'{"instances": [[1, "a"]]}', (["x", "y"], [[1, "a"]])),
        (b'{"instances": [{"x": 1}]}', (["x"], [[1]])),
        (b'{"inputs": {"x": [1, 2], "y": [3, 4]}}', (["x", "y"], [[1, 3], [2, 4]])),
        (b'{"inputs": {"x": 1, "y": 3}}', (["x", "y"], [[1, 3]])),
        (b'{"inputs": [[1, 2]], "params": null}', (["x", "y"], [[1, 2]])),
    ],
)
def test_each_format_becomes_columns_and_rows(
    body: bytes, table: tuple[list[str], list[object]]
) -> None:
    parsed = parse_json_table(body, FEATURES)

    assert (list(parsed.columns), [list(row) for row in parsed.rows]) == table


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"[]", "body", "must be a JSON object"),
        (b"{", "body", "is not JSON"),
        (b"{}", "body", "exactly one of dataframe_split"),
        (b'{"instances": 1}', "instances", "must be a list of rows"),
        (b'{"instances": [1]}', "instances", "row 0 must be a list"),
        (b'{"instances": [[1]]}', "instances", "row 0 has 1 values for 2 columns"),
        (b'{"dataframe_split": []}', "dataframe_split", "must be an object"),
        (b'{"dataframe_split": {"columns": "x", "data": []}}', "dataframe_split.columns", "list"),
        (b'{"dataframe_records": {"x": 1}}', "dataframe_records", "must be a list of objects"),
        (b'{"instances": [{"x": 1}, 2]}', "instances", "must be a list of objects"),
        (SPARSE, "dataframe_records", "has 3001 records with 1500 different fields: name the same"),
        (b'{"inputs": {"x": [1], "y": []}}', "inputs", "columns of different lengths"),
    ],
)
def test_a_wrong_table_is_refused_by_its_field(body: bytes, field: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_json_table(body, FEATURES)

    assert refusal.value.field == field
    assert message in refusal.value.message


def test_csv_has_numbers_texts_and_gaps() -> None:
    parsed = parse_csv_table(b'x,y\n1.5,"a,b"\n\n,2\n', FEATURES)

    assert parsed == Table(["x", "y"], [[1.5, "a,b"], [None, 2.0]])


@pytest.mark.parametrize("body", [b"", b"\n", b"x,y\n1\n", b"\xff\xfe", b'x\n"open'])
def test_broken_csv_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_csv_table(body, FEATURES)
