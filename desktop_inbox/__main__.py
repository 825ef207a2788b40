"""Entry point: ``python -m desktop_inbox`` and the ``desktop-inbox`` command."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from desktop_inbox.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
