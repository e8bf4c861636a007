"""How a service is given transactions that it opens and ends by itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeAlias, TypeVar

T = TypeVar("T")

Begin: TypeAlias = Callable[[], AbstractContextManager[T]]
"""Opens a new transaction over a store; it is kept if and only if its block ends without an error."""
