"""Flow `platform-check`: whether a run can use every system. `helm test` starts it."""

from prefect import flow, get_run_logger, runtime

from windlass.bootstrap.systems import systems
from windlass.domain.errors import InputError
from windlass.services.platform_check import CheckPorts, check_platform


@flow(name="platform-check")
def platform_check() -> dict[str, str]:
    """Write to each system, read back, and tell what was left there."""
    logger = get_run_logger()
    with systems() as found:
        if found.keyvalue is None:
            raise InputError("no Redis is named: set WINDLASS_REDIS__HOST")
        ports = CheckPorts(tracking=found.tracking, objects=found.objects, keyvalue=found.keyvalue)
        checked = check_platform(ports, str(runtime.flow_run.id)).as_json()
    for name, value in checked.items():
        logger.info("%s %s", name, value)
    return checked
