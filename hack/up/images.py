"""The images: built where their content is new, and given to the cluster."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from clusters import Cluster, program
from problem import ROOT, output, watched

_CONTENT = (
    "Dockerfile",
    "LICENSE",
    "prefect.yaml",
    "requirements.lock",
    "src",
    "hack/images",
)
"""All that the image is made of, as .dockerignore says it too."""


def content_tag() -> str:
    """Tag of the image that this tree makes: the same content gives the same tag."""
    digest = hashlib.sha256()
    for path in _files(ROOT / name for name in _CONTENT):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def provide(cluster: Cluster) -> dict[str, str]:
    """Chart values that name the images, once the cluster has them."""
    tag = content_tag()
    if cluster.kind == "hack":
        return _hack(tag)
    prefix = f"{cluster.registry.rstrip('/')}/" if cluster.registry else "localhost/"
    windlass, minio = f"{prefix}windlass", f"{prefix}windlass-minio"
    _docker_build(f"{windlass}:{tag}", "Dockerfile")
    minio_tag = hashlib.sha256((ROOT / "hack/images/minio.Dockerfile").read_bytes()).hexdigest()[
        :12
    ]
    _docker_build(f"{minio}:{minio_tag}", "hack/images/minio.Dockerfile")
    for image in (f"{windlass}:{tag}", f"{minio}:{minio_tag}"):
        _give(cluster, image)
    return {
        "global.image.repository": windlass,
        "global.image.tag": tag,
        "minio.image.repository": minio,
        "minio.image.tag": minio_tag,
    }


def _hack(tag: str) -> dict[str, str]:
    image = f"localhost/windlass:{tag}"
    watched([str(ROOT / "hack/cluster/images.sh"), image], "see what buildah says above")
    values = {"global.image.tag": tag, "minio.image.tag": "dev"}
    for chart in ("redis", "postgresql"):
        values[f"{chart}.image.repository"] = f"localhost/windlass-{chart}"
        values[f"{chart}.image.tag"] = "dev"
    return values


def _docker_build(image: str, dockerfile: str) -> None:
    if output(["docker", "images", "--quiet", image], "start Docker").strip():
        return
    print(f"Building {image} …", flush=True)
    watched(["docker", "build", "--tag", image, "--file", dockerfile, "."], "see what Docker says")


def _give(cluster: Cluster, image: str) -> None:
    name = cluster.context.partition("-")[2]
    commands = {
        "kind": ["kind", "load", "docker-image", image, "--name", name],
        "k3d": ["k3d", "image", "import", image, "--cluster", name],
        "minikube": ["minikube", "image", "load", image],
        "remote": ["docker", "push", image],
    }
    if cluster.registry:
        command = commands["remote"]
    elif cluster.kind == "docker-desktop":
        return
    else:
        command = commands[cluster.kind]
    watched([program(command[0]), *command[1:]], f"see that {cluster} takes images")


def _files(places: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        inside = place.rglob("*") if place.is_dir() else [place]
        found += (p for p in inside if p.is_file() and "__pycache__" not in p.parts)
    return sorted(found)
