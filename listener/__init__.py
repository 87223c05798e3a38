"""A self-hosted social listening and e-reputation daemon."""

__version__ = "0.1.0"
