"""Definitions of a location, HERE, beside another, OTHER: everything in it says where it is."""

import dagster as dg


class StoreHERE(dg.ConfigurableResource):
    where: str = "HERE"


@dg.op
def say_HERE(context):
    context.log.info("said in HERE")


@dg.job(description="job of HERE", tags={"team": "HERE"})
def job_HERE():
    say_HERE()


@dg.job(partitions_def=dg.StaticPartitionsDefinition(["HERE_x", "HERE_y"]))
def parts_HERE():
    say_HERE()


@dg.schedule(job=job_HERE, cron_schedule="0 0 1 1 *", description="schedule of HERE")
def schedule_HERE():
    return {}


@dg.sensor(job=job_HERE, description="sensor of HERE")
def sensor_HERE():
    return dg.SkipReason("HERE rests")


@dg.asset(group_name="group_HERE", description="asset of HERE", tags={"team": "HERE"})
def asset_HERE(store_HERE: StoreHERE):
    return dg.MaterializeResult(metadata={"itself": dg.MetadataValue.asset(dg.AssetKey("asset_HERE"))})


@dg.asset(group_name="group_HERE", partitions_def=dg.StaticPartitionsDefinition(["HERE_1", "HERE_2"]))
def split_HERE():
    pass


@dg.asset(group_name="group_HERE", deps=[dg.AssetKey("asset_OTHER")])
def after_HERE():
    pass


@dg.asset_check(asset=asset_HERE, description="check of HERE")
def check_HERE():
    return dg.AssetCheckResult(passed=True)


defs = dg.Definitions(
    assets=[asset_HERE, split_HERE, after_HERE],
    asset_checks=[check_HERE],
    jobs=[job_HERE, parts_HERE, dg.define_asset_job("made_HERE", selection=[asset_HERE])],
    schedules=[schedule_HERE],
    sensors=[sensor_HERE],
    resources={"store_HERE": StoreHERE()},
)
