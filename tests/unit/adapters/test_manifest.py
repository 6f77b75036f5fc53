"""Manifest files: what is read, and the one line that says what is wrong."""

from pathlib import Path

import pytest
import yaml

from windlass.adapters.manifest import KIND, MAX_BYTES, parse_manifests, read_manifests
from windlass.domain.errors import InputError

ROOT = Path(__file__).parents[3]

VALID = """
apiVersion: windlass.dev/v1alpha1
kind: ModelPromotion
metadata: {name: milk-price-v7, namespace: ml, annotations: {windlass.dev/created-by: ada}}
spec:
  model: milk-price
  candidate: {version: "7"}
"""


def promotions_in(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*.y*ml"))
        if any(
            (document or {}).get("kind") == KIND
            for document in yaml.safe_load_all(path.read_text())
        )
    ]


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_manifests(text, "promotion.yaml")
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix("promotion.yaml: ")


def test_there_are_samples_to_try() -> None:
    assert promotions_in(ROOT / "k8s" / "samples")


@pytest.mark.parametrize(
    "path", promotions_in(ROOT / "k8s" / "samples"), ids=lambda path: path.name
)
def test_every_sample_is_valid(path: Path) -> None:
    assert all(manifest.spec.model for manifest in read_manifests(path))


def test_a_manifest_is_read_with_name_namespace_and_annotations() -> None:
    (manifest,) = parse_manifests(VALID, "promotion.yaml")
    assert (manifest.name, manifest.namespace) == ("milk-price-v7", "ml")
    assert manifest.annotations == {"windlass.dev/created-by": "ada"}
    assert manifest.spec.candidate.version == "7"


@pytest.mark.parametrize(
    "metadata", ["metadata: {generateName: milk-}", "metadata: {}", "metadata:", ""]
)
def test_a_manifest_may_leave_its_name_out(metadata: str) -> None:
    text = VALID.replace(VALID.splitlines()[3], metadata)
    (manifest,) = parse_manifests(text, "promotion.yaml")
    assert manifest.name is None


def test_a_file_may_hold_several_documents() -> None:
    text = f"{VALID}---\n---\n{VALID.replace('v7', 'v8')}"
    assert [m.name for m in parse_manifests(text, "x")] == ["milk-price-v7", "milk-price-v8"]


def test_a_problem_in_one_of_several_documents_names_it() -> None:
    message = refusal(f"{VALID}---\n{VALID}  wat: 1\n")
    assert message == (
        "promotion.yaml, document 2: spec.wat: unknown field; known are model, candidate,"
        " targetAlias, gates, evaluation, approval, rollout, consumers, rollback, policy,"
        " driftPolicy, notify, suspend"
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'candidate: {version: "7"}',
            'candidate: {version: "7", alias: challenger}',
            "spec.candidate: give exactly one of version and alias",
        ),
        (
            'candidate: {version: "7"}',
            "candidate: {version: 7}",
            "spec.candidate.version: must be text, not the number 7: put it in quotes",
        ),
        ("candidate", "canditate", None),
        (
            "windlass.dev/v1alpha1",
            "windlass.dev/v1",
            "apiVersion: must be windlass.dev/v1alpha1, not the text 'windlass.dev/v1'",
        ),
        ("kind: ModelPromotion", "", "kind: must be ModelPromotion, not null"),
        (
            "name: milk-price-v7",
            "name: Milk_v7",
            "metadata.name: 'Milk_v7' must be lower-case letters, digits and hyphens, at most 63",
        ),
        (
            "namespace: ml",
            "uid: 5",
            "metadata.uid: unknown field; known are name, generateName, namespace, labels,"
            " annotations",
        ),
        (
            "windlass.dev/created-by: ada",
            "windlass.dev/x: 2024-05-01, y: 1",
            "metadata.annotations.y: must be text, not the number 1: put it in quotes",
        ),
        (
            "spec:",
            "status: {}\nspec:",
            "status: unknown field; known are apiVersion, kind, metadata, spec",
        ),
        (
            "  model: milk-price",
            "  model: milk-price\n  model: other",
            "line 7: 'model' is given twice",
        ),
        ("spec:", "spec: [", "line 7: expected ',' or ']', but got ':'"),
        ("spec:", "\tspec:", None),
        ("milk-price\n", "&x [*x]\n", "spec.model: must be text, not a list"),
        ("milk-price\n", "{[1]: 2}\n", "line 6: found unhashable key"),
        ("milk-price\n", "!!python/object:os.system x\n", None),
        ("milk-price\n", "9" * 5000 + "\n", None),
        ("milk-price\n", "[" * 5000 + "\n", None),
        ("milk-price\n", "a\0b\n", None),
    ],
)
def test_what_is_wrong_is_said_in_one_line(old: str, new: str, message: str | None) -> None:
    said = refusal(VALID.replace(old, new, 1))
    assert said
    if message is not None:
        assert said == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "promotion.yaml holds no manifest: it is empty"),
        ("--- \n# nothing\n", "promotion.yaml holds no manifest: it is empty"),
        ("hello", "is no manifest: it must begin with apiVersion and kind"),
        ("- 1", "is no manifest: it must begin with apiVersion and kind"),
        (
            "#" * (MAX_BYTES + 1),
            f"promotion.yaml is larger than any manifest may be ({MAX_BYTES} bytes)",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_times_in_annotations_stay_text_as_in_kubernetes() -> None:
    text = VALID.replace("windlass.dev/created-by: ada", "since: 2024-05-01")
    (manifest,) = parse_manifests(text, "promotion.yaml")
    assert manifest.annotations == {"since": "2024-05-01"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.yaml can't be read: No such file"):
        read_manifests(tmp_path / "nothing.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: Is a directory"):
        read_manifests(tmp_path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.cbm"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no text in UTF-8"):
        read_manifests(path)
