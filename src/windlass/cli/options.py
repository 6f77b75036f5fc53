"""Options that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

from windlass.cli.console import Output

Context = Annotated[
    str | None,
    typer.Option(
        help="Kubernetes context to act on; without it, the embedded platform of this folder.",
        show_default=False,
    ),
]
FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        help="Where the embedded platform keeps its state; .windlass if not given.",
        show_default=False,
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        help="Namespace of the release; the context's own, or windlass, if not given.",
        show_default=False,
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option("--data", help="Folder or s3://bucket/prefix of the files.", show_default=False),
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="local, s3, kaggle or synthetic; told from --data if not given."),
]
ParamOption = Annotated[
    list[str] | None,
    typer.Option("--param", help="Parameter of the pipeline; repeatable.", metavar="NAME=VALUE"),
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="Form of the result.")]
Actor = Annotated[
    str | None,
    typer.Option(
        "--as",
        help="Who acts, as the journal records it; on a cluster, a user to impersonate.",
        show_default=False,
    ),
]
Promotion = Annotated[str, typer.Argument(help="Name of the promotion.", show_default=False)]
