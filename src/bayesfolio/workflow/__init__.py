"""What the Snakefile and the scripts share: digests, job logs, provenance."""
