/* sv_log_density: the part of stan/favar_sv.stan that costs the time, with its gradient by hand.

   One call evaluates, for n series of T residuals e with log variances 2 log_scale + d,

     sum_ti [ -log_scale_i - d_ti / 2 - e_ti^2 exp(-2 log_scale_i - d_ti) / 2 ]     if observed
     + log density of the n stationary AR(1) paths d                                prior of d
     - sum_i [(T - 1) log c_i + log c_iT]                                           from d to z

   (additive constants dropped), where d is the whitened path of z that volatility.stanfunctions
   describes and writes out in Stan: whitened_deviations there is the reference, tests hold the two
   together. Autodiff would put some 30 nodes a month and series on its stack; the adjoint below is
   two more passes over the same arrays. Arrays have series as rows, so that each step of the
   recursions in time is one vector operation over the series. */

#ifndef BAYESFOLIO_VOLATILITY_HPP
#define BAYESFOLIO_VOLATILITY_HPP

#include <stan/model/model_header.hpp>
#include <ostream>

namespace bayesfolio {

using Series = Eigen::Array<double, Eigen::Dynamic, 1>;
using Paths = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic>;

/* Roots of the smoothing recursions and what their derivatives need, by series. */
struct Smoother {
  Series precision, on, off, root, c2, c, r, end2, k;

  Smoother(const Series& psi, const Series& log_gamma)
      : precision((-2 * log_gamma).exp()),
        on((1 + psi.square()) * precision + 0.5),
        off(psi * precision),
        root((on.square() - 4 * off.square()).sqrt()),
        c2(0.5 * (on + root)),
        c(c2.sqrt()),
        r(off / c2),
        end2(c2 - psi.square() * precision),
        k((c2 / end2).sqrt()) {}
};

/* The density and its gradient. Plain doubles, so that compilers see it once and not once for
   every combination of argument types. */
struct SvDensity {
  double value;
  Paths d_e, d_z;
  Series d_level, d_scale, d_psi, d_gamma;

