"""Members of a zip archive, up to a size, with all that zipfile may raise."""

import struct
import zipfile
import zlib
from lzma import LZMAError

# zipfile reports damage in many ways besides BadZipFile.
ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip


def member_content(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo, most: int) -> bytes:
    """Content of one member, its checksum verified.

    Reading stops after `most` bytes, whatever the archive says of itself.

    Raises
    ------
    ValueError
        The member is larger.
    KeyError
        There is no such member.
    Exception
        One of `ZIP_FAULTS`: the archive is damaged.
    """
    with archive.open(member) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        name = member if isinstance(member, str) else member.filename
        raise ValueError(f"{name} is larger than {most:,} bytes")
    return content
