from .study import (
    StudySettings as StudySettings,
    run_sizes as run_sizes,
    run_study as run_study,
    simulate_study as simulate_study,
)
