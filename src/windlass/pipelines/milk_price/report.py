"""What a model forecasts, as a page for people."""

from collections.abc import Mapping

from windlass.pipelines.milk_price.model import PriceScorer

SHOWN = 25
"""Series on the page."""


def forecast_page(scorer: PriceScorer) -> str:
    """Markdown: next month's prices of the series that will move most."""
    answers = [_answer(scorer, key) for key in sorted(scorer.known.by_key)]
    ranked = sorted(answers, key=_move, reverse=True)
    naive = sum(bool(answer["fallback"]) for answer in answers)
    lines = [
        f"# Prices of {answers[0]['month']}" if answers else "# No series",
        f"{len(answers)} series, {naive} of them by a naive forecast; those that move most:",
        "",
        "| series | last price | forecast | interval | method |",
        "| --- | ---: | ---: | --- | --- |",
        *(_line(answer) for answer in ranked[:SHOWN]),
    ]
    return "\n".join(lines) + "\n"


def _answer(scorer: PriceScorer, key: tuple[str, str, str]) -> Mapping[str, object]:
    city, kind, channel = key
    return scorer.predict({"city": city, "type": kind, "channel": channel}).body


def _move(answer: Mapping[str, object]) -> float:
    last = float(str(answer["last_price"]))
    return abs(float(str(answer["price"])) - last) / last


def _line(answer: Mapping[str, object]) -> str:
    name = ", ".join(str(answer[part]) for part in ("city", "type", "channel") if answer[part])
    name = name.replace("|", "/") or "the series"
    interval = f"{answer['lower']:.2f} to {answer['upper']:.2f}"
    return (
        f"| {name} | {answer['last_price']:.2f} | {answer['price']:.2f} | {interval}"
        f" | {answer['method']} |"
    )
