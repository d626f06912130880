"""Answers GraphQL requests from plain data: what a client selects is looked up, and what is not there is null.

No schema is needed, so clients of other versions, which select other fields, are answered as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError, parse
from graphql.language import ast

MOST_TOKENS = 5_000
MOST_DEPTH = 30

Field = Callable[[Mapping[str, Any]], Any]
"""Computes a field from its arguments. A value that is no function is the field itself, whatever the arguments."""


class BadQuery(ValueError):
    """The request is no GraphQL document of one operation, or is too large."""


def execute(root: Mapping[str, Any], query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the document's operation selects from `root`, names of fields to values, objects and `Field`s.

    Raises BadQuery, and whatever a `Field` raises.
    """
    try:
        document = parse(query, no_location=True, max_tokens=MOST_TOKENS)
    except (GraphQLError, RecursionError, AttributeError, TypeError) as error:
        raise BadQuery(f"no GraphQL document: {str(error)[:200]}") from None
    operations = [d for d in document.definitions if isinstance(d, ast.OperationDefinitionNode)]
    fragments = {d.name.value: d.selection_set for d in document.definitions if isinstance(d, ast.FragmentDefinitionNode)}
    if len(operations) != 1:
        raise BadQuery(f"{len(operations)} operations in one document; send one")
    return _Selection(fragments, variables).of(root, operations[0].selection_set, 0)


class _Selection:
    def __init__(self, fragments: Mapping[str, ast.SelectionSetNode], variables: Mapping[str, Any]) -> None:
        self._fragments, self._variables = fragments, variables

    def of(self, value: Mapping[str, Any], wanted: ast.SelectionSetNode, depth: int) -> dict[str, Any]:
        if depth > MOST_DEPTH:
            raise BadQuery(f"nested deeper than {MOST_DEPTH} levels")
        found: dict[str, Any] = {}
        for node in wanted.selections:
            if isinstance(node, ast.FieldNode):
                found[(node.alias or node.name).value] = self._field(value, node, depth)
            elif isinstance(node, ast.InlineFragmentNode):
                found |= self.of(value, node.selection_set, depth + 1)
            elif isinstance(node, ast.FragmentSpreadNode) and node.name.value in self._fragments:
                found |= self.of(value, self._fragments[node.name.value], depth + 1)
        return found

    def _field(self, value: Mapping[str, Any], node: ast.FieldNode, depth: int) -> Any:
        found = value.get(node.name.value)
        if callable(found):
            found = found({argument.name.value: self._argument(argument.value) for argument in node.arguments or ()})
        if node.selection_set is None:
            return found
        if isinstance(found, list):
            return [self.of(item, node.selection_set, depth + 1) for item in found]
        return self.of(found, node.selection_set, depth + 1) if isinstance(found, Mapping) else None

    def _argument(self, node: ast.ValueNode) -> Any:
        match node:
            case ast.VariableNode():
                return self._variables.get(node.name.value)
            case ast.ObjectValueNode():
                return {field.name.value: self._argument(field.value) for field in node.fields}
            case ast.ListValueNode():
                return [self._argument(item) for item in node.values]
            case ast.IntValueNode():
                return int(node.value[:20])
            case ast.FloatValueNode():
                return float(node.value)
            case ast.StringValueNode() | ast.BooleanValueNode() | ast.EnumValueNode():
                return node.value
        return None
