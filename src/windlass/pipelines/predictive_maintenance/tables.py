"""The five CSV files of a plant."""

from windlass.pipelines.predictive_maintenance.features import COMPONENTS, ERRORS, SENSORS
from windlass.pipelines.tables import Column, Layout

_TIME = Column(name="datetime", kind="time")
_MACHINE = Column(name="machineID", kind="whole")


def _events(file: str, column: str, choices: tuple[str, ...]) -> Layout:
    what = Column(name=column, kind="text", choices=choices)
    return Layout(
        file=file, columns=(_TIME, _MACHINE, what), unique=("datetime", "machineID", column)
    )


TELEMETRY = Layout(
    file="PdM_telemetry.csv",
    columns=(_TIME, _MACHINE, *(Column(name=sensor, kind="number") for sensor in SENSORS)),
    unique=("datetime", "machineID"),
)
ERROR_EVENTS = _events("PdM_errors.csv", "errorID", ERRORS)
MAINTENANCE = _events("PdM_maint.csv", "comp", COMPONENTS)
FAILURES = _events("PdM_failures.csv", "failure", COMPONENTS)
MACHINES = Layout(
    file="PdM_machines.csv",
    columns=(_MACHINE, Column(name="model", kind="text"), Column(name="age", kind="number")),
    unique=("machineID",),
)
LAYOUTS = (TELEMETRY, ERROR_EVENTS, MAINTENANCE, FAILURES, MACHINES)
