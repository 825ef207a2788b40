"""Pictures that the simulated people send, drawn row by row: no file is shipped for them."""

import math
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 540

_Color = tuple[int, int, int]
_Canvas = list[bytearray]

KINDS: Final = ("house", "tooth", "card", "dog")


def picture(kind: str, seed: str) -> bytes:
    """Return a PNG of 720 x 540 pixels; the same arguments give the same bytes."""
    chance = Random(f"{kind}:{seed}")  # noqa: S311 - a drawing
    canvas = _gradient(*_SKIES[chance.randrange(len(_SKIES))])
    _SCENES.get(kind, _house)(canvas, chance)
    return _png(canvas)


_SKIES: Final = (
    ((126, 178, 221), (226, 238, 246)),
    ((246, 190, 140), (252, 228, 205)),
    ((178, 196, 214), (232, 236, 240)),
)


def _gradient(top: _Color, bottom: _Color) -> _Canvas:
    rows = []
    for y in range(HEIGHT):
        share = y / (HEIGHT - 1)
        color = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        rows.append(bytearray(color * WIDTH))
    return rows


def _span(canvas: _Canvas, y: int, left: float, right: float, color: _Color) -> None:
    first, last = max(0, round(left)), min(WIDTH, round(right))
    if 0 <= y < HEIGHT and last > first:
        canvas[y][first * 3 : last * 3] = bytes(color) * (last - first)


def _box(canvas: _Canvas, left: float, top: float, right: float, bottom: float, color: _Color) -> None:
    for y in range(max(0, round(top)), min(HEIGHT, round(bottom))):
        _span(canvas, y, left, right, color)


def _oval(canvas: _Canvas, x: float, y: float, across: float, down: float, color: _Color) -> None:
    for row in range(max(0, int(y - down)), min(HEIGHT, int(y + down) + 1)):
        half = across * math.sqrt(max(0.0, 1 - ((row - y) / down) ** 2))
        _span(canvas, row, x - half, x + half, color)


def _triangle(canvas: _Canvas, x: float, top: float, bottom: float, half: float, color: _Color) -> None:
    for y in range(round(top), round(bottom)):
        reach = half * (y - top) / (bottom - top)
        _span(canvas, y, x - reach, x + reach, color)


def _hills(canvas: _Canvas, chance: Random, color: _Color) -> None:
    phase, waves = chance.uniform(0, 6), chance.uniform(1.5, 3)
    top = [360 + 40 * math.sin(phase + waves * math.tau * x / WIDTH) for x in range(0, WIDTH, 6)]
    for place, y in enumerate(top):
        for row in range(int(y), HEIGHT):
            _span(canvas, row, place * 6, place * 6 + 6, color)


def _house(canvas: _Canvas, chance: Random) -> None:
    _oval(canvas, chance.uniform(80, 640), 110, 48, 48, (255, 226, 140))
    _hills(canvas, chance, (138, 178, 128))
    wall = chance.choice(((214, 140, 116), (232, 214, 178), (150, 170, 196)))
    x = chance.uniform(250, 460)
    _box(canvas, x - 120, 260, x + 120, 450, wall)
    _triangle(canvas, x, 160, 262, 150, (120, 72, 66))
    _box(canvas, x - 26, 350, x + 26, 450, (92, 66, 58))
    for side in (-78, 78):
        _box(canvas, x + side - 26, 300, x + side + 26, 346, (236, 244, 250))
    _box(canvas, 0, 450, WIDTH, HEIGHT, (112, 150, 104))


def _tooth(canvas: _Canvas, chance: Random) -> None:
    _box(canvas, 0, 0, WIDTH, HEIGHT, (205, 92, 100))
    _oval(canvas, 360, 120, 420, 170, (232, 138, 142))
    for place in range(7):
        x = 72 + place * 96
        lift = abs(place - 3) * 12
        _oval(canvas, x, 300 - lift, 46, 92, (246, 240, 226))
        _oval(canvas, x - 10, 280 - lift, 16, 50, (254, 251, 244))
    chipped = chance.randrange(2, 5)
    _oval(canvas, 72 + chipped * 96 + 20, 388 - abs(chipped - 3) * 12, 24, 26, (205, 92, 100))
    _oval(canvas, 360, 560, 380, 120, (186, 72, 84))


def _card(canvas: _Canvas, chance: Random) -> None:
    _box(canvas, 0, 0, WIDTH, HEIGHT, (176, 150, 122))
    _box(canvas, 96, 106, 636, 446, (120, 100, 80))
    color = chance.choice(((64, 112, 168), (60, 128, 112), (128, 84, 150)))
    _box(canvas, 84, 96, 624, 436, (244, 246, 248))
    _box(canvas, 84, 96, 624, 176, color)
    _oval(canvas, 148, 136, 26, 26, (255, 255, 255))
    for line, length in enumerate((300, 220, 260, 180)):
        _box(canvas, 130, 224 + line * 46, 130 + length, 240 + line * 46, (176, 184, 194))
    _box(canvas, 480, 220, 584, 350, (206, 214, 222))
    _oval(canvas, 532, 262, 26, 28, (150, 160, 172))
    _oval(canvas, 532, 350, 44, 46, (150, 160, 172))
    _box(canvas, 480, 350, 584, 400, (244, 246, 248))


def _dog(canvas: _Canvas, chance: Random) -> None:
    _hills(canvas, chance, (150, 190, 120))
    coat = chance.choice(((196, 148, 92), (96, 74, 62), (226, 214, 196)))
    dark = (max(0, coat[0] - 50), max(0, coat[1] - 50), max(0, coat[2] - 50))
    _oval(canvas, 360, 470, 170, 130, coat)
    for side in (-1, 1):
        _oval(canvas, 360 + side * 120, 250, 42, 100, dark)
    _oval(canvas, 360, 260, 128, 122, coat)
    _oval(canvas, 360, 310, 66, 52, (240, 228, 214))
    for side in (-1, 1):
        _oval(canvas, 360 + side * 46, 234, 15, 18, (30, 26, 26))
        _oval(canvas, 360 + side * 42, 228, 5, 6, (255, 255, 255))
    _oval(canvas, 360, 290, 22, 15, (34, 28, 30))
    _oval(canvas, 360, 348, 16, 24, (226, 110, 122))


_SCENES: Final[dict[str, Callable[[_Canvas, Random], None]]] = {
    "house": _house,
    "tooth": _tooth,
    "card": _card,
    "dog": _dog,
}


def _png(canvas: _Canvas) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(row) for row in canvas)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
