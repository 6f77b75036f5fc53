"""Weather of the past, from Open-Meteo's archive, which asks for no account."""

from collections.abc import Mapping
from datetime import date

import httpx
from pydantic import BaseModel, ValidationError

from windlass.domain.errors import SystemUnavailable

_SYSTEM = "Open-Meteo"
_ARCHIVE = "https://archive-api.open-meteo.com/v1/archive"
_TIMEOUT = 20.0
_UNKNOWN = float("nan")


class _Hourly(BaseModel):
    time: list[int]
    temperature_2m: list[float | None]
    precipitation: list[float | None]
    wind_speed_10m: list[float | None]


class _Answer(BaseModel):
    hourly: _Hourly


def hourly_weather(
    place: tuple[float, float], first: date, last: date, client: httpx.Client | None = None
) -> Mapping[int, tuple[float, float, float]]:
    """Hours since 1970 UTC to degrees Celsius, millimetres and kilometres an hour.

    SystemUnavailable when there is no answer, or none that can be read.
    """
    asked: dict[str, str | float] = {
        "latitude": round(place[0], 3),
        "longitude": round(place[1], 3),
        "start_date": first.isoformat(),
        "end_date": last.isoformat(),
        "hourly": "temperature_2m,precipitation,wind_speed_10m",
        "timeformat": "unixtime",
    }
    try:
        with client or httpx.Client(timeout=_TIMEOUT) as http:
            answer = http.get(_ARCHIVE, params=asked).raise_for_status()
        hourly = _Answer.model_validate_json(answer.content).hourly
        hours = zip(
            hourly.time,
            hourly.temperature_2m,
            hourly.precipitation,
            hourly.wind_speed_10m,
            strict=True,
        )
        return {time // 3600: (_known(a), _known(b), _known(c)) for time, a, b, c in hours}
    except httpx.HTTPError as error:
        raise SystemUnavailable(
            _SYSTEM, f"did not answer ({type(error).__name__}); check the network"
        ) from error
    except (ValidationError, ValueError) as error:
        raise SystemUnavailable(_SYSTEM, "answered what is no hourly weather") from error


def _known(value: float | None) -> float:
    return _UNKNOWN if value is None else value
