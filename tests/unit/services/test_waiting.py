"""Which key comes next."""

from hypothesis import given
from hypothesis import strategies as st

from windlass.domain.names import ModelName
from windlass.domain.promotion.promotion import PromotionKey
from windlass.services.waiting import PATIENCE_SECONDS, TURNS, Waiting

MILK, PUMPS = ModelName("milk-price"), ModelName("pumps")


def key(name: str) -> PromotionKey:
    return PromotionKey("default", name)


def taken(waiting: Waiting, now: float) -> str | None:
    found = waiting.take(now)
    return found.key.name if found else None


def test_a_key_comes_when_it_is_due_and_only_once() -> None:
    waiting = Waiting()
    waiting.add(key("a"), MILK, 5.0, routine=False)
    waiting.add(key("a"), MILK, 7.0, routine=False)
    assert taken(waiting, 4.9) is None
    assert waiting.next_at() == 5.0
    assert taken(waiting, 5.0) == "a"
    waiting.free(MILK)
    assert taken(waiting, 9.0) is None


def test_what_happened_comes_before_a_round() -> None:
    waiting = Waiting()
    waiting.add(key("round"), PUMPS, 1.0, routine=True)
    waiting.add(key("event"), MILK, 2.0, routine=False)
    assert [taken(waiting, 2.0), taken(waiting, 2.0)] == ["event", "round"]


def test_a_key_of_a_round_to_which_something_happens_is_urgent() -> None:
    waiting = Waiting()
    for name in ("first", "second"):
        waiting.add(key(name), ModelName(name), 1.0, routine=True)
    waiting.add(key("second"), ModelName("second"), 3.0, routine=False)
    assert [taken(waiting, 2.0), taken(waiting, 2.0)] == ["second", "first"]


def test_a_round_is_not_put_off_for_ever() -> None:
    waiting = Waiting()
    waiting.add(key("round"), PUMPS, 1.0, routine=True)
    late = 1.0 + PATIENCE_SECONDS
    for event in range(TURNS):
        waiting.add(key(f"event-{event}"), ModelName(f"model-{event}"), late, routine=False)
    came = [taken(waiting, late) for _ in range(TURNS)]
    assert came.count("round") == 1


def test_of_one_model_the_second_comes_when_the_first_is_done() -> None:
    waiting = Waiting()
    waiting.add(key("a"), MILK, 1.0, routine=False)
    waiting.add(key("b"), MILK, 2.0, routine=False)
    waiting.add(key("c"), PUMPS, 3.0, routine=False)
    assert [taken(waiting, 4.0), taken(waiting, 4.0), taken(waiting, 4.0)] == ["a", "c", None]
    waiting.free(MILK)
    assert taken(waiting, 4.0) == "b"


_ADDS = st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 20), st.booleans())


@given(adds=st.lists(_ADDS, max_size=20), now=st.integers(0, 20))
def test_all_that_is_due_comes_once_and_one_of_a_model_at_a_time(
    adds: list[tuple[int, int, int, bool]], now: int
) -> None:
    waiting, due = Waiting(), dict[PromotionKey, float]()
    for name, model, at, routine in adds:
        # the model of a promotion is immutable
        each = key(f"{model}-{name}")
        waiting.add(each, ModelName(f"model-{model}"), float(at), routine=routine)
        due[each] = min(float(at), due.get(each, at))
    came = list[PromotionKey]()
    while True:
        out = list[ModelName]()
        while (found := waiting.take(float(now))) is not None:
            assert found.model not in out
            came.append(found.key)
            out.append(found.model)
        if not out:
            break
        for model_name in out:
            waiting.free(model_name)
    assert sorted(came) == sorted(each for each, at in due.items() if at <= now)
