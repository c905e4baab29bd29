"""What a file's content makes it: libmagic's word put in the common way, and what people call it. Pure."""

from __future__ import annotations

from networks.capabilities import MediaKind

UNKNOWN = "application/octet-stream"
EMPTY = "application/x-empty"

_PICTURES = frozenset(
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "heic", "heif", "avif", "bmp")
)

_ALIASES = {
    "inode/x-empty": EMPTY,
    "audio/x-wav": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/x-m4a": "audio/mp4",
    "audio/x-hx-aac-adts": "audio/aac",
    "audio/x-hx-aac-adif": "audio/aac",
    "audio/x-flac": "audio/flac",
    "audio/x-mp3": "audio/mpeg",
    "video/x-m4v": "video/mp4",
    "image/x-ms-bmp": "image/bmp",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heif",
    "application/x-rar": "application/vnd.rar",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
    "text/rtf": "application/rtf",
}

_OPEN_XML = "application/vnd.openxmlformats-officedocument."
_IN_ZIP = {
    "docx": f"{_OPEN_XML}wordprocessingml.document",
    "xlsx": f"{_OPEN_XML}spreadsheetml.sheet",
    "pptx": f"{_OPEN_XML}presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "jar": "application/java-archive",
    "apk": "application/vnd.android.package-archive",
}
_IN_OLE = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "msi": "application/x-msi",
}
_OLE = frozenset({"application/cdfv2", "application/x-ole-storage"})
_ZIP = frozenset({"application/zip", "application/x-zip-compressed"})

_PLAIN_TEXT_EXTENSIONS = frozenset({"txt", "log", "md", "text"})
_SCRIPTS = frozenset({"text/x-shellscript", "text/x-msdos-batch"})


def kind_of(mime: str) -> MediaKind:
    """What a file of this type is to a person. What could carry a script is a document."""
    mime = mime.partition(";")[0].strip().lower()
    mime = _ALIASES.get(mime, mime)
    if mime in _PICTURES:
        return MediaKind.PICTURE
    family = mime.partition("/")[0]
    return {"video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}.get(family, MediaKind.DOCUMENT)


def correct(mime: str, extension: str) -> str:
    """libmagic's word, where its way of putting it is not the common one."""
    mime = mime.partition(";")[0].strip().lower()
    mime = _ALIASES.get(mime, mime)
    if mime in _ZIP:
        return _IN_ZIP.get(extension, "application/zip")
    if mime in _OLE:
        return _IN_OLE.get(extension, "application/x-ole-storage")
    if mime.startswith("text/"):
        return _text_type(mime, extension)
    return mime if "/" in mime else UNKNOWN


def _text_type(mime: str, extension: str) -> str:
    """libmagic takes many a letter for source code, and commas for a table."""
    if extension == "csv" and mime == "text/plain":
        return "text/csv"
    if mime in _SCRIPTS or (mime == "text/html" and extension not in _PLAIN_TEXT_EXTENSIONS):
        return mime
    if mime.startswith("text/x-") or extension in _PLAIN_TEXT_EXTENSIONS:
        return "text/plain"
    return "text/plain" if mime == "text/csv" and extension not in ("csv", "") else mime


_PROMISES = {
    "sound and film": "mp4 m4v mov avi mkv webm mpg mpeg 3gp mp3 m4a aac wav ogg oga opus flac amr wma wmv",
    "picture": "jpg jpeg jpe png gif webp heic heif avif bmp tif tiff",
    "pdf": "pdf",
    "office": "doc docx xls xlsx ppt pptx odt ods odp rtf msg",
    "archive": "zip 7z rar gz tgz tar bz2 xz",
    "text": "txt log md csv json xml yaml yml ics vcf eml html htm svg",
}
_PROMISED = {extension: family for family, listed in _PROMISES.items() for extension in listed.split()}

_BY_MAJOR_TYPE = {"audio": "sound and film", "video": "sound and film", "image": "picture", "text": "text"}
_FAMILIES = {
    **dict.fromkeys((*_IN_ZIP.values(), *_IN_OLE.values()), "office"),
    "application/rtf": "office",
    "application/x-ole-storage": "office",
    "application/json": "text",
    "application/xml": "text",
    "application/x-ndjson": "text",
    "image/svg+xml": "text",
    "message/rfc822": "text",
    "application/ogg": "sound and film",
    "application/pdf": "pdf",
    "application/zip": "archive",
    "application/gzip": "archive",
    "application/x-7z-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/x-tar": "archive",
    "application/x-bzip2": "archive",
    "application/x-xz": "archive",
    "application/vnd.microsoft.portable-executable": "program",
    "application/x-executable": "program",
    "application/x-pie-executable": "program",
    "application/x-sharedlib": "program",
    "application/x-mach-binary": "program",
    "application/x-msi": "program",
    "application/x-ms-shortcut": "program",
    "application/java-archive": "program",
    "application/vnd.android.package-archive": "program",
}


_SAID = {
    "sound and film": "a recording or film",
    "picture": "a picture",
    "pdf": "a PDF",
    "office": "an office document",
    "archive": "an archive",
    "text": "a text or web page",
    "program": "a program",
}


def disguise(mime: str, extension: str) -> str | None:
    """What the file is ("a program"), where its name promises quite another sort: `.png`.
    None if it is what it says; what bytes don't tell is not held against a name."""
    promised = _PROMISED.get(extension)
    actual = _family(mime)
    if promised is None or actual is None or (promised, actual) == ("archive", "office"):
        return None
    return _SAID[actual] if promised != actual else None


def _family(mime: str) -> str | None:
    return _FAMILIES.get(mime) or _BY_MAJOR_TYPE.get(mime.partition("/")[0])
