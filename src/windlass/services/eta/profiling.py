"""How long the parts of a tick take: least, most, mean and ten bins, as CSV and as Markdown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

BINS = 10

DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "redis_fetch_times": "milliseconds to read a batch of snapshots from Redis",
        "eta_inference_times": "milliseconds of one call of the model",
        "redis_write_times": "milliseconds to write a batch of predictions to Redis",
        "pipeline_latency_times": "milliseconds from the beginning of a tick until a vehicle's"
        " prediction was written",
    }
)
"""What is measured, by the name of its file."""

FETCH, INFERENCE, WRITE, LATENCY = DESCRIPTIONS


@dataclass(frozen=True, slots=True)
class Bin:
    """How many values lie in `[low, high)`; the last bin has its high end, too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is told of one kind of time."""

    count: int
    least: float
    most: float
    mean: float
    bins: tuple[Bin, ...]


@dataclass(slots=True)
class Profiler:
    """Values of one kind since the last report, with how often each was met."""

    values: list[tuple[float, int]] = field(default_factory=list)

    def record(self, milliseconds: float, count: int = 1) -> None:
        """Remember a value that was met `count` times."""
        if count:
            self.values.append((milliseconds, count))

    def summary(self) -> Summary | None:
        """Summarize; None where nothing was measured."""
        return summarize(self.values)


def summarize(values: Iterable[tuple[float, int]]) -> Summary | None:
    """Summarize values and their counts."""
    known = list(values)
    count = sum(times for _, times in known)
    if not count:
        return None
    least, most = min(value for value, _ in known), max(value for value, _ in known)
    width = (most - least) / BINS
    counts = [0] * BINS
    for value, times in known:
        counts[min(int((value - least) / width), BINS - 1) if width else 0] += times
    return Summary(
        count=count,
        least=least,
        most=most,
        mean=sum(value * times for value, times in known) / count,
        bins=tuple(
            Bin(least + index * width, least + (index + 1) * width, found)
            for index, found in enumerate(counts)
        ),
    )


class Profile:
    """All profilers of a runtime."""

    def __init__(self) -> None:
        self._profilers = {name: Profiler() for name in DESCRIPTIONS}

    def record(self, name: str, milliseconds: float, count: int = 1) -> None:
        """Remember a value."""
        self._profilers[name].record(milliseconds, count)

    def report(self) -> dict[str, Summary]:
        """Summaries of what was measured since the last report."""
        found = {name: profiler.summary() for name, profiler in self._profilers.items()}
        self._profilers = {name: Profiler() for name in DESCRIPTIONS}
        return {name: summary for name, summary in found.items() if summary is not None}


def csv_text(summary: Summary) -> str:
    """The summary as a CSV file: the figures first, then the bins."""
    rows = [("statistic", "value"), *_figures(summary), ("bin_start_ms", "bin_end_ms", "count")]
    rows += [(f"{bin_.low:.3f}", f"{bin_.high:.3f}", str(bin_.count)) for bin_ in summary.bins]
    return "".join(",".join(row) + "\n" for row in rows)


def markdown_text(name: str, summary: Summary) -> str:
    """The same for people."""
    figures = "".join(f"| {title} | {value} |\n" for title, value in _figures(summary))
    bins = "".join(
        f"| {bin_.low:.3f} to {bin_.high:.3f} | {bin_.count} |\n" for bin_ in summary.bins
    )
    return (
        f"# {name}\n\nHow many {DESCRIPTIONS[name]}.\n\n"
        f"| | |\n| --- | ---: |\n{figures}\n| ms | count |\n| --- | ---: |\n{bins}"
    )


def _figures(summary: Summary) -> list[tuple[str, ...]]:
    return [
        ("count", str(summary.count)),
        ("min_ms", f"{summary.least:.3f}"),
        ("max_ms", f"{summary.most:.3f}"),
        ("avg_ms", f"{summary.mean:.3f}"),
    ]
