"""The Prefect server as one process: `python -m windlass.embedded.prefect_server PORT`.

`prefect server start` imports its command line too, migrates from nothing and registers block types
each time; this is the same application on a database from `templates`. Without a port it only makes
the template.
"""

import gc
import sys
from collections.abc import Sequence

from windlass.embedded.addresses import HOST
from windlass.embedded.templates import provide, template_of

DATABASE = "prefect.db"


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM."""
    # a fifth of the start is the collector looking through what will never be garbage
    gc.disable()
    import uvicorn
    from prefect.server.api.server import create_app
    from prefect.settings import get_current_settings

    provide(get_current_settings().home / DATABASE, template_of("prefect"), _migrate)
    if arguments:
        app = create_app(final=True)
        gc.freeze()
        gc.enable()
        uvicorn.run(app, host=HOST, port=int(arguments[0]), log_level="warning")


def _migrate() -> None:
    import anyio

    anyio.run(_create_schema)


async def _create_schema() -> None:
    from prefect.server.database import provide_database_interface
    from prefect.server.models.block_registration import run_block_auto_registration

    database = provide_database_interface()
    await database.create_db()
    session = await database.session()
    async with session:
        await run_block_auto_registration(session=session)


if __name__ == "__main__":
    main(sys.argv[1:])
