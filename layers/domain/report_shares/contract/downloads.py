"""The files that a link offers beside its page."""

# What each shows is the part of the snapshot of that name; of `domains` and `pages`, those of `citations`.
TABLES = (
    "trend",
    "platforms",
    "regions",
    "categories",
    "competitors",
    "domains",
    "pages",
    "prompts",
    "matrix",
    "changes",
    "evidence",
)
REPORT_FILE = "report.html"
FILES = (*(f"{table}.csv" for table in TABLES), REPORT_FILE)
