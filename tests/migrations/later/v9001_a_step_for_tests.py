"""A later step as tests need it: a table that others refer to is made anew, and its rows are changed."""

import sqlalchemy as sa
from alembic import op

from desktop_inbox.models.migrations import HEAD
from tests.migrations.kill_points import reached

revision = "9001"
down_revision = HEAD


def upgrade() -> None:
    """Conversations learn a colour."""
    reached("begin")
    with op.batch_alter_table("conversations", recreate="always" if _sqlite() else "never") as conversations:
        conversations.add_column(sa.Column("colour", sa.Text(), nullable=True))
    reached("table made anew")
    op.execute("UPDATE conversations SET colour = 'green'")
    reached("rows changed")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
