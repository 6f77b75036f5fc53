"""Values and their schemas as sets of paths, so that they can be compared."""

from collections.abc import Iterator
from typing import Any

import yaml

Document = dict[str, Any]
Path = tuple[str, ...]

SUBCHART = {"type": "object", "description": "Checked by the subchart's own schema."}
UMBRELLA = {"type": "object", "description": "Checked by the umbrella's schema."}


def value_leaves(values: Document, path: Path = ()) -> Iterator[Path]:
    """Every value that is no mapping; an empty mapping is one."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from value_leaves(value, (*path, key))
        else:
            yield (*path, key)


def schema_leaves(schema: Document, path: Path = ()) -> Iterator[Path]:
    """Every property that names no properties of its own."""
    for key, each in schema.get("properties", {}).items():
        if each in (SUBCHART, UMBRELLA):
            continue
        if "properties" in each:
            yield from schema_leaves(each, (*path, key))
        else:
            yield (*path, key)


def sections(schema: Document, path: Path = ()) -> Iterator[Path]:
    """Every mapping with names of its own, the root among them."""
    yield path
    for key, each in schema["properties"].items():
        if "properties" in each:
            yield from sections(each, (*path, key))


def open_objects(schema: object, path: Path = ()) -> Iterator[Path]:
    """Every object that takes any key with any value."""
    if isinstance(schema, dict):
        is_object = "object" in _types(schema) or "properties" in schema
        closed = schema.get("additionalProperties", True) is not True
        if is_object and not closed and schema not in (SUBCHART, UMBRELLA):
            yield path
        for key, each in schema.items():
            yield from open_objects(each, (*path, key))
    elif isinstance(schema, list):
        for each in schema:
            yield from open_objects(each, path)


def undocumented(text: str) -> Iterator[str]:
    """Keys of a values file that neither have a `# --` comment nor stand below one that has."""
    lines = text.splitlines()

    def visit(node: yaml.Node | None, path: Path) -> Iterator[str]:
        if not isinstance(node, yaml.MappingNode):
            return
        for key, value in node.value:
            below = (*path, str(key.value))
            if _is_documented(lines, key.start_mark.line):
                continue
            if isinstance(value, yaml.MappingNode) and value.value:
                yield from visit(value, below)
            else:
                yield ".".join(below)

    yield from visit(yaml.compose(text), ())


def nested(path: Path, value: object) -> Document:
    """A value at a path, as values say it."""
    made: Any = value
    for key in reversed(path):
        made = {key: made}
    document: Document = made
    return document


def _types(schema: Document) -> list[str]:
    said = schema.get("type", ())
    return [said] if isinstance(said, str) else list(said)


def _is_documented(lines: list[str], line: int) -> bool:
    """Whether the comment right above a line starts with `# --`."""
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        if lines[line].lstrip().startswith("# -- "):
            return True
    return False
