"""The step after it."""

from alembic import op

from tests.migrations.kill_points import reached

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Colours are found fast."""
    reached("between two steps")
    op.create_index("ix_conversations_colour", "conversations", ["colour"])
    reached("before the commit")
