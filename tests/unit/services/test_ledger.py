from dataclasses import replace

import pytest

from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.errors import InputError
from windlass.domain.months import Month
from windlass.domain.names import Digest, ModelName, RunId, Version
from windlass.services.ledger import Ledger, Work
from windlass.services.training import Registered

WORK = Work(month=Month(2024, 2), data=Digest("sha256:" + "a" * 64), parameters={"depth": "5"})
DONE = Registered(
    run_id=RunId("r"),
    model=ModelName("milk-price"),
    version=Version("3"),
    metrics={"skill": 0.02},
    bundle_digest=Digest("sha256:" + "b" * 64),
)


def test_what_is_noted_is_found_again() -> None:
    ledger = Ledger(MemoryObjects(), "milk-price")
    assert ledger.find(WORK) is None
    ledger.write(WORK, DONE)
    assert ledger.find(WORK) == DONE


@pytest.mark.parametrize(
    "other",
    [
        replace(WORK, month=Month(2024, 3)),
        replace(WORK, data=Digest("sha256:" + "c" * 64)),
        replace(WORK, parameters={"depth": "4"}),
    ],
)
def test_another_month_other_data_and_other_parameters_are_not_done(other: Work) -> None:
    ledger = Ledger(MemoryObjects(), "milk-price")
    ledger.write(WORK, DONE)
    assert ledger.find(other) is None


def test_there_is_one_document_per_pipeline_month_and_data() -> None:
    objects = MemoryObjects()
    ledger = Ledger(objects, "milk-price")
    ledger.write(WORK, DONE)
    ledger.write(replace(WORK, parameters={}), replace(DONE, version=Version("4")))
    [stored] = objects.list("")
    assert stored.key == f"ledger/milk-price/2024-02/{'a' * 64}.json"


def test_the_newest_month_is_of_this_pipeline() -> None:
    objects = MemoryObjects()
    ledger = Ledger(objects, "milk-price")
    assert ledger.newest() is None
    for month in (Month(2023, 12), Month(2024, 2), Month(2024, 1)):
        ledger.write(replace(WORK, month=month), DONE)
    Ledger(objects, "milk-price-two").write(replace(WORK, month=Month(2025, 1)), DONE)
    assert ledger.newest() == Month(2024, 2)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"parameters": {}}', b'{"parameters": {"depth": "5"}, "result": {}}']
)
def test_a_document_that_can_not_be_read_is_named(content: bytes) -> None:
    objects = MemoryObjects()
    objects.put(f"ledger/milk-price/2024-02/{'a' * 64}.json", content)
    with pytest.raises(InputError, match="delete it"):
        Ledger(objects, "milk-price").find(WORK)
