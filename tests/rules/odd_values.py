"""Values as producers and strangers write them, each with what the contract says it is taken as.

Said by hand, value by value: what is shown of a name, title, prompt or address, None where it is none.
"""

from typing import Final

HIDDEN: Final = "hidden"
"""An address that does not say where it leads to: the title does, if it is a host name."""

NAMES: dict[str, str | None] = {
    "Acme": "Acme",
    " ACME\u200b  caf\xe9 ": "ACME café",
    "**Acme Coffee Roasters\u2122**": "Acme Coffee Roasters",
    "Bean  Co": "Bean Co",
    "\u200bBEAN\xa0CO\xae": "BEAN CO",
    "bean co": "bean co",
    "Ze\u0301d\u2019s": "Z\xe9d\u2019s",
    "Zed&amp;#39;s": "Zed's",
    "\uff3a\uff25\uff24`s": "\uff3a\uff25\uff24`s",
    "FRANCE\xa0\u200b": "FRANCE",
    "E*TRADE": "E*TRADE",
    "E-TRADE": "E-TRADE",
    "Zed\u202e\x07": "Zed",
    "Zed\ud83d": "Zed\ufffd",
    "x" * 299 + " and more": "x" * 299,
    "x" * 299: "x" * 299,
    "\u200b": None,
    "\u2122": None,
    " \n": None,
}

PLATFORMS: dict[str, str | None] = {
    "chatgpt": "ChatGPT",
    "Chat_GPT": "ChatGPT",
    "chatgpt.com": "ChatGPT",
    "gemini": "Gemini",
    "google bard": "Gemini",
    "house ai": "house ai",
    "House-AI\xae": "House-AI",
    "\u200b": None,
}

TITLES: dict[str, str | None] = {
    "Old title": "Old title",
    " New\ttitle \x00\x1b": "New title",
    "Best \ud83d": "Best \ufffd",
    "x" * 1_100: "x" * 1_000,
    "WWW.Acme.com": "WWW.Acme.com",
    "example.com": "example.com",
    "Beans on example.com": "Beans on example.com",
    "\u202e": None,
}

HOSTS_IN_TITLES = {"WWW.Acme.com": "acme.com", "example.com": "example.com"}

PROMPTS: dict[str, str | None] = {
    "beans": "beans",
    " Beans\r\n\u202ewanted ": "Beans wanted",
    "y" * 2_100: "y" * 2_000,
    " \x00 ": None,
}

ADDRESSES: dict[str, str | None] = {
    "https://www.acme.com/a": "https://www.acme.com/a",
    "HTTP://bob:hunter2@ACME.com.:80/a/?utm_source=chatgpt.com#:~:text=best": "http://acme.com/a/",
    "www.acme.com/a": "https://www.acme.com/a",
    "//blog.acme.com/b?x=1&amp;gclid=2": "https://blog.acme.com/b?x=1",
    "http://notacme.com": "http://notacme.com",
    "https://www.google.com/url?q=https%3A%2F%2Fexample.com%2F1&sa=D": "https://example.com/1",
    "https://example.com/1": "https://example.com/1",
    "https://example.com/A?b=1": "https://example.com/A?b=1",
    "https://example.com/caf%c3%a9": "https://example.com/caf%c3%a9",
    "https://m\xfcnchen.example/caf\xe9": "https://xn--mnchen-3ya.example/café",
    "https://www.example.com:8443/2#" + "x" * 2_100: "https://www.example.com:8443/2",
    "https://example.com/" + "x" * 2_100: None,
    "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZIYQ": HIDDEN,
    "mailto:hello@acme.com": None,
    "javascript:alert(1)": None,
    "about:blank": None,
    "a5612f0f61c30b47": None,
    "https://localhost/": None,
}

TEXTS: dict[str, str | None] = {
    "Acme roasts in small batches.": "Acme roasts in small batches.",
    " Ask\r\n\u202e**Acme\u2122**,\x00 &lt;b&gt;say&lt;/b&gt; ": "Ask **Acme\u2122**, <b>say</b>",
    "Cafe\u0301 \ud83d": "Caf\xe9 \ufffd",
    "\u200b": None,
}

MOMENTS: dict[str, str | None] = {
    "2026-01-01T07:00:00.5Z": "2026-01-01T07:00:00.500Z",
    "2026-01-01 08:00:00+01:00": "2026-01-01T07:00:00.000Z",
    "2026-01-01T07:00:00": "2026-01-01T07:00:00.000Z",
    "1999-01-01T00:00:00Z": None,
    "2036-01-01T00:00:00Z": None,
    "yesterday": None,
}

GARBAGE: tuple[object, ...] = (None, True, 7, 0.5, "", [], {}, [[]], {"url": {"name": []}}, float("nan"), float("-inf"))
"""Of every JSON type, and two values that are none but that some producers write."""
