from dataclasses import replace

import pytest

from tests.support import fake_model
from windlass.domain.errors import InputError
from windlass.serving import loader


@pytest.mark.parametrize("act", [loader.prepare, None], ids=["prepare", "load"])
def test_a_bundle_can_only_name_a_pipeline_of_this_package(act: object) -> None:
    bundle = fake_model.bundle()
    manifest = replace(bundle.manifest, pipeline="os.path")

    with pytest.raises(InputError, match=r"unknown pipeline os\.path"):
        loader.prepare(manifest) if act else loader.load(replace(bundle, manifest=manifest))


def test_libraries_are_imported_by_the_kind_of_a_bundles_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported: list[str] = []
    monkeypatch.setattr(loader, "import_module", imported.append)
    manifest = replace(
        fake_model.bundle().manifest,
        pipeline="predictive-maintenance",
        files={"model.cbm": "0" * 64, "notes.md": "0" * 64},
    )

    loader.prepare(manifest)

    assert imported == ["catboost"]
