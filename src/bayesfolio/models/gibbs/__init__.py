"""The Gibbs engine: the paper's sampler (Basturk et al. 2017, Appendix A), compiled."""

from bayesfolio.models.gibbs.engine import GibbsEngine, GibbsSettings, compile_kernels

__all__ = ["GibbsEngine", "GibbsSettings", "compile_kernels"]
