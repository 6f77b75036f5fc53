"""All deployments, written to the platform's Prefect server."""

import asyncio

from windlass.flows import DEPLOYMENTS


def deploy_all() -> tuple[str, ...]:
    """Write them and return their names; this process must have been told where Prefect is."""
    return asyncio.run(_deploy_all())


async def _deploy_all() -> tuple[str, ...]:
    from windlass.flows.deploying import served

    names = []
    for deployment in DEPLOYMENTS:
        wanted = await served(deployment)
        await wanted.aapply()
        names.append(f"{wanted.flow_name}/{wanted.name}")
    return tuple(names)
