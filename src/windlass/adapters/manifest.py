"""ModelPromotion manifests: the YAML files that a cluster takes too."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from windlass.adapters import wire
from windlass.adapters.wire_values import described
from windlass.domain.errors import InputError
from windlass.domain.promotion.spec import PromotionSpec
from windlass.domain.promotion.validation import DNS_LABEL, problems

API_VERSION = "windlass.dev/v1alpha1"
KIND = "ModelPromotion"

MAX_BYTES = 1024 * 1024
"""Larger files are no manifests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What a manifest may say about its object."""

    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One valid manifest."""

    name: str | None
    """None: it is named after the model and the version; so is one with generateName."""
    namespace: str | None
    annotations: Mapping[str, str]
    spec: PromotionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    api_version: str
    kind: str
    metadata: Metadata = field(default_factory=Metadata)
    spec: PromotionSpec


def read_manifests(path: Path) -> tuple[Manifest, ...]:
    """Read every document of a file; InputError says in one line all that is wrong with one."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}") from error
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text in UTF-8") from error
    return parse_manifests(text, str(path))


def parse_manifests(text: str, source: str) -> tuple[Manifest, ...]:
    """Read every document of a text; `source` says in messages where it comes from."""
    if len(text) > MAX_BYTES:
        raise InputError(f"{source} is larger than any manifest may be ({MAX_BYTES} bytes)")
    documents = [document for document in _documents(text, source) if document is not None]
    if not documents:
        raise InputError(f"{source} holds no manifest: it is empty")
    several = len(documents) > 1
    return tuple(
        _manifest(document, f"{source}, document {number}" if several else source)
        for number, document in enumerate(documents, start=1)
    )


def _documents(text: str, source: str) -> list[object]:
    try:
        return list(yaml.load_all(text, _StrictLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise InputError(f"{source}: {place}{error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise InputError(f"{source}: {' '.join(str(error).split())}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: a value in it can't be read: {error}") from error


def _manifest(document: object, source: str) -> Manifest:
    if not isinstance(document, Mapping):
        raise InputError(f"{source}: is no manifest: it must begin with apiVersion and kind")
    for name, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        if document.get(name) != wanted:
            given = described(document.get(name))
            raise InputError(f"{source}: {name}: must be {wanted}, not {given}")
    try:
        read = wire.structure(_Document, document)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    found = [*_misnamed(read.metadata), *(f"spec.{problem}" for problem in problems(read.spec))]
    if found:
        raise InputError(f"{source}: {'; '.join(found)}")
    metadata = read.metadata
    return Manifest(
        name=metadata.name,
        namespace=metadata.namespace,
        annotations=metadata.annotations,
        spec=read.spec,
    )


def _misnamed(metadata: Metadata) -> Iterator[str]:
    wanted = "must be lower-case letters, digits and hyphens, at most 63"
    for place, value in (("name", metadata.name), ("namespace", metadata.namespace)):
        if value is not None and not DNS_LABEL.fullmatch(value):
            yield f"metadata.{place}: {value[:80]!r} {wanted}"


class _StrictLoader(yaml.SafeLoader):
    """Reads as Kubernetes does: times stay text, and no key may be given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML declares it so
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse a key that is there already; PyYAML would let the last one win."""
        seen: set[str] = set()
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if key.value in seen:
                raise ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
