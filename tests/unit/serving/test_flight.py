import asyncio

from windlass.serving.flight import Flight


async def test_requests_count_from_their_task_to_their_answer() -> None:
    flight, tasks, counts = Flight(), set[asyncio.Task[None]](), list[int]()
    flight.watch(tasks)

    async def request() -> None:
        counts.append(flight.count)
        flight.land()

    for _ in range(3):
        task = asyncio.create_task(request())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    await asyncio.sleep(0)

    assert counts == [3, 2, 1]
    assert flight.count == 0


def test_waiting_for_a_slow_body_does_not_count() -> None:
    flight = Flight()
    flight.watch({1, 2})

    flight.reading(1)

    assert flight.count == 1
