"""The sampler, written to be read; start with :mod:`.sweep`."""
