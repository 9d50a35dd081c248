"""The sampler, written to be read. Start with :mod:`.sweep`."""
