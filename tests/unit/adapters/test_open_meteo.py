import math
from datetime import date

import httpx
import pytest

from windlass.adapters.open_meteo import hourly_weather
from windlass.domain.errors import SystemUnavailable

DAY = date(2025, 10, 8)


def client(status: int, body: object) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.params["start_date"] == "2025-10-08"
        return httpx.Response(status, json=body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_hours_get_their_weather_and_gaps_stay_unknown() -> None:
    hourly = {
        "time": [7200, 10800],
        "temperature_2m": [11.5, None],
        "precipitation": [0.0, 0.2],
        "wind_speed_10m": [14.0, 15.0],
    }
    found = hourly_weather((42.3, -71.1), DAY, DAY, client(200, {"hourly": hourly}))
    assert found[2] == (11.5, 0.0, 14.0)
    assert math.isnan(found[3][0])


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (500, {}, "did not answer"),
        (200, {"hourly": []}, "no hourly weather"),
        (200, 7, "no hourly"),
    ],
)
def test_no_weather_is_an_outage(status: int, body: object, message: str) -> None:
    with pytest.raises(SystemUnavailable, match=message):
        hourly_weather((42.3, -71.1), DAY, DAY, client(status, body))
