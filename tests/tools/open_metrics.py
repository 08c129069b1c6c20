"""Reads OpenMetrics text from a file with the format's own reference parser; prints each sample that is not zero."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    for family in text_string_to_metric_families(file.read()):
        for sample in family.samples:
            if sample.value:
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                print(f"{sample.name}{{{labels}}} {sample.value:g}")
