"""The step after it."""

from alembic import op

from tests.migrations.kill_points import reached

revision = "9002"
down_revision = "9001"


def upgrade() -> None:
    """Colours are found fast."""
    reached("between two steps")
    op.create_index("ix_conversations_colour", "conversations", ["colour"])
    reached("before the commit")
