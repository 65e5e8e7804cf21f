"""The text of a body: which characters its bytes mean."""

import codecs
import re

# Named in the head of an HTML page.
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_META_BYTES = 1024
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9_:.+-]{1,40})", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What pages are written in. Python knows further ones, some of which take very long for a long text (punycode).
_KNOWN = re.compile(
    r"utf-8(-sig)?|utf-16(-[bl]e)?|utf-32(-[bl]e)?|ascii|iso8859-\d+|cp125\d|cp8\d\d|cp949|koi8-[ru]|mac-.*"
    r"|shift_jis|cp932|euc_jp|iso2022_jp|gb2312|gbk|gb18030|big5|euc_kr|tis-620"
)


def text_of(content: bytes, content_type: str) -> str:
    """Decoded by its byte order mark, its Content-Type, its <meta charset>, else as UTF-8; what does not fit is �."""
    return content.decode(_charset(content, content_type), "replace")


def _charset(content: bytes, content_type: str) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    if (named := _CHARSET.search(content_type)) and (known := _known(named[1])):
        return known
    if (meta := _META.search(content[:_META_BYTES])) and (known := _known(meta[1].decode("ascii"))):
        # A page whose <meta> could be read is not UTF-16, whatever it says (HTML standard, 13.2.3.2).
        return "utf-8" if known.startswith(("utf-16", "utf-32")) else known
    return "utf-8"


def _known(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        return ""
    return known if _KNOWN.fullmatch(known) else ""
