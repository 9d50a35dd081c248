"""Together the tests of this folder refuse thousands of different bad inputs."""

import test_hostile_archives
import test_hostile_configs
import test_hostile_facts
import test_hostile_tables


def test_the_least_numbers_come_to_two_thousand() -> None:
    parts = (test_hostile_archives, test_hostile_facts, test_hostile_tables)
    least = sum(sum(part.REFUSED.values()) for part in parts) + test_hostile_configs.LEAST_REFUSED
    print(f"at least {least} refused")
    assert least >= 2_000
