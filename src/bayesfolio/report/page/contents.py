"""What the page says of a run as a whole."""

TIERS = {
    "smoke": "Smoke tier: every rule once, on a small scale. Tables have the right form; their "
    "numbers mean nothing.",
    "workstation": "Workstation tier: all models, on a few decision years. Numbers are rough.",
    "paper": "Paper tier: all models on all decision years, at the scale of the paper.",
}
"""What the numbers of a run are worth, by its name."""

OTHER_TIER = "A tier of its own: its configuration is under Provenance."
