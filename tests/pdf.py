"""The words on a PDF that Typst made: enough of the format to read what a person would."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\((?:[^\\()]|\\.)*\)|BT", re.S)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(made: bytes) -> str:
    """All text, one space between pieces."""
    assert made.startswith(b"%PDF")
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(made)}
    pages = [body for body in objects.values() if b"/Type/Page/" in body]
    return " ".join(" ".join(_page(body, objects) for body in pages).split())


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_ref(body, b"Resources")]
    fonts = {
        name: _map(_stream(objects[_ref(objects[int(number)], b"ToUnicode")]))
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    pieces, font = [], {}
    for shown in _SHOWN.finditer(_stream(objects[_ref(body, b"Contents")])):
        if shown[1]:
            font = fonts[shown[1]]
        elif shown[0] == b"BT":
            pieces.append(" ")
        else:
            codes = _bytes(shown[0][1:-1])
            pieces += [font.get(codes[at : at + 2], "") for at in range(0, len(codes), 2)]
    return "".join(pieces)


def _ref(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
    assert found is not None, key
    return int(found[1])


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompressobj().decompress(found[1])  # data may end in what looks like the end of a line


def _map(cmap: bytes) -> dict[bytes, str]:
    """From the code of a glyph to what it stands for."""
    pairs = re.findall(rb"<(\w{4})> <(\w+)>\n", cmap)
    return {
        bytes.fromhex(code.decode()): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs
    }


def _bytes(literal: bytes) -> bytes:
    """A literal string without its escapes."""

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if code.isdigit() else _ESCAPES.get(code, code)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, literal, flags=re.S)
