"""Settings and models that change while the runtime runs, and who is told."""

import pytest

from tests.support.streets import PlainModel, Town
from windlass.domain.errors import SystemUnavailable
from windlass.services.eta.models import RETRY_SECONDS
from windlass.services.eta.runtime import told
from windlass.services.eta.snapshots import Reason, Rejected
from windlass.services.eta.stages import Tick

BLOCK = {"model_key": "transit-eta/1", "notification_blocks": ["slack/eta-alerts"]}


def key_of(town: Town, vehicle: str = "a") -> object:
    found = town.predicted(vehicle)
    return found and found["model_key"]


def promoted() -> Town:
    """A town that uses version 1 by its block, and could load version 2."""
    town = Town("a", "b", parameters={}, block=BLOCK)
    town.models["transit-eta/2"] = PlainModel(minutes=2)
    town.runtime.tick()
    return town


def test_a_promotion_is_there_at_the_next_tick() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/2")
    assert town.runtime.tick().predicted == 2
    assert key_of(town) == "transit-eta/2"
    assert town.voice.lines == ["model transit-eta/1 is in use", "model transit-eta/2 is in use"]


def test_so_is_a_rollback() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/2")
    town.runtime.tick()
    town.settings(model_key="transit-eta/1")
    town.runtime.tick()
    assert key_of(town) == "transit-eta/1"


def test_without_a_key_in_redis_that_of_the_block_holds_again() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/2")
    town.runtime.tick()
    town.feed.put("eta:settings", None)
    town.runtime.tick()
    assert key_of(town) == "transit-eta/1"


def test_when_the_first_promotion_is_taken_back_nothing_is_predicted() -> None:
    town = Town("a", parameters={})
    town.settings(model_key="transit-eta/1")
    assert town.runtime.tick().predicted == 1
    town.feed.put("eta:settings", None)
    town.drive("a", timestamp="2025-10-08T10:50:30Z")
    assert town.runtime.tick() == Tick(
        problem="no model is named: set model_key, or promote a version"
    )
    town.settings(model_key="transit-eta/1")
    assert town.runtime.tick().predicted == 1


def test_settings_that_cannot_be_read_take_no_model_away() -> None:
    town = Town("a", parameters={})
    town.settings(model_key="transit-eta/1")
    town.runtime.tick()
    town.feed.put("eta:settings", b"{")
    for timestamp in ("2025-10-08T10:50:30Z", "2025-10-08T10:50:31Z"):
        town.drive("a", timestamp=timestamp)
        assert town.runtime.tick().predicted == 1
    told_once = "Redis key eta:settings holds no JSON object; the settings before stay in use"
    assert town.voice.lines.count(told_once) == 1


def test_after_an_outage_what_redis_has_lost_is_predicted_again() -> None:
    town = Town("a", "b")
    town.runtime.tick()
    town.faults.outage("vehicles")
    with pytest.raises(SystemUnavailable):
        town.runtime.tick()
    town.faults.lift()
    town.feed.put("predictions:a", None)
    found = town.runtime.tick()
    assert (found.predicted, found.unchanged) == (1, 1)


def test_after_a_restart_a_prediction_that_expires_is_made_again() -> None:
    first = Town("a")
    first.runtime.tick()
    again = Town("a", feed=first.feed)
    again.clock.seconds = first.clock.seconds = first.clock.seconds + 290
    assert again.runtime.tick().unchanged == 1
    again.clock.seconds = first.clock.seconds = first.clock.seconds + 10
    assert again.runtime.tick().predicted == 1


def test_a_model_is_loaded_once() -> None:
    town = promoted()
    for _ in range(3):
        town.runtime.tick()
    assert town.loads == ["transit-eta/1"]


def test_parameters_win_over_a_promotion() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1"}, block=BLOCK)
    town.settings(model_key="transit-eta/2")
    town.runtime.tick()
    assert key_of(town) == "transit-eta/1"


