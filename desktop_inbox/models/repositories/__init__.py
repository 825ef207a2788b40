"""Queries and writes, one module per noun; rows never leave this package."""
