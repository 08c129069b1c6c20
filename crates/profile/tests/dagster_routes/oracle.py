"""The other reader: says which of Dagster's own routes a request meets.

One JSON object a line in, one a line out. The path is taken apart as uvicorn does it and routed as Starlette does it, over the routes
that the installed dagster-webserver builds.
"""

import json
import sys
from urllib.parse import unquote

import httptools
from dagster_webserver.webserver import DagsterWebserver
from starlette.routing import Match, Mount


def routes(prefix):
    return DagsterWebserver(process_context=None, app_path_prefix=prefix).build_routes()


ROUTES = {prefix: routes(prefix) for prefix in ("", "/dg")}


def met(candidates, scope):
    """The name of the endpoint that answers; None when the method does not fit, or nothing does."""
    for route in candidates:
        match, child = route.matches(scope)
        if match is not Match.FULL:
            continue
        if isinstance(route, Mount):
            return met(route.routes, {**scope, **child})
        endpoint = child["endpoint"]
        return getattr(endpoint, "__name__", type(endpoint).__name__)
    return None


for line in sys.stdin:
    question = json.loads(line)
    raw = httptools.parse_url(question["target"].encode()).path.decode("ascii")
    path = unquote(raw) if "%" in raw else raw
    scope = {"type": question["type"], "method": question["method"], "path": path, "root_path": "", "headers": []}
    print(json.dumps(met(ROUTES[question["prefix"]], scope)), flush=True)
