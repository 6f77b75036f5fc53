"""Runs programs one after another in one process, for which Prefect is imported only once.

`python run_examples.py FILE…`: each as if it were started by itself; the last line is a JSON
object from file name to what the file printed.
"""

import contextlib
import io
import json
import runpy
import sys
from pathlib import Path


def main(files: list[str]) -> None:
    printed = {}
    for file in files:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            runpy.run_path(file, run_name="__main__")
        printed[Path(file).name] = said.getvalue()
    sys.stdout.write("\n" + json.dumps(printed))


if __name__ == "__main__":
    main(sys.argv[1:])