def test_a_model_that_cannot_be_loaded_leaves_the_old_one_and_is_told_once() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/9")
    for _ in range(3):
        town.drive("a", timestamp=f"2025-10-08T10:50:0{_}Z")
        assert town.runtime.tick().predicted == 1
        town.clock.seconds += RETRY_SECONDS
    assert key_of(town) == "transit-eta/1"
    assert town.loads == ["transit-eta/1", *["transit-eta/9"] * 3]
    assert town.voice.alerts == [
        (
            ("slack-webhook/eta-alerts",),
            "transit ETA: model can't be loaded",
            "model transit-eta/9 can't be loaded: there is no transit-eta/9;"
            " transit-eta/1 stays in use",
        )
    ]


def test_a_load_that_failed_is_not_repeated_at_every_tick() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/9")
    for _ in range(5):
        town.runtime.tick()
        town.clock.seconds += 1
    assert town.loads == ["transit-eta/1", "transit-eta/9"]


def test_it_is_loaded_once_it_is_there() -> None:
    town = promoted()
    town.settings(model_key="transit-eta/9")
    town.runtime.tick()
    town.models["transit-eta/9"] = PlainModel()
    town.clock.seconds += RETRY_SECONDS
    town.runtime.tick()
    assert key_of(town) == "transit-eta/9"
    assert town.runtime.shelf.trouble == ""


def test_without_a_model_it_waits_for_one() -> None:
    town = Town("a", parameters={})
    assert town.runtime.tick().problem.startswith("no model is named")
    town.settings(model_key="transit-eta/1")
    assert town.runtime.tick().predicted == 1


def test_a_model_that_is_not_there_yet_is_told_as_the_problem() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/9"})
    assert town.runtime.tick().problem == "there is no transit-eta/9"
    assert [subject for _, subject, _ in town.voice.alerts] == [
        "transit ETA: model can't be loaded"
    ]


def test_settings_in_redis_win_over_the_block_while_it_runs() -> None:
    town = Town("a", parameters={"model_key": "transit-eta/1"}, block={"max_stops": 1})
    town.settings(max_stops=2)
    town.runtime.tick()
    found = town.predicted("a")
    assert found is not None
    assert len(found["predictions"]) == 2


def test_bad_settings_are_told_once_and_left_out() -> None:
    town = Town("a")
    town.settings(poll_interval="soon")
    town.runtime.tick()
    town.settings(poll_interval="soon", max_stops=2)
    town.runtime.tick()
    problem = "Redis key eta:settings: poll_interval must be a number from 0 to 3600, not 'soon'"
    assert town.voice.lines.count(problem) == 1
    assert town.runtime.settings.max_stops == 2
    assert town.runtime.settings.poll_interval == 1


def test_an_alert_comes_after_so_many_ticks_without_a_prediction() -> None:
    block = {**BLOCK, "zero_prediction_alert_threshold": 3}
    town = Town("a", parameters={}, block=block)
    for _ in range(6):
        town.runtime.count(town.runtime.tick())
    assert [subject for _, subject, _ in town.voice.alerts] == ["transit ETA: no predictions"]
    [(blocks, _, body)] = town.voice.alerts
    assert blocks == ("slack-webhook/eta-alerts",)
    assert body.startswith("3 ticks in a row; 0 predicted, 1 unchanged in ")


def test_a_problem_is_told_when_it_begins_and_when_it_ends() -> None:
    town = Town("a")
    for problem in ("Redis: away", "Redis: away", ""):
        town.runtime.count(Tick(problem=problem))
    assert town.voice.lines == ["Redis: away", "the runtime predicts again"]


def test_a_tick_in_one_line() -> None:
    rejected = [Rejected("b", Reason.NOT_JSON, "no JSON"), Rejected("c", Reason.NOT_JSON)]
    tick = Tick(predicted=3, unchanged=2, rejected=rejected, seconds=0.0521)
    assert told(tick) == ("3 predicted, 2 unchanged, 2 not_json in 52 ms; vehicle 'b': no JSON")
    assert told(Tick(problem="no model")) == "no model"
