"""The image's tag says its content: the same content, the same tag."""

import re
from pathlib import Path

import pytest

from tests.support.hack_up import part
from tests.support.repository import ROOT

images = part("images")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone in small."""
    for name, text in {"Dockerfile": "FROM a", "src/a.py": "a", "src/b/c.py": "c"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(images, "ROOT", tmp_path)
    return tmp_path


def test_the_tag_is_one_that_images_may_have(tree: Path) -> None:
    assert re.fullmatch("[0-9a-f]{12}", images.content_tag())


@pytest.mark.parametrize(
    ("name", "text"),
    [("src/a.py", "b"), ("src/new.py", ""), ("prefect.yaml", "name: a"), ("Dockerfile", "")],
)
def test_other_content_has_another_tag(tree: Path, name: str, text: str) -> None:
    before = images.content_tag()
    (tree / name).write_text(text)
    assert images.content_tag() != before


def test_another_name_for_the_same_content_has_another_tag(tree: Path) -> None:
    before = images.content_tag()
    (tree / "src/a.py").rename(tree / "src/z.py")
    assert images.content_tag() != before


@pytest.mark.parametrize(
    "name", ["src/__pycache__/a.pyc", "tests/test_a.py", "README.md", "charts/windlass/Chart.yaml"]
)
def test_what_is_not_in_the_image_does_not_change_it(tree: Path, name: str) -> None:
    before = images.content_tag()
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text("x")
    assert images.content_tag() == before


def test_the_tag_follows_all_that_docker_is_given() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    given = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert set(images._CONTENT) == given | {"Dockerfile"}
    assert all((ROOT / name).exists() for name in images._CONTENT)