  SvDensity(const Paths& e, const Paths& z, const Paths& pseudo, const Series& level,
            const Series& scale, const Series& psi, const Series& log_gamma, double observed) {
    const Eigen::Index n_obs = e.cols();
    const Eigen::Index last = n_obs - 1;

    // Values: forward pass v, backward pass d.
    const Smoother s(psi, log_gamma);
    const Series gain = 0.5 / s.c;
    const Series inv_c = 1 / s.c;
    Paths v(e.rows(), n_obs);
    Paths d(e.rows(), n_obs);
    v.col(0) = gain * (pseudo.col(0) - level);
    for (Eigen::Index t = 1; t < n_obs; ++t) {
      v.col(t) = gain * (pseudo.col(t) - level) + s.r * v.col(t - 1);
    }
    v.col(last) *= s.k;
    d.col(last) = s.k * (v.col(last) + z.col(0)) * inv_c;
    for (Eigen::Index t = last; t-- > 0;) {
      d.col(t) = (v.col(t) + z.col(last - t)) * inv_c + s.r * d.col(t + 1);
    }

    const Paths e_precision = observed * ((-d).colwise() - 2 * scale).exp();
    const Paths weight = e.square() * e_precision;
    Paths step(d.rows(), n_obs);  // d_t - psi d_{t-1}
    step.col(0).setZero();
    for (Eigen::Index t = 1; t < n_obs; ++t) {
      step.col(t) = d.col(t) - psi * d.col(t - 1);
    }
    const Series inner = 1 - psi.square();
    const Series squares = step.square().rowwise().sum() + inner * d.col(0).square();
    value = -0.5 * (observed * d.sum() + weight.sum() + (s.precision * squares).sum())
          - n_obs * (observed * scale.sum() + log_gamma.sum() + 0.5 * s.c2.log().sum())
          + 0.5 * inner.log().sum() + s.k.log().sum();

    // Adjoints, in the reverse order. slope first holds what d_t enters directly.
    Paths slope = 0.5 * (weight - observed) - step.colwise() * s.precision;
    slope.col(0) -= s.precision * inner * d.col(0);
    for (Eigen::Index t = 1; t < n_obs; ++t) {
      slope.col(t - 1) += s.precision * psi * step.col(t);
    }
    d_psi = s.precision * psi * d.col(0).square() - psi / inner;
    d_gamma = s.precision * squares - n_obs;
    Series d_r = Series::Zero(d.rows());
    for (Eigen::Index t = 1; t < n_obs; ++t) {
      d_psi += s.precision * step.col(t) * d.col(t - 1);
      slope.col(t) += s.r * slope.col(t - 1);
      d_r += slope.col(t - 1) * d.col(t);
    }
    // b_t = (v_t + z) / c, d_t = b_t + r d_{t+1} and d_T = k b_T
    Series d_k = slope.col(last) * d.col(last) / s.k + 1 / s.k;
    Series d_c = -(slope.col(last) * d.col(last)) * inv_c - n_obs * inv_c;
    slope.col(last) *= s.k;
    for (Eigen::Index t = 0; t < last; ++t) {
      d_c -= slope.col(t) * (d.col(t) - s.r * d.col(t + 1)) * inv_c;
    }
    Paths d_v = slope.colwise() * inv_c;
    d_z = d_v.rowwise().reverse();
    d_k += d_v.col(last) * v.col(last) / s.k;
    d_v.col(last) *= s.k;
    for (Eigen::Index t = last; t-- > 0;) {
      d_v.col(t) += s.r * d_v.col(t + 1);
      d_r += d_v.col(t + 1) * v.col(t);
    }
    const Series d_gain = (d_v * (pseudo.colwise() - level)).rowwise().sum();
    d_level = -gain * d_v.rowwise().sum();
    d_c -= d_gain * gain * inv_c;

    const Series d_end2 = -0.5 * d_k * s.k / s.end2;
    const Series d_c2 = 0.5 * (d_c * inv_c + d_k * s.k / s.c2) + d_end2 - d_r * s.r / s.c2;
    const Series d_on = 0.5 * d_c2 * (1 + s.on / s.root);
    const Series d_off = d_r / s.c2 - 2 * d_c2 * s.off / s.root;
    d_psi += (2 * psi * (d_on - d_end2) + d_off) * s.precision;
    d_gamma -= 2 * s.precision * (d_on * (1 + psi.square()) + d_off * psi - d_end2 * psi.square());
    d_e = -e * e_precision;
    d_scale = weight.rowwise().sum() - observed * n_obs;
  }
};

}  // namespace bayesfolio

template <typename E, typename Z, typename P, typename Level, typename Scale, typename Psi,
          typename Gamma>
stan::return_type_t<E, Z, P, Level, Scale, Psi, Gamma> sv_log_density(
    const E& e, const Z& z, const P& pseudo, const Level& level, const Scale& log_scale,
    const Psi& psi, const Gamma& log_gamma, int observed, std::ostream* /* messages */) {
  using stan::math::partials;
  using stan::math::value_of;

  const bayesfolio::SvDensity density(
      value_of(e).transpose().array(), value_of(z).transpose().array(),
      value_of(pseudo).transpose().array(), value_of(level).array(), value_of(log_scale).array(),
      value_of(psi).array(), value_of(log_gamma).array(), observed);
  auto ops = stan::math::make_partials_propagator(e, z, level, log_scale, psi, log_gamma);
  if constexpr (!stan::is_constant_all<E>::value) {
    partials<0>(ops) = density.d_e.matrix().transpose();
  }
  if constexpr (!stan::is_constant_all<Z>::value) {
    partials<1>(ops) = density.d_z.matrix().transpose();
  }
  if constexpr (!stan::is_constant_all<Level>::value) {
    partials<2>(ops) = density.d_level.matrix();
  }
  if constexpr (!stan::is_constant_all<Scale>::value) {
    partials<3>(ops) = density.d_scale.matrix();
  }
  if constexpr (!stan::is_constant_all<Psi>::value) {
    partials<4>(ops) = density.d_psi.matrix();
  }
  if constexpr (!stan::is_constant_all<Gamma>::value) {
    partials<5>(ops) = density.d_gamma.matrix();
  }
  return ops.build(density.value);
}

#endif
