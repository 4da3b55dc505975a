"""Contract tests and endpoint audits for an HTTP API whose plans gate what it answers."""

NAME = "coinglass-audit"
__version__ = "0.1.0"
