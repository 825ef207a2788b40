"""Speaks the accessibility interface for a test: one JSON request a line in, one JSON answer a line out.

Runs under the system's Python, where Debian's pyatspi lives, inside the session of the program under test.
It sees what a screen reader sees and does what one can do; keys are real key presses by xdotool.
"""

import json
import subprocess
import sys
import time

import pyatspi

APPLICATION = "Desktop Inbox"
_CONTAINERS = ("list", "table", "tree", "tree table")  # rows are asked for, never walked

_handles = {}


def main():
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": _DO[request.pop("do")](**request)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def wait_for(name, role=None, timeout=10.0, showing=True):
    """Return a handle of the control with this accessible name."""
    end = time.monotonic() + timeout
    while True:
        try:
            found = _find(name, role, showing)
            if found is not None:
                return _describe(found)
        except Exception:
            found = None  # a program that ends takes its objects along while we look at them
        if time.monotonic() > end:
            raise LookupError(f"no {role or 'control'} named {name!r}; there are: {_names()}")
        time.sleep(0.1)


def rows(handle, limit=50):
    """Return the accessible texts of a list's first rows."""
    here = _handles[handle]
    return [here.getChildAtIndex(index).name for index in range(min(here.childCount, limit))]


def count(handle):
    """Return how many rows a list has."""
    return _handles[handle].childCount


def select(handle, index):
    """Select a row as a screen reader does."""
    here = _handles[handle]
    row = here.getChildAtIndex(index)
    try:
        here.querySelection().selectChild(index)
    except NotImplementedError:
        row.queryAction().doAction(0)
    return row.name


def act(handle, action=0):
    """Do an action of a control: 0 is pressing a button."""
    return _handles[handle].queryAction().doAction(action)


def focus(handle):
    """Give a control the keyboard."""
    return _handles[handle].queryComponent().grabFocus()


def text(handle):
    """Return the text of an editor or label."""
    here = _handles[handle]
    try:
        content = here.queryText()
    except NotImplementedError:
        return here.name
    return content.getText(0, content.characterCount)


def keys(*, combination):
    """Press real keys, such as ``ctrl+k`` or ``Return``."""
    subprocess.run(["xdotool", "key", "--clearmodifiers", combination], check=True)
    return True


def type_text(*, content):
    """Type real keys."""
    subprocess.run(["xdotool", "type", "--delay", "12", content], check=True)
    return True


def states(handle):
    """Return the state names of a control."""
    return sorted(pyatspi.stateToString(state) for state in _handles[handle].getState().getStates())


def tree(depth=12):
    """Return the names and roles of everything that shows."""
    return _names(depth)


def _application():
    desktop = pyatspi.Registry.getDesktop(0)
    for index in range(desktop.childCount):
        here = desktop.getChildAtIndex(index)
        if here is not None and here.name == APPLICATION:
            return here
    return None


def _walk(here, depth):
    if here is None or depth < 0:
        return
    yield here
    if here.getRoleName() in _CONTAINERS:
        return
    for index in range(here.childCount):
        try:
            child = here.getChildAtIndex(index)
        except Exception:
            continue
        yield from _walk(child, depth - 1)


def _find(name, role, showing):
    program = _application()
    if program is None:
        return None
    for here in _walk(program, 25):
        try:
            if here.name != name or (role and here.getRoleName() != role):
                continue
            if showing and not here.getState().contains(pyatspi.STATE_SHOWING):
                continue
            return here
        except Exception:
            continue
    return None


def _names(depth=25):
    program = _application()
    if program is None:
        return "no program"
    return [f"{here.getRoleName()}:{here.name}" for here in _walk(program, depth) if here.name]


def _describe(here):
    handle = len(_handles) + 1
    _handles[handle] = here
    return {"handle": handle, "name": here.name, "role": here.getRoleName()}


_DO = {
    name: globals()[name]
    for name in ("wait_for", "rows", "count", "select", "act", "focus", "text", "keys", "type_text", "states", "tree")
}

if __name__ == "__main__":
    main()
