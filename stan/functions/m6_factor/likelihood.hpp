/* m6_log_likelihood: weighted Student-t log likelihood of stan/m6_factor.stan, gradient by hand.

   Automatic differentiation would create and visit nodes for every period and asset. Here they are
   plain arrays, one column of periods per asset, and Stan is handed the partial derivatives with
   respect to parameters only. Priors and transformations of parameters stay in Stan. */

#ifndef BAYESFOLIO_M6_LIKELIHOOD_HPP
#define BAYESFOLIO_M6_LIKELIHOOD_HPP

#include <stan/model/model_header.hpp>
#include <ostream>

namespace bayesfolio {

using M6Matrix = Eigen::MatrixXd;
using M6Array = Eigen::ArrayXd;
using M6Data = Eigen::Ref<const Eigen::MatrixXd>;  // a view: data are not copied

/* Parameters by asset: the regression in the mean, the log scale and the degrees of freedom. */
struct AssetParameters {
  M6Array intercept, return_slope, log_scale, volatility_slope, earnings_slope, dof;
};

/* Value and adjoints. With e = r - mu, s = e / sigma, v = dof and weight omega a cell has
   omega [log c(v) - log sigma - (v + 1) / 2 log(1 + s^2 / v)]. */
struct M6Likelihood {
  double value = 0;
  M6Matrix d_loadings, d_factors;
  AssetParameters d;

  M6Likelihood(const M6Matrix& loadings, const M6Matrix& factors, const AssetParameters& p,
               const M6Data& returns, const M6Data& weight, const M6Data& recent_return,
               const M6Data& recent_volatility, const M6Data& earnings) {
    const Eigen::Index T = returns.rows();
    const Eigen::Index N = returns.cols();
    // Kept between calls: the system would be asked for their memory every time.
    static thread_local M6Matrix mean, d_mean;
    mean.resize(T, N);
    d_mean.resize(T, N);
    mean.noalias() = factors * loadings.transpose();
    for (M6Array* part : {&d.intercept, &d.return_slope, &d.log_scale, &d.volatility_slope,
                          &d.earnings_slope, &d.dof}) {
      part->resize(N);
    }
    M6Array log_scale(T), inverse(T), square(T), share(T);
    for (Eigen::Index i = 0; i < N; ++i) {
      const double v = p.dof[i];
      const auto omega = weight.col(i).array();
      log_scale = p.log_scale[i] + p.volatility_slope[i] * recent_volatility.col(i).array()
                  + p.earnings_slope[i] * earnings.col(i).array();
      inverse = (-log_scale).exp();
      square = ((returns.col(i) - mean.col(i)).array() - p.intercept[i]
                - p.return_slope[i] * recent_return.col(i).array())
               * inverse;  // s, to be squared
      auto d_column = d_mean.col(i).array();
      d_column = square;
      square = square.square();
      share = omega * (v + 1) / (v + square);
      d_column *= share * inverse;

      const double total = omega.sum();
      const double log_terms = (omega * (1 + square / v).log()).sum();
      const double constant = stan::math::lgamma(0.5 * (v + 1)) - stan::math::lgamma(0.5 * v)
                              - 0.5 * std::log(v * stan::math::pi());
      value += total * constant - (omega * log_scale).sum() - 0.5 * (v + 1) * log_terms;

      square *= share;  // the adjoint of log sigma is this less omega
      d.dof[i] = 0.5 * (total * (stan::math::digamma(0.5 * (v + 1)) - stan::math::digamma(0.5 * v)
                                 - 1 / v) - log_terms + square.sum() / v);
      square -= omega;
      d.log_scale[i] = square.sum();
      d.volatility_slope[i] = (square * recent_volatility.col(i).array()).sum();
      d.earnings_slope[i] = (square * earnings.col(i).array()).sum();
      d.intercept[i] = d_column.sum();
      d.return_slope[i] = (d_column * recent_return.col(i).array()).sum();
    }
    d_loadings.noalias() = d_mean.transpose() * factors;
    d_factors.noalias() = d_mean * loadings;
  }
};

}  // namespace bayesfolio

template <typename L, typename F, typename A, typename R, typename S, typename V, typename E,
          typename D, typename Y, typename W, typename XR, typename XV, typename XE>
stan::return_type_t<L, F, A, R, S, V, E, D> m6_log_likelihood(
    const L& loadings, const F& factors, const A& intercept, const R& return_slope,
    const S& log_scale, const V& volatility_slope, const E& earnings_slope, const D& dof,
    const Y& returns, const W& weight, const XR& recent_return, const XV& recent_volatility,
    const XE& earnings, std::ostream* /* messages */) {
  using bayesfolio::M6Array;
  using bayesfolio::M6Matrix;
  using stan::math::value_of;

  const bayesfolio::AssetParameters parameters{
      M6Array(value_of(intercept).array()),        M6Array(value_of(return_slope).array()),
      M6Array(value_of(log_scale).array()),        M6Array(value_of(volatility_slope).array()),
      M6Array(value_of(earnings_slope).array()),   M6Array(value_of(dof).array())};
  const bayesfolio::M6Likelihood likelihood(M6Matrix(value_of(loadings)),
                                            M6Matrix(value_of(factors)), parameters, returns,
                                            weight, recent_return, recent_volatility, earnings);

  auto ops = stan::math::make_partials_propagator(loadings, factors, intercept, return_slope,
                                                  log_scale, volatility_slope, earnings_slope, dof);
  if constexpr (!stan::is_constant_all<L, F, A, R, S, V, E, D>::value) {
    stan::math::partials<0>(ops) = likelihood.d_loadings;
    stan::math::partials<1>(ops) = likelihood.d_factors;
    stan::math::partials<2>(ops) = likelihood.d.intercept.matrix();
    stan::math::partials<3>(ops) = likelihood.d.return_slope.matrix();
    stan::math::partials<4>(ops) = likelihood.d.log_scale.matrix();
    stan::math::partials<5>(ops) = likelihood.d.volatility_slope.matrix();
    stan::math::partials<6>(ops) = likelihood.d.earnings_slope.matrix();
    stan::math::partials<7>(ops) = likelihood.d.dof.matrix();
  }
  return ops.build(likelihood.value);
}

#endif
