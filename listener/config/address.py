"""An address of this machine to listen on, as people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, "127.0.0.1:8787" or "[::1]:8787"; the system chooses for port 0."""

    host: str
    port: int

    @classmethod
    def parse(cls, value: object) -> Address:
        """Read "HOST:PORT"; raise ValueError otherwise."""
        pattern = r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})"
        found = re.fullmatch(pattern, value) if isinstance(value, str) else None
        if found is None or int(found[2]) > 65535:
            raise ValueError('write an address and a port, like "127.0.0.1:8787"')
        return cls(found[1].strip("[]"), int(found[2]))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value)
        )

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"
