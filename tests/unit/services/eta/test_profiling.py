"""Least, most, mean and ten bins."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.services.eta.profiling import (
    BINS,
    DESCRIPTIONS,
    FETCH,
    LATENCY,
    Profile,
    csv_text,
    markdown_text,
    summarize,
)


def test_what_was_measured_has_the_seeds_names() -> None:
    assert list(DESCRIPTIONS) == [
        "redis_fetch_times",
        "eta_inference_times",
        "redis_write_times",
        "pipeline_latency_times",
    ]


def test_figures_and_bins() -> None:
    found = summarize([(0.0, 1), (10.0, 2), (4.9, 1)])
    assert found is not None
    assert (found.count, found.least, found.most, found.mean) == (4, 0, 10, 24.9 / 4)
    assert [one.count for one in found.bins] == [1, 0, 0, 0, 1, 0, 0, 0, 0, 2]
    assert (found.bins[0].low, found.bins[-1].high) == (0, 10)


def test_equal_values_are_in_one_bin() -> None:
    found = summarize([(3.0, 5)])
    assert found is not None
    assert [one.count for one in found.bins] == [5, *[0] * 9]
    assert found.mean == 3


def test_nothing_measured_is_nothing_to_tell() -> None:
    assert summarize([]) is None
    assert Profile().report() == {}


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(1, 9)), min_size=1))
def test_every_value_is_in_a_bin(values: list[tuple[float, int]]) -> None:
    found = summarize(values)
    assert found is not None
    assert len(found.bins) == BINS
    assert sum(one.count for one in found.bins) == found.count == sum(n for _, n in values)
    assert found.mean == pytest.approx(sum(v * n for v, n in values) / found.count)


def test_a_report_begins_a_new_period() -> None:
    profile = Profile()
    profile.record(FETCH, 3.0)
    profile.record(LATENCY, 4.0, 7)
    profile.record(LATENCY, 9.0, 0)
    report = profile.report()
    assert {name: found.count for name, found in report.items()} == {FETCH: 1, LATENCY: 7}
    assert profile.report() == {}


def test_the_csv_has_the_figures_and_ten_bins() -> None:
    found = summarize([(0.0, 1), (10.0, 1)])
    assert found is not None
    rows = list(csv.reader(io.StringIO(csv_text(found))))
    assert rows[:5] == [
        ["statistic", "value"],
        ["count", "2"],
        ["min_ms", "0.000"],
        ["max_ms", "10.000"],
        ["avg_ms", "5.000"],
    ]
    assert rows[5] == ["bin_start_ms", "bin_end_ms", "count"]
    assert rows[6] == ["0.000", "1.000", "1"]
    assert len(rows[6:]) == 10


def test_the_page_says_what_was_measured() -> None:
    found = summarize([(1.5, 1)])
    assert found is not None
    page = markdown_text(FETCH, found)
    assert page.startswith("# redis_fetch_times\n")
    assert "milliseconds to read a batch of snapshots from Redis" in page
    assert "| avg_ms | 1.500 |" in page
    assert "| 1.500 to 1.500 | 1 |" in page
