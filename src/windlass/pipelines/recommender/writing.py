"""Clicks as a file of events; reading it back gives the same clicks."""

import csv
import io

import numpy as np

from windlass.pipelines.recommender.clicks import KINDS, UNKNOWN, Clicks, Names, Numbers, Texts
from windlass.pipelines.recommender.tables import EVENTS

_COLUMNS = tuple(column.name for column in EVENTS.columns if column.name not in ("category_code",))


def events_csv(clicks: Clicks, names: Names) -> bytes:
    """Content of `events.csv`; a category stands there by one name, be it number or text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    prices = ["" if np.isnan(price) else f"{price:.10g}" for price in clicks.prices.tolist()]
    writer.writerows(
        zip(
            time_texts(clicks.times),
            np.array(KINDS)[clicks.kinds].tolist(),
            _named(names.products, clicks.products),
            _named(names.categories, clicks.categories),
            _named(names.brands, clicks.brands),
            prices,
            _named(names.users, clicks.users),
            _named(names.sessions, clicks.sessions),
            strict=True,
        )
    )
    return text.getvalue().encode()


def time_texts(times: Numbers) -> list[str]:
    """Times as the files write them; parts of a second only where there are some."""
    unit = "us" if (times % 1_000_000).any() else "s"
    texts = np.datetime_as_string(times.astype("datetime64[us]").astype(f"datetime64[{unit}]"))
    return [text.replace("T", " ") + " UTC" for text in texts.tolist()]


def _named(names: Texts, numbers: Numbers) -> list[str]:
    if not len(names):
        return [""] * len(numbers)
    texts: list[str] = np.where(numbers == UNKNOWN, "", names[np.maximum(numbers, 0)]).tolist()
    return texts
