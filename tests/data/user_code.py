"""Definitions whose every function of ours leaves a mark when it is run after loading: a line in the file MARKS.

What is marked while Dagster loads this file does not count; what is marked because somebody asked a question does.
"""

import os

import dagster as dg


def mark(what):
    with open(os.environ["MARKS"], "a", encoding="utf-8") as marks:
        marks.write(f"{what}\n")


@dg.op(config_schema={"text": str})
def say(context):
    mark("op")


@dg.config_mapping(config_schema={"text": dg.Field(str, default_value="nothing")})
def mapped(value):
    mark(f"config mapping {value['text']}")
    return {"say": {"config": {"text": value["text"]}}}


@dg.graph
def talk():
    say()


mapped_job = talk.to_job(name="mapped_job", config=mapped)


@dg.static_partitioned_config(partition_keys=["a", "b"], tags_for_partition_key_fn=lambda key: mark("tags") or {"part": key})
def parts(key):
    mark("partition config")
    return {"ops": {"say": {"config": {"text": key}}}}


parts_job = talk.to_job(name="parts_job", config=parts)


@dg.dynamic_partitioned_config(partition_fn=lambda _now=None: mark("partition names") or ["x", "y"])
def listed(key):
    mark("listed partition config")
    return {"ops": {"say": {"config": {"text": key}}}}


listed_job = talk.to_job(name="listed_job", config=listed)


@dg.schedule(job=mapped_job, cron_schedule="* * * * *")
def minutely(context):
    mark("schedule")
    return dg.SkipReason("not today")


@dg.sensor(job=mapped_job, minimum_interval_seconds=86400)
def watcher(context):
    mark("sensor")
    return dg.SkipReason("nothing seen")


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def table():
    mark("asset")


@dg.asset(deps=[table], automation_condition=dg.AutomationCondition.eager())
def report():
    mark("asset")


@dg.asset_check(asset=report)
def is_fine():
    mark("check")
    return dg.AssetCheckResult(passed=True)


defs = dg.Definitions(
    assets=[table, report],
    asset_checks=[is_fine],
    jobs=[mapped_job, parts_job, listed_job, dg.define_asset_job("tables", selection=[table])],
    schedules=[minutely],
    sensors=[watcher],
)
