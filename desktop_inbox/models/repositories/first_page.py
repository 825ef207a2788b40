"""The first page's statement as text, for ``models/first_page.py``, which must do without SQLAlchemy.

``python -m desktop_inbox.models.repositories.first_page`` writes it anew after a change of the list's columns.
"""

import re
import textwrap
from pathlib import Path

from sqlalchemy.dialects import sqlite

from desktop_inbox.models import first_page_sql
from desktop_inbox.models.entities.conversation import View

from . import conversations

_HEAD = '''"""The first page of the list; written by ``python -m desktop_inbox.models.repositories.first_page``."""

FIRST_PAGE = """
{sql}
"""
'''


def statement() -> str:
    """Return the statement of the first page of the inbox; takes ``user_id`` and ``limit``."""
    dialect = sqlite.dialect(paramstyle="named")
    compiled = conversations._PAGES[View.ALL][0].compile(dialect=dialect)
    text = str(compiled)
    for name, value in compiled.params.items():
        if name.startswith("param_"):
            text = re.sub(rf":{name}\b", str(value), text)
    return textwrap.fill(" ".join(text.split()), 110, break_long_words=False, break_on_hyphens=False)


def write() -> None:
    """Write the module that holds the statement."""
    Path(first_page_sql.__file__).write_text(_HEAD.format(sql=statement()), encoding="utf-8")


if __name__ == "__main__":
    write()
