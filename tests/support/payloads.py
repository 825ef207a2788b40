"""Fifty cells that a spreadsheet would run or rewrite (P23, S16)."""

_STARTS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " =", "\u00a0=", "\u3000=", "\ufeff=", "'=")
_BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://example.org","x")')
_MORE = ("=", "'", "''=1", '="a";b', "@SUM(1+1)*cmd|' /C calc'!A0")

FORMULAS: tuple[str, ...] = tuple(start + body for start in _STARTS for body in _BODIES)[:45] + _MORE
assert len(FORMULAS) == 50

#: What spreadsheets rewrite without running anything.
REWRITTEN: tuple[str, ...] = (
    "+14155550148", "0049151123456", "01234", "12345678901234567890", "1E5", "1.5", "1,5", "3/4", "1-2", "2026-11-21",
    "14:30", "May 5", "MAR1", "Sept 1", "true", "FALSE", "(5)", "$5", "5%", "1 000", "'68 Dodge",
    "’t Hooft", "'t Hooft",
)  # fmt: skip
