"""The other reader: says what graphql-core makes of a request.

One JSON object a line in, one a line out. `verdict` reads a document against a small schema; `tags` reads a launch against the
schema of the installed Dagster and says which tags each run would get.
"""

import json
import sys

from graphql import GraphQLError, Visitor, build_schema, parse, specified_rules, validate, visit
from graphql.execution.collect_fields import collect_fields
from graphql.execution.execute import ExecutionContext
from graphql.execution.values import get_argument_values
from graphql.language import StringValueNode

FIELDS = "s(x: Any, y: Any): String t(x: Any, y: Any): String u(x: Any): Int n(x: Any): Node m(x: Any, y: Any): Node"
SMALL = build_schema(
    "scalar Any\n"
    "directive @d(x: Any) repeatable on QUERY | MUTATION | SUBSCRIPTION | FIELD | FRAGMENT_DEFINITION"
    " | FRAGMENT_SPREAD | INLINE_FRAGMENT | VARIABLE_DEFINITION\n"
    f"interface I {{ {FIELDS} }}\n"
    + "\n".join(f"type {name} implements I {{ {FIELDS} }}" for name in ("Query", "Mutation", "Subscription", "Node"))
)


# Without these nothing can be executed; the others ask whether it suits the schema, and a bypass need not.
STRUCTURE = [
    rule
    for rule in specified_rules
    if rule.__name__
    in {
        "ExecutableDefinitionsRule",
        "UniqueOperationNamesRule",
        "LoneAnonymousOperationRule",
        "KnownFragmentNamesRule",
        "UniqueFragmentNamesRule",
        "NoFragmentCyclesRule",
        "UniqueArgumentNamesRule",
        "UniqueInputFieldNamesRule",
        "UniqueVariableNamesRule",
    }
]
assert len(STRUCTURE) == 9


def running(schema, document, rules, request):
    """The context of the operation that runs, as Dagster's webserver gets to it."""
    errors = validate(schema, document, rules)
    if errors:
        raise errors[0]
    context = ExecutionContext.build(
        schema,
        document,
        raw_variable_values=request.get("variables"),
        operation_name=request.get("operationName"),
    )
    if isinstance(context, list):
        raise context[0]
    return context


def roots(context):
    """Root fields that are really executed: by response key, the nodes behind it, and their definition."""
    operation = context.operation
    root_type = context.schema.get_root_type(operation.operation)
    found = collect_fields(context.schema, context.fragments, context.variable_values, root_type, operation.selection_set)
    return root_type, found


def strings(node):
    return [[a.name.value, a.value.value] for a in node.arguments if isinstance(a.value, StringValueNode)]


class Conditions(Visitor):
    """The types that fragments are for."""

    def __init__(self):
        super().__init__()
        self.names = set()

    def enter(self, node, *_):
        condition = getattr(node, "type_condition", None)
        if condition:
            self.names.add(condition.name.value)


def is_for_whoever_is_there(document):
    """Below a fragment for the interface, one for another of its types suits the schema too, and is not executed."""
    conditions = Conditions()
    visit(document, conditions)
    return "I" not in conditions.names


def verdict(request):
    document = parse(request["query"])
    context = running(SMALL, document, STRUCTURE, request)
    _, found = roots(context)
    return {
        "in_full": is_for_whoever_is_there(document) and not validate(SMALL, document),
        "kind": context.operation.operation.value,
        "roots": [[key, nodes[0].name.value, strings(nodes[0])] for key, nodes in found.items()],
    }


PLACES = [
    ("executionParams", "executionMetadata", "tags"),
    ("executionParamsList", "executionMetadata", "tags"),
    ("reexecutionParams", "extraTags"),
    ("backfillParams", "tags"),
]
dagster = None


def tags(request):
    global dagster
    if dagster is None:
        from dagster_graphql.schema import create_schema

        dagster = create_schema().graphql_schema
    context = running(dagster, parse(request["query"]), specified_rules, request)
    root_type, found = roots(context)
    launched = []
    for nodes in found.values():
        field = root_type.fields[nodes[0].name.value]
        arguments = get_argument_values(field, nodes[0], context.variable_values)
        for first, *rest in PLACES:
            values = arguments.get(first)
            if values is None:
                continue
            for value in values if isinstance(values, list) else [values]:
                for name in rest:
                    value = (value or {}).get(name)
                launched.append([[tag["key"], tag["value"]] for tag in value or []])
    return {"launched": launched}


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"verdict": verdict, "tags": tags}[request["ask"]](request)
    except (GraphQLError, RecursionError) as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
