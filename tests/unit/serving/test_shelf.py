from tests.support import fake_model
from windlass.adapters.memory.objects import MemoryObjects
from windlass.domain.bundle import MANIFEST, Bundle, bundle_prefix
from windlass.domain.errors import SystemUnavailable
from windlass.domain.names import Digest
from windlass.domain.routing import Routing
from windlass.serving.guard import Failure
from windlass.serving.shelf import Shelf

ONE, OTHER = fake_model.bundle(1.0), fake_model.bundle(2.0)


def never(digest: Digest) -> Bundle:
    raise SystemUnavailable("object store", "it is down")


async def test_a_bundle_is_fetched_once_and_then_kept() -> None:
    kept = MemoryObjects("kept")
    assert await Shelf(kept, lambda _: ONE).bundle(ONE.digest) == ONE

    assert await Shelf(kept, never).bundle(ONE.digest) == ONE


async def test_a_store_that_is_down_is_worth_another_try() -> None:
    found = await Shelf(MemoryObjects("kept"), never).bundle(ONE.digest)

    assert isinstance(found, Failure)
    assert found.transient


async def test_another_bundle_than_the_one_asked_for_is_refused_for_good() -> None:
    found = await Shelf(MemoryObjects("kept"), lambda _: OTHER).bundle(ONE.digest)

    assert isinstance(found, Failure)
    assert not found.transient
    assert "the store gave bundle" in found.reason


async def test_a_kept_bundle_that_was_damaged_is_fetched_again() -> None:
    kept = MemoryObjects("kept")
    shelf = Shelf(kept, lambda _: ONE)
    await shelf.bundle(ONE.digest)
    kept.put(f"{bundle_prefix(ONE.digest)}/model.txt", b"rubbish")

    assert await shelf.bundle(ONE.digest) == ONE


async def test_the_document_comes_back() -> None:
    kept, routing = MemoryObjects("kept"), Routing(generation=7, weight=0)
    await Shelf(kept, never).keep_document(lambda: routing)

    assert await Shelf(kept, never).document() == routing


async def test_a_damaged_document_is_none() -> None:
    kept = MemoryObjects("kept")
    kept.put("routing.json", b"{")

    assert await Shelf(kept, never).document() is None


async def test_old_bundles_are_dropped_but_not_the_recent_ones() -> None:
    kept = MemoryObjects("kept")
    bundles = [fake_model.bundle(float(scale)) for scale in range(1, 8)]
    shelf = Shelf(kept, {bundle.digest: bundle for bundle in bundles}.__getitem__)
    for bundle in bundles:
        await shelf.bundle(bundle.digest)

    await shelf.drop_unused(frozenset({bundles[0].digest}))

    manifests = {found.key for found in kept.list("bundles/") if found.key.endswith(MANIFEST)}
    wanted = [bundles[0], *bundles[-4:]]
    assert manifests == {f"{bundle_prefix(bundle.digest)}/{MANIFEST}" for bundle in wanted}
