"""What a browser calls itself, in words. Each one names those before it, too: the first that fits is meant."""

NAMES = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("HeadlessChrome/", "Chrome/", "CriOS/")),
    ("Safari", ("Safari/",)),
)
SYSTEMS = (
    ("iPhone", ("iPhone",)),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    ("macOS", ("Mac OS X", "Macintosh")),
    ("ChromeOS", ("CrOS",)),
    ("Linux", ("Linux", "X11")),
)


def browser_name(user_agent: str) -> str:
    """Return like "Chrome on Linux"; of a program that is no browser its own name; "Unknown browser" of nothing.

    >>> browser_name("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150 Safari/537.36")
    'Chrome on Linux'
    """
    name, system = _first(NAMES, user_agent), _first(SYSTEMS, user_agent)
    if not name:
        own = user_agent.split("/", 1)[0].split("(", 1)[0].strip()[:40]
        name = own if own and own != "Mozilla" else "Unknown browser"
    return f"{name} on {system}" if system else name


def _first(known: tuple[tuple[str, tuple[str, ...]], ...], user_agent: str) -> str:
    return next((name for name, marks in known if any(mark in user_agent for mark in marks)), "")
