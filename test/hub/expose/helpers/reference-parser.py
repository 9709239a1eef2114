"""Reads a JSON list of OpenMetrics bodies and says of each what prometheus_client's strict parser reads, or its error."""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families


def sample(given):
    exemplar = given.exemplar
    return {
        "name": given.name,
        "labels": given.labels,
        "value": str(given.value),
        "exemplar": exemplar and {"labels": exemplar.labels, "value": str(exemplar.value)},
    }


def read(body):
    try:
        return [
            {
                "name": family.name,
                "type": family.type,
                "help": family.documentation,
                "unit": family.unit,
                "samples": [sample(one) for one in family.samples],
            }
            for family in text_string_to_metric_families(body)
        ]
    except Exception as error:
        return {"error": repr(error)}


print(json.dumps([read(body) for body in json.load(sys.stdin)]))
