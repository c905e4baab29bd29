"""Small files of every sort, as far as anybody looks into them."""

from __future__ import annotations

import io
import zipfile

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"
EXE = b"MZ" + b"\0" * 58 + b"\x80\0\0\0" + b"\0" * 64 + b"PE\0\0\x4c\x01" + b"\0" * 200
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def mp4(*handlers: bytes, brand: bytes = b"isom") -> bytes:
    tracks = [
        box(b"trak", box(b"mdia", box(b"hdlr", b"\0" * 8 + handler + b"\0" * 12))) for handler in handlers
    ]
    ftyp = box(b"ftyp", brand + b"\0\0\2\0isomiso2mp41")
    return ftyp + box(b"mdat", b"\0" * 5000) + box(b"moov", b"".join(tracks))


def webm(*codecs: bytes) -> bytes:
    head = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08"
    head += b"\x42\x82\x84webm\x42\x87\x81\x04\x42\x85\x81\x02"
    return head + b"".join(b"\x86" + bytes([0x80 | len(codec)]) + codec for codec in codecs) + b"\0" * 200


def ogg(packet: bytes) -> bytes:
    return (
        b"OggS\0\x02"
        + b"\0" * 8
        + b"\1\0\0\0"
        + b"\0" * 8
        + b"\1"
        + bytes([len(packet)])
        + packet
        + b"\0" * 30
    )


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return made.getvalue()


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\0" * 300 + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
FILM = mp4(b"vide", b"soun")
VOICE = ogg(b"OpusHead\1\1\0\0\x80\xbb\0\0\0\0\0")
