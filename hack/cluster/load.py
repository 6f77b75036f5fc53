#!/usr/bin/env python3
"""Load images from an OCI layout into containerd, as `load.py LAYOUT SOCKET IMAGE…`.

Only what containerd lacks is read and sent: after a change of the sources that is one layer of a
few megabytes, where a whole image is more than a thousand. Afterwards the layout
holds no other tags of the named images, and nothing that none of its images needs.
"""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

NAME = "org.opencontainers.image.ref.name"
Descriptor = dict[str, Any]


class Layout:
    """A folder as the OCI image specification has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        index = json.loads((folder / "index.json").read_text())
        self.images: dict[str, Descriptor] = {
            manifest["annotations"][NAME]: manifest
            for manifest in index["manifests"]
            if "annotations" in manifest  # an image that lost its name to a newer one has none
        }

    def blob(self, digest: str) -> Path:
        """The file with this content."""
        return self.folder / "blobs" / digest.replace(":", "/")

    def blobs(self, manifest: Descriptor) -> list[str]:
        """Digests of all that an image consists of."""
        parts = json.loads(self.blob(manifest["digest"]).read_text())
        return [
            manifest["digest"],
            parts["config"]["digest"],
            *(layer["digest"] for layer in parts["layers"]),
        ]

    def prune(self, names: tuple[str, ...]) -> None:
        """Forget nameless images and other tags of these, and delete what only they needed."""
        repositories = {_repository(name) for name in names}
        for name in list(self.images):
            if _repository(name) in repositories and name not in names:
                del self.images[name]
        index = {"schemaVersion": 2, "manifests": list(self.images.values())}
        (self.folder / "index.json").write_text(json.dumps(index))
        needed = {digest for manifest in self.images.values() for digest in self.blobs(manifest)}
        for blob in (self.folder / "blobs").glob("*/*"):
            if f"{blob.parent.name}:{blob.name}" not in needed:
                blob.unlink()


class Containerd:
    """The images of Kubernetes in one containerd."""

    def __init__(self, socket: str) -> None:
        self._command = ("ctr", "--address", socket, "--namespace", "k8s.io")

    def images(self) -> dict[str, str]:
        """Name and digest of each image."""
        lines = self._ask("images", "ls").splitlines()[1:]
        return {name: digest for name, _, digest, *_ in map(str.split, lines)}

    def blobs(self) -> set[str]:
        """Digests of all content."""
        return set(self._ask("content", "ls", "--quiet").split())

    def load(self, layout: Layout, name: str) -> None:
        """Send what is missing of an image, and name it."""
        manifest = layout.images[name]
        index = {
            "schemaVersion": 2,
            "manifests": [manifest | {"annotations": {"io.containerd.image.name": name}}],
        }
        present = self.blobs()
        importing = subprocess.Popen(
            (*self._command, "images", "import", "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert importing.stdin is not None
        with tarfile.open(fileobj=importing.stdin, mode="w|") as archive:
            _add(archive, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            _add(archive, "index.json", json.dumps(index).encode())
            for digest in layout.blobs(manifest):
                if digest not in present or digest == manifest["digest"]:
                    archive.add(layout.blob(digest), "blobs/" + digest.replace(":", "/"))
        importing.stdin.close()
        if importing.wait():
            raise SystemExit(f"containerd did not take {name}")

    def _ask(self, *arguments: str) -> str:
        return subprocess.run(
            (*self._command, *arguments), check=True, stdout=subprocess.PIPE, text=True
        ).stdout


def _repository(name: str) -> str:
    return name.rpartition(":")[0]


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def main(folder: str, socket: str, *names: str) -> None:
    """Load the named images, or all."""
    layout, containerd = Layout(Path(folder)), Containerd(socket)
    loaded = containerd.images()
    for name in names or layout.images:
        if loaded.get(name) != layout.images[name]["digest"]:
            containerd.load(layout, name)
            sys.stdout.write(f"loaded {name}\n")
    layout.prune(names)


if __name__ == "__main__":
    main(*sys.argv[1:])
