"""The memory: tables, and plain functions over them. Knows SQL and nothing of HTTP or the engine."""
