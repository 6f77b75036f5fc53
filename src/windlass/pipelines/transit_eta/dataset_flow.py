"""Flow `dataset-build`: telemetry and a static GTFS feed become a dataset to train on."""

from typing import TYPE_CHECKING

from prefect import flow, get_run_logger

from windlass.bootstrap.sources import fetch_files
from windlass.bootstrap.systems import systems
from windlass.domain.errors import InputError, WindlassError
from windlass.flows.stages import run_as_task
from windlass.pipelines.transit_eta.places import dataset_prefix

if TYPE_CHECKING:
    from pandas import DataFrame

    from windlass.pipelines.transit_eta.building import BuildReport, Wanted
    from windlass.pipelines.transit_eta.schedule import Schedule

    Built = tuple[DataFrame, BuildReport, Schedule]


@flow(name="dataset-build", flow_run_name="{output_name}", persist_result=False)
def dataset_build(
    output_name: str,
    days_back: int = 7,
    route_ids: list[str] | None = None,
    attach_weather: bool = False,
    seed_redis: bool = False,
    telemetry: str = "",
    gtfs: str = "",
) -> dict[str, object]:
    """Build `datasets/transit-eta/built/<output_name>` in the object store.

    `telemetry` is a folder or `s3://bucket/prefix`; without it, the data is made up. `gtfs` is
    where `gtfs.zip` is, if not there too. `days_back` counts from the last row; 0 means all.
    `seed_redis` writes the stops of each route to `route_stops:<route_id>`.
    """
    from windlass.pipelines.transit_eta.building import Wanted

    logger, prefix = get_run_logger(), dataset_prefix(output_name)
    if days_back < 0:
        raise InputError("parameter days_back must be 0 or more")
    wanted = Wanted(days_back=days_back, route_ids=frozenset(route_ids or ()))
    files = run_as_task(fetch_sources, telemetry, gtfs)
    frame, report, schedule = run_as_task(build, files, wanted)
    logger.info(report.line())
    if attach_weather:
        frame = _weathered(frame)
    with systems() as found:
        from windlass.pipelines.transit_eta.seeding import seed_route_stops
        from windlass.services.datasets import publish_dataset

        publish_dataset(found.objects, prefix, dataset_files(frame, report))
        place = f"s3://{found.objects.bucket}/{prefix}"
        logger.info("dataset at %s", place)
        seeded = 0
        if seed_redis and found.keyvalue is None:
            raise InputError("seed_redis needs a Redis, and none is named")
        if seed_redis and found.keyvalue is not None:
            seeded = seed_route_stops(found.keyvalue, schedule, wanted.route_ids)
    return {"dataset": place, "rows": report.built, "labelled": report.labelled, "seeded": seeded}


def fetch_sources(telemetry: str, gtfs: str) -> dict[str, bytes]:
    """Telemetry and schedule; made up where no place is named."""
    if not telemetry:
        from windlass.pipelines.transit_eta.synthetic_feed import sample_sources

        return sample_sources()
    from windlass.pipelines.transit_eta.schedule import FEED
    from windlass.pipelines.transit_eta.telemetry import FILES

    return {**fetch_files(telemetry, FILES), **fetch_files(gtfs or telemetry, (FEED,))}


def build(files: dict[str, bytes], wanted: "Wanted") -> "Built":
    """Join telemetry and schedule."""
    from windlass.pipelines.transit_eta.building import build_positions
    from windlass.pipelines.transit_eta.schedule import FEED, read_schedule
    from windlass.pipelines.transit_eta.telemetry import read_telemetry

    if FEED not in files:
        raise InputError(f"the schedule is missing: there is no {FEED}")
    schedule = read_schedule(files[FEED])
    frame, report = build_positions(read_telemetry(files).frame, schedule, wanted)
    return frame, report, schedule


def dataset_files(frame: "DataFrame", report: "BuildReport") -> dict[str, bytes]:
    """The dataset and what became of the telemetry."""
    import json
    from dataclasses import asdict

    from windlass.pipelines.transit_eta.data import FILE
    from windlass.pipelines.transit_eta.writing import to_parquet

    return {
        FILE: to_parquet(frame),
        "build_report.json": json.dumps(asdict(report), indent=1).encode(),
    }


def _weathered(frame: "DataFrame") -> "DataFrame":
    """Add the weather; without it the dataset is as good for training."""
    from windlass.adapters.open_meteo import hourly_weather
    from windlass.pipelines.transit_eta.building import with_weather

    days = frame["vp_ts"].dt.date
    place = (float(frame["vp_lat"].mean()), float(frame["vp_lon"].mean()))
    try:
        return with_weather(frame, hourly_weather(place, days.min(), days.max()))
    except WindlassError as error:
        get_run_logger().warning("no weather: %s", error)
        return frame
