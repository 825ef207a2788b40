"""Data: entities, tables, repositories, search, migrations and the store."""
