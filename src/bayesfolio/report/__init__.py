"""What tables and figures share: writers, style, printed numbers, registry, the page."""
