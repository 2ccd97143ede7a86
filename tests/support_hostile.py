"""Five hundred texts that do harm wherever a page, a script or a table takes them for more than texts.

Each one that could run sets `window.hit`, or asks a port at which nothing listens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

RUN = "window.hit=1"
AWAY = "http://127.0.0.1:1/hit"
COUNT = 500

# What stands in each family: `{run}` is a script, `{away}` an address elsewhere, `{n}` tells the variants apart.
_FAMILIES: Mapping[str, Sequence[str]] = {
    "script elements": (
        "<script>{run}//{n}</script>",
        "<ScRiPt src={away}?{n}></sCrIpT>",
        "</script><script>{run};{n}</script>",
        "<script\t>{run}//{n}</script >",
        "<<script>{run}//{n}//<</script>",
        "</title><script>{run}//{n}</script>",
        "</textarea><script>{run}//{n}</script>",
        '"><script type=module>{run}//{n}</script>',
    ),
    "event handlers": (
        "<img src=x{n} onerror={run}>",
        "<body onload={run} id=b{n}>",
        "<details open ontoggle={run}>{n}</details>",
        "<input autofocus onfocus={run} value={n}>",
        "<video><source onerror={run} src=v{n}></video>",
        "<marquee onstart={run}>{n}</marquee>",
        "<img/src=x{n}/onerror={run}>",
    ),
    "ends of attributes": (
        '" onmouseover="{run}" x="{n}',
        "' onfocus='{run}' autofocus='{n}",
        '" autofocus onfocus="{run}//{n}',
        '"><img src=x{n} onerror={run}>',
        "'><svg onload={run}>{n}",
        "` onclick=`{run}` {n}",
        '" style="position:fixed;inset:0;width:{n}000px',
    ),
    "templates": (
        "{{{{ 7*{n} }}}}{{{{ self.__init__.__globals__ }}}}",
        "{{% for x in range(9{n}) %}}<b>{run}</b>{{% endfor %}}",
        "{{# {run} {n} #}}",
        "${{{run}}}{n}",
        "#{{{run}}}{n}",
        "<%= {run} %>{n}",
        "{{{{constructor.constructor('{run}')()}}}}{n}",
    ),
    "htmx": (
        '<div hx-get="{away}" hx-trigger="load">{n}</div>',
        '<div data-hx-get="{away}" data-hx-trigger="load">{n}</div>',
        '" hx-get="{away}" hx-trigger="load" x="{n}',
        '" data-hx-on:click="{run}" hx-trigger="load" x="{n}',
        '<b hx-on::load="{run}">{n}</b>',
        '<i hx-vals="js:{{a:({run})}}" hx-get="/console" hx-trigger="load">{n}</i>',
    ),
    "addresses": (
        "javascript:{run}//{n}",
        "JaVaScRiPt:{run}//{n}",
        "java&#x09;script:{run}//{n}",
        "data:text/html,<script>{run}//{n}</script>",
        "//127.0.0.1:1/hit?{n}",
        "{away}?{n}",
        "<a href=javascript:{run}>{n}</a>",
        "<base href={away}/{n}/>",
    ),
    "other elements": (
        "<svg/onload={run}>{n}",
        "<svg><script>{run}//{n}</script></svg>",
        "<svg><animate onbegin={run} attributeName=x dur=1s id=a{n}>",
        "<math><mtext><img src=x{n} onerror={run}></mtext></math>",
        "<iframe srcdoc='<script>parent.hit=1//{n}</script>'>",
        "<object data={away}?{n}></object>",
        "<link rel=stylesheet href={away}?{n}>",
        "<style>@import '{away}?{n}';*{{display:none}}</style>",
        "<meta http-equiv=refresh content='0;url={away}?{n}'>",
        "<form action={away}><button autofocus>{n}</button></form>",
        "</div></div></main></body></html>{n}",
        "<table><tr><td>{n}<plaintext>",
    ),
    "comments and entities": (
        "<!-- {n} --><script>{run}</script>",
        "<!--{n}",
        "--!><img src=x{n} onerror={run}>",
        "<![CDATA[<script>{run}//{n}</script>]]>",
        "&lt;script&gt;{run}//{n}&lt;/script&gt;",
        "&#60;img src=x{n} onerror={run}&#62;",
        "&quot; onfocus=&quot;{run}//{n}",
        "&amp;lt;b&amp;gt;{n}",
        "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM '{away}'>]>&e;{n}",
    ),
    "directions": (
        "\u202e<script>{run}//{n}</script>",
        "\u2066\u202e{n} drawkcab\u2069{run}",
        "مرحبا {n} <b>{run}</b>",
        "שלום\u200f {n} {run}",
        "\u202a\u202b\u202c\u202d\u202e{n}",
    ),
    "not to be seen": (
        "\u200b\u200c\u200d\u2060\ufeffa{n}",
        "<scr\u200bipt>{run}//{n}</scr\u200bipt>",
        "in\u00advi\u00adsi\u00adble{n}",
        "a\u2028b\u2029c{n}",
        "\U000e0041\U000e0042{n}",
        "\uff1cscript\uff1e{run}//{n}\uff1c/script\uff1e",
        "\u0458\u0430v\u0430s\u0441r\u0456\u0440t:{run}//{n}",
        "\ufffd\ufffe{n}",
    ),
    "codes": (
        "\\u003cscript\\u003e{run}//{n}\\u003c/script\\u003e",
        "\\x3cscript\\x3e{run}//{n}",
        "%3Cscript%3E{run}//{n}%3C/script%3E",
        "%00{n}",
        "\\0{n}",
        "null{n}",
        "undefined{n}",
        "NaN{n}",
        "../../../../etc/passwd{n}",
        "%s%s%n%x{n}",
        "a\r\nSet-Cookie: hit={n}",
        "a\x00b{n}",
        "\x1b[31m{n}\x1b]0;hit\x07",
        "a\r\n\r\n<script>{run}//{n}</script>",
    ),
    "tables and queries": (
        '=HYPERLINK("{away}?{n}","x")',
        "=cmd|'/c calc'!A{n}",
        "+1+{n}",
        "-1-{n}",
        "@SUM(A1:A{n})",
        "' OR {n}={n} --",
        "'; DROP TABLE customers; --{n}",
        '" UNION SELECT {n} --',
        "a,b;c\t|{n}",
        "%_%{n}",
    ),
}


def _wide(n: int) -> Iterator[str]:
    """What is wide or high rather than wicked."""
    yield "W" * (200 - len(str(n))) + str(n)
    yield f"{n}" + "漢" * (190 + n % 7)
    yield f"{n}" + "﷽" * 40
    yield f"{n}" + "👩‍👩‍👧‍👦" * (12 + n % 3)
    yield f"{n}" + "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030d\u030e" * 12
    yield f"{n}" + "\u00a0x" * 90
    yield f"{n}" + "_-./" * 45
    yield f"{n}" + "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" * 20


def hostile_texts() -> tuple[str, ...]:
    """Exactly five hundred, the same ones each time, the families among one another."""
    shapes = [shape for family in _FAMILIES.values() for shape in family]
    found: dict[str, None] = {}
    n = 0
    while len(found) < COUNT:
        n += 1
        found |= dict.fromkeys([*(one.format(run=RUN, away=AWAY, n=n) for one in shapes), *_wide(n)])
    return tuple(found)[:COUNT]
