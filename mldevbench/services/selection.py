"""Answers GraphQL requests from plain data: what a client selects is looked up, and what is not there is null.

No schema is needed, so clients of other versions, which select other fields, are answered as well.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLError, parse
from graphql.language import ast

MOST_QUERY = 100_000
"""Characters."""
MOST_TOKENS = 5_000
MOST_DEPTH = 30
MOST_ANSWER = 16 * 2**20
"""Bytes of JSON, names of fields left out."""
_LEAST = 100
"""What each field, and each object of a list, counts for besides: none is free."""
MOST_S = 2.0
"""Seconds of computing."""

Field = Callable[[Mapping[str, Any]], Any]
"""Computes a field from its arguments. A value that is no function is the field itself, whatever the arguments."""


class BadQuery(ValueError):
    """The request is no GraphQL document of one operation, or it or its answer is too large."""


def execute(root: Mapping[str, Any], query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The data that the document's operation selects from `root`, names of fields to values, objects and `Field`s.

    Raises BadQuery, and whatever a `Field` raises.
    """
    if len(query) > MOST_QUERY:
        raise BadQuery(f"a document of more than {MOST_QUERY} characters")
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
        self._left, self._until = MOST_ANSWER, time.thread_time() + MOST_S

    def of(self, value: Mapping[str, Any], wanted: ast.SelectionSetNode, depth: int) -> dict[str, Any]:
        if depth > MOST_DEPTH:
            raise BadQuery(f"nested deeper than {MOST_DEPTH} levels")
        found: dict[str, Any] = {}
        for node in wanted.selections:
            self._spend(_LEAST)
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
            self._spend(len(json.dumps(found)))
            return found
        if isinstance(found, list):
            return [self._inside(item, node.selection_set, depth) for item in found]
        return self._inside(found, node.selection_set, depth)

    def _inside(self, value: Any, wanted: ast.SelectionSetNode, depth: int) -> dict[str, Any] | None:
        self._spend(_LEAST)
        return self.of(value, wanted, depth + 1) if isinstance(value, Mapping) else None

    def _spend(self, size: int) -> None:
        """Fragments of fragments, or one long list under many names, would else make a small question endless work."""
        self._left -= size
        if self._left < 0 or time.thread_time() > self._until:
            raise BadQuery(f"the answer would be larger than {MOST_ANSWER} bytes, or take more than {MOST_S:g} s")

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
