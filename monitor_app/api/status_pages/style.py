"""How status pages look: one style sheet, inside of each page, so that a page is one answer.

The one place besides components/theme.py that names colours: readers get nothing of the frontend's build. They are the
same Radix scales.
"""

import base64
import hashlib
from typing import Final

from monitor_app.domain.contrast import readable
from monitor_app.domain.status_page import OUR_COLOUR

# What text stands on in light and in dark.
LIGHT, DARK = "#fcfcfd", "#18191b"

# Of the icon in a browser's tab, which knows no variables.
DOTS: Final = {
    "ok": "#29a383",
    "degraded": "#ffc53d",
    "down": "#e54d2e",
    "maintenance": "#8b8d98",
    "paused": "#8b8d98",
    "unknown": "#ab4aba",
}

_STYLE: Final = """
:root{color-scheme:light dark;--page:#fcfcfd;--raised:#fff;--text:#1c2024;--muted:#60646c;--line:#e0e1e6;--stub:#cdced6;
--ok:#29a383;--ok-text:#1f6d58;--ok-tint:#e6f7ed;--degraded:#ffc53d;--degraded-text:#8f560a;--degraded-tint:#fff7c2;
--down:#e54d2e;--down-text:#ae3018;--down-tint:#feebe7;--rest:#8b8d98;--rest-text:#60646c;--rest-tint:#f0f0f3;
--unknown:#ab4aba;--unknown-text:#81338e;--unknown-tint:#fbebfb;--foot:rgb(0 0 0/60%);--brand:@BRAND@;--link:@LINK@}
@media(prefers-color-scheme:dark){:root{--page:#111113;--raised:#18191b;--text:#edeef0;--muted:#b0b4ba;--line:#2e3135;
--stub:#43484e;--ok-text:#1fd8a4;--ok-tint:#0f2e22;--degraded-text:#ffca16;--degraded-tint:#302008;--down-text:#ff977d;
--down-tint:#391714;--rest:#696e77;--rest-text:#b0b4ba;--rest-tint:#212225;--unknown-text:#e796f3;
--unknown-tint:#351a35;--link:@LINK_DARK@}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);border-top:4px solid var(--brand);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
header,main,footer{max-width:832px;margin:0 auto;padding:0 16px}
header{padding-top:40px;padding-bottom:8px}
main header{padding-left:0;padding-right:0}
header img{display:block;max-width:280px;max-height:64px;margin-bottom:16px}
h1,h2,h3,h4,p,ul,ol{margin:0;padding:0}
h1,h2,h3,h4{overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25;letter-spacing:-.01em}
h1,.about,.told p,.notice h3{unicode-bidi:plaintext}
h2{font-size:1.25rem;margin:40px 0 12px}
h3{font-size:1rem;margin:24px 0 8px}
h4{font-size:1rem;font-weight:600}
ul,ol{list-style:none}
a{color:var(--link);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible{outline:2px solid var(--link);
outline-offset:2px;border-radius:4px}
time,.num{font-variant-numeric:tabular-nums}
.about{color:var(--muted);margin-top:8px;white-space:pre-line;overflow-wrap:anywhere}
.drawings{position:absolute}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:12px;background:var(--raised);padding:8px 12px}
.all{display:flex;gap:12px;align-items:center;margin-top:24px;padding:16px 20px;border-radius:8px;
background:var(--tint);color:var(--ink)}
.all h2{margin:0;color:inherit}
.all p{margin-left:auto;font-size:.8125rem;text-align:right}
.all svg{width:24px;height:24px}
svg.g{flex:none;width:16px;height:16px;fill:none;stroke:currentColor;stroke-width:1.6;stroke-linecap:round;
stroke-linejoin:round}
.ok{--tint:var(--ok-tint);--ink:var(--ok-text)}
.degraded{--tint:var(--degraded-tint);--ink:var(--degraded-text)}
.down{--tint:var(--down-tint);--ink:var(--down-text)}
.maintenance,.paused{--tint:var(--rest-tint);--ink:var(--rest-text)}
.unknown{--tint:var(--unknown-tint);--ink:var(--unknown-text)}
.stale{margin-top:16px;padding:12px 16px;border-left:4px solid var(--degraded);background:var(--degraded-tint);
color:var(--degraded-text)}
.card{border:1px solid var(--line);border-radius:8px;background:var(--raised)}
.list>li{padding:16px 20px}
.list+.list{margin-top:24px}
.list>li+li{border-top:1px solid var(--line)}
.row h3{margin:0}
.row{display:flex;gap:4px 16px;align-items:baseline;flex-wrap:wrap}
.state{display:inline-flex;gap:6px;align-items:center;align-self:center;margin-left:auto;color:var(--ink);font-size:.875rem;
font-weight:600}
.note{color:var(--muted);font-size:.8125rem;overflow-wrap:anywhere}
.bars{display:block;width:100%;height:34px;margin-top:10px}
.bars path{fill:none;stroke-dasharray:3 2}
.bars rect{width:5px;height:34px;fill:#0000}
.bars+.note{margin-top:6px}
.k{stroke:var(--ok);stroke-width:34}
.w{stroke:var(--degraded);stroke-width:22}
.d{stroke:var(--down);stroke-width:34}
.f{stroke:var(--foot);stroke-width:8}
.n{stroke:var(--stub);stroke-width:8}
.c{stroke:var(--raised);stroke-width:2}
.d1,.d2,.d3{stroke:var(--down);stroke-width:8}
.d2{stroke-width:16}
.d3{stroke-width:24}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:12px;color:var(--muted);font-size:.75rem}
.legend li{display:flex;gap:6px;align-items:center}
.legend .bars{width:4px;height:18px;margin:0}
.span{display:flex;justify-content:space-between;gap:8px;margin-top:4px;color:var(--muted);font-size:.75rem}
details{margin-top:6px;font-size:.8125rem}
summary{display:inline-block;padding:4px 0;color:var(--muted);cursor:pointer}
summary::before{content:"▸ "}
details[open]>summary::before{content:"▾ "}
details li{display:flex;gap:12px;padding:2px 0}
details time{min-width:104px;color:var(--muted)}
.notice{padding:16px 20px}
.notice+.notice{margin-top:12px}
.notice h3{margin:0}
.notice .note{margin-top:2px}
.notice.upset{border-left:4px solid var(--ink)}
.told{margin-top:12px}
.told>li{padding-left:14px;border-left:2px solid var(--line)}
.told>li+li{padding-top:12px}
.told b{margin-right:8px}
.told p{margin-top:2px;overflow-wrap:anywhere}
.told p+p{margin-top:8px}
.quiet{color:var(--muted)}
footer{margin-top:48px;padding-top:16px;padding-bottom:40px;color:var(--muted);font-size:.8125rem}
footer a{display:inline-block;padding:4px 0;margin-right:16px;color:inherit}
form{max-width:360px;margin-top:24px}
label{display:block;margin-bottom:6px;font-weight:600}
input{width:100%;min-height:44px;padding:8px 12px;font:inherit;color:inherit;background:var(--raised);
border:1px solid var(--rest);border-radius:6px}
button{min-height:44px;margin-top:16px;padding:8px 20px;font:inherit;font-weight:600;color:var(--page);
background:var(--text);border:0;border-radius:6px;cursor:pointer}
.leave{margin:0}
.leave button{min-height:32px;margin:0;padding:0;font-weight:400;color:inherit;background:none;
text-decoration:underline;text-underline-offset:2px}
.wrong{margin-top:6px;color:var(--down-text)}
@media(max-width:520px){.all{flex-wrap:wrap}.all p{margin:0;width:100%;text-align:left}
.list>li,.notice{padding:14px 16px}header{padding-top:24px}}
"""


def style_of(colour: str) -> str:
    """The style sheet of a page with this colour, "" for ours; what is read in it is made readable."""
    brand = colour or OUR_COLOUR
    text = _STYLE.replace("@BRAND@", brand).replace("@LINK_DARK@", readable(brand, DARK))
    return text.replace("@LINK@", readable(brand, LIGHT)).replace("\n", "")


def policy_of(style: str, *, has_form: bool = False) -> str:
    """The Content-Security-Policy of a page with just this style sheet and no script."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    forms = "'self'" if has_form else "'none'"
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; form-action {forms}; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
