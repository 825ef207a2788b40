"""Run coroutines from plain tests, and wait for what happens later."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 90.0  # seconds until a test gives up; a correct program gets near only on a very busy computer


def run(work: Awaitable[T], *, timeout: float = PATIENCE) -> T:
    """Run ``work`` on a loop of its own and return what it returns."""

    async def limited() -> T:
        async with asyncio.timeout(timeout):
            return await work

    return asyncio.run(limited())


async def eventually(condition: Callable[[], object], *, timeout: float = PATIENCE) -> None:
    """Return as soon as ``condition()`` holds; fail when it does not in time."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {timeout} s: {condition}")
        await asyncio.sleep(0.005)


def wait_until(condition: Callable[[], object], *, timeout: float = PATIENCE) -> None:
    """The same for tests without a loop."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {timeout} s: {condition}")
        time.sleep(0.005)
