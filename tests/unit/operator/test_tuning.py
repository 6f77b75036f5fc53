"""kopf as a watch and nothing else."""

import kopf

from windlass.operator.tuning import only_watch

BODY = kopf.Body({"metadata": {"name": "p"}, "spec": {"model": "pumps"}, "status": {}})


def test_kopf_neither_compares_objects_nor_writes_to_them() -> None:
    settings = kopf.OperatorSettings()
    only_watch(settings)
    storage, patch = settings.persistence.diffbase_storage, kopf.Patch()
    assert storage.build(body=BODY) == {}
    storage.store(body=BODY, patch=patch, essence=kopf.BodyEssence())
    assert storage.fetch(body=BODY) is None
    assert (patch, settings.posting.enabled) == ({}, False)
