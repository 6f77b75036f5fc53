#!/usr/bin/env python3
"""Print the folder of JSON schemas that kubeconform checks our manifests against, and make them.

Kubernetes publishes its API as one OpenAPI document inside its Go module, which hack/cluster builds
from as well: so there is nothing else to download. The schemas are stricter than the API server: a
field it does not know is refused, and null, which only means that a template left something out.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = "api/openapi-spec/swagger.json"
KINDS = {
    "v1": ("ConfigMap", "Pod", "Service", "ServiceAccount"),
    "apps/v1": ("Deployment", "StatefulSet"),
    "batch/v1": ("Job",),
    "admissionregistration.k8s.io/v1": (
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ),
    "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
    "autoscaling/v2": ("HorizontalPodAutoscaler",),
    "networking.k8s.io/v1": ("Ingress", "NetworkPolicy"),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("Role", "RoleBinding"),
}
"""What our charts hold, by apiVersion; another kind has no schema, and kubeconform says so."""

_WIDER = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ["string", "integer"],
    "io.k8s.apimachinery.pkg.api.resource.Quantity": ["string", "number"],
}
"""What the document calls a string, and the API server takes as a number too."""

_REFERENCE = "#/definitions/"


def main() -> int:
    """Make what is missing."""
    version = kubernetes_version((ROOT / "hack/cluster/build.sh").read_text())
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(cache, "windlass", "schemas", f"v{version}")
    if any(not (folder / name).exists() for name in file_names()):
        write(json.loads(openapi_document(version).read_bytes()), folder)
    print(folder)
    return 0


def kubernetes_version(build_script: str) -> str:
    """The version of Kubernetes that hack/cluster builds."""
    found = re.search(r"^kubernetes_version=([\d.]+)", build_script, re.M)
    if not found:
        sys.exit("hack/cluster/build.sh has no line kubernetes_version=…")
    return found[1]


def openapi_document(version: str) -> Path:
    """Where Go keeps the document; it fetches the module where it is not yet there."""
    module = f"k8s.io/kubernetes@v{version}"
    path = f"{os.environ.get('PATH', '')}:/usr/local/go/bin"
    command = ["go", "mod", "download", "-json", module]
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
        )
    except FileNotFoundError:
        sys.exit(f"the schemas are in the Go module {module} and there is no go: install Go")
    if asked.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {asked.stdout}{asked.stderr}")
    return Path(json.loads(asked.stdout)["Dir"], DOCUMENT)


def file_names() -> list[str]:
    """As kubeconform writes {{.ResourceKind}}{{.KindSuffix}}.json."""
    return [file_name(version, kind) for version, kinds in KINDS.items() for kind in kinds]


def file_name(api_version: str, kind: str) -> str:
    """The file of one kind."""
    group, _, version = api_version.rpartition("/")
    parts = [kind.lower(), group.partition(".")[0], version]
    return "-".join(filter(None, parts)) + ".json"


def write(document: Schema, folder: Path) -> None:
    """Write every schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for api_version, kinds in KINDS.items():
        for kind in kinds:
            made = schema(document["definitions"], api_version, kind)
            (folder / file_name(api_version, kind)).write_text(json.dumps(made))


def schema(definitions: Schema, api_version: str, kind: str) -> Schema:
    """One kind, with the definitions that it reaches."""
    group, _, version = api_version.rpartition("/")
    wanted = {"group": group, "kind": kind, "version": version}
    [root] = [
        name
        for name, each in definitions.items()
        if wanted in each.get("x-kubernetes-group-version-kind", ())
    ]
    reached = {name: strict(name, definitions[name]) for name in _closure(definitions, root)}
    named = {"apiVersion": {"const": api_version}, "kind": {"const": kind}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [
            {"$ref": _REFERENCE + root},
            {"properties": named, "required": ["apiVersion", "kind", "metadata"]},
        ],
        "definitions": reached,
    }


def strict(name: str, definition: Schema) -> Schema:
    """A definition that refuses fields it does not name."""
    if name in _WIDER:
        return {"type": _WIDER[name]}
    if "properties" in definition:
        return {**definition, "additionalProperties": False}
    return definition


def _closure(definitions: Schema, root: str) -> set[str]:
    reached, ahead = set(), [root]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += _references(definitions[name])
    return reached


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(_REFERENCE)
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


if __name__ == "__main__":
    sys.exit(main())
