"""A small shop's data platform: what `cargo xtask quickstart` puts behind Doorward.

Orders arrive day by day, are cleaned and summed up; a report is built every morning; a sensor watches for returned goods; regions
come and go (dynamic partitions). Everything is computed from the date alone, so it needs no data, no network and no other packages.
"""

import random
import time

import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2026-01-01")
regions = dg.DynamicPartitionsDefinition(name="regions")


@dg.asset(group_name="orders", partitions_def=days, kinds={"python"})
def raw_orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Orders of one day, as the shop sent them."""
    seed = random.Random(context.partition_key)
    orders = seed.randint(200, 400)
    context.log.info("received %d orders of %s", orders, context.partition_key)
    return dg.MaterializeResult(metadata={"orders": orders})


@dg.asset(group_name="orders", partitions_def=days, deps=[raw_orders], kinds={"python"})
def clean_orders(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Orders of one day without duplicates and tests."""
    time.sleep(1)
    dropped = random.Random(context.partition_key).randint(0, 9)
    return dg.MaterializeResult(metadata={"dropped": dropped})


@dg.asset(group_name="reports", deps=[clean_orders], kinds={"python"})
def daily_report() -> dg.MaterializeResult:
    """What the shop reads over breakfast."""
    return dg.MaterializeResult(metadata={"report": dg.MetadataValue.md("## Sales\n\nAll is well.")})


@dg.asset(group_name="reports", partitions_def=regions, kinds={"python"})
def region_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The same for one region."""
    return dg.MaterializeResult(metadata={"region": context.partition_key})


@dg.asset_check(asset=daily_report)
def report_is_not_empty() -> dg.AssetCheckResult:
    """An empty report means that something upstream broke quietly."""
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


report_job = dg.define_asset_job("report_job", selection=[daily_report])

every_morning = dg.ScheduleDefinition(name="every_morning", job=report_job, cron_schedule="0 6 * * *")


@dg.sensor(job=maintenance_job, minimum_interval_seconds=60)
def returned_goods(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Would start the maintenance when goods come back."""
    return dg.SkipReason("nothing came back")


defs = dg.Definitions(
    assets=[raw_orders, clean_orders, daily_report, region_report],
    asset_checks=[report_is_not_empty],
    jobs=[maintenance_job, report_job],
    schedules=[every_morning],
    sensors=[returned_goods],
)
