"""Alembic environment and versions; one frozen step per change of the schema."""

#: The version this program reads and writes; a test compares it with the newest step.
HEAD = "0003"
