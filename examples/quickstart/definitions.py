"""A small shop's data platform: what `cargo xtask quickstart` puts behind Doorward, and what the tests use.

Orders arrive, events of each day are counted, both become a mart, and regions (which come and go: dynamic partitions) get a report
of their own. Everything is made up on the spot, so it needs no data, no network and no packages but Dagster.
"""

import random
import time

import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-01-01")
regions = dg.DynamicPartitionsDefinition(name="regions")

external_feed = dg.AssetSpec("external_feed", group_name="orders", description="What the shop's till sends; not made here.")


@dg.asset(group_name="orders", deps=[external_feed], kinds={"python"})
def raw_orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Orders as they came in."""
    orders = random.randint(200, 400)
    context.log.info("received %d orders", orders)
    return dg.MaterializeResult(metadata={"orders": orders})


@dg.asset(group_name="orders", partitions_def=days, kinds={"python"})
def daily_events(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Visits of one day."""
    time.sleep(0.5)
    return dg.MaterializeResult(metadata={"visits": random.Random(context.partition_key).randint(1000, 9000)})


@dg.asset(group_name="reports", deps=[raw_orders], kinds={"python"}, automation_condition=dg.AutomationCondition.eager())
def orders_mart() -> dg.MaterializeResult:
    """What the shop reads over breakfast."""
    return dg.MaterializeResult(metadata={"report": dg.MetadataValue.md("## Sales\n\nAll is well.")})


@dg.asset(group_name="reports", partitions_def=regions, deps=[orders_mart], kinds={"python"})
def region_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The same for one region."""
    return dg.MaterializeResult(metadata={"region": context.partition_key})


@dg.asset_check(asset=orders_mart)
def mart_is_not_empty() -> dg.AssetCheckResult:
    """An empty mart means that something before it broke quietly."""
    return dg.AssetCheckResult(passed=True)


class Pause(dg.Config):
    """How long the maintenance takes."""

    seconds: float = 0.2


@dg.op
def vacuum(context: dg.OpExecutionContext, config: Pause) -> None:
    """Pretends to tidy up."""
    time.sleep(config.seconds)
    context.log.info("tidied up")


@dg.job
def maintenance_job() -> None:
    """Tidies the warehouse."""
    vacuum()


orders_job = dg.define_asset_job("orders_job", selection=[raw_orders, orders_mart])

hourly_maintenance = dg.ScheduleDefinition(name="hourly_maintenance", job=maintenance_job, cron_schedule="0 * * * *")

automation_sensor = dg.AutomationConditionSensorDefinition("automation_sensor", target=dg.AssetSelection.all())


@dg.sensor(job=maintenance_job, minimum_interval_seconds=60)
def quiet_sensor() -> dg.SkipReason:
    """Would start the maintenance when goods come back; they never do."""
    return dg.SkipReason("nothing came back")


defs = dg.Definitions(
    assets=[external_feed, raw_orders, daily_events, orders_mart, region_report],
    asset_checks=[mart_is_not_empty],
    jobs=[maintenance_job, orders_job],
    schedules=[hourly_maintenance],
    sensors=[automation_sensor, quiet_sensor],
)
