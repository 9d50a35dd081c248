"""What the Snakefile and the scripts share: configuration, digests, job logs, provenance."""
