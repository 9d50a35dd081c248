/* favar_log_density: all of stan/favar_sv.stan that has months in it, with its gradient by hand.

   Automatic differentiation would spend most of its time on creating and visiting nodes for T x N
   intermediate results. Here they are plain arrays: one call evaluates residuals, factors,
   innovations, volatility and the adjoints of all, and hands Stan the partial derivatives with
   respect to parameters only. Priors and transformations of parameters stay in Stan. */

#ifndef BAYESFOLIO_LIKELIHOOD_HPP
#define BAYESFOLIO_LIKELIHOOD_HPP

#include "factors.hpp"
#include "volatility.hpp"
#include <stan/model/model_header.hpp>
#include <ostream>

namespace bayesfolio {

/* What the density needs of one set of log variances: whitened paths and parameters by series. */
struct Volatility {
  Table z;  // T x n, or without rows where variances are constant
  Vector psi, log_gamma;
  Table pseudo;

  bool moves() const { return z.size() > 0; }
};

/* Value and adjoints; arguments as favar_log_density's. */
struct FavarDensity {
  double value = 0;
  Matrix d_beta, d_loadings, d_lags;
  Vector d_log_sigma;
  Table d_u;
  Table d_z_idio, d_z_factor;
  Vector d_psi, d_log_gamma, d_psi_factor, d_log_gamma_factor;

  FavarDensity(const Matrix& beta, const Matrix& loadings, const Vector& log_sigma,
               const Matrix& lags, const Table& u, const Volatility& idio,
               const Volatility& factor, const Matrix& y, const Matrix& x,
               const Table& idio_weight, const Table& factor_weight, double observed)
      : d_loadings(Matrix::Zero(loadings.rows(), loadings.cols())),
        d_lags(Matrix::Zero(lags.rows(), lags.cols())),
        d_log_sigma(Vector::Zero(log_sigma.size())) {
    const Eigen::Index K = u.cols();
    Matrix e = y;
    if (beta.size() > 0) {
      e.noalias() -= x * beta.transpose();
    }
    if (K == 0) {
      finish(returns_density(e.array(), log_sigma, idio, idio_weight, observed), x, beta);
      return;
    }

    const Table regressed = e.array();
    WhitenedFactors factors(regressed, u, loadings, log_sigma, idio_weight, factor_weight);
    value -= factors.log_det;
    Table d_f = innovations_density(factors.f, lags, factor, factor_weight);

    e.noalias() -= factors.f.matrix() * loadings.transpose();
    Table d_e = returns_density(e.array(), log_sigma, idio, idio_weight, observed);
    d_loadings.noalias() -= d_e.matrix().transpose() * factors.f.matrix();
    d_f.matrix().noalias() -= d_e.matrix() * loadings;

    factors.reverse(d_f);
    d_loadings += factors.d_loadings;
    d_log_sigma += factors.d_log_sigma;
    d_u = factors.d_u;
    finish(d_e + factors.d_e, x, beta);
  }

 private:
  void finish(const Table& d_e, const Matrix& x, const Matrix& beta) {
    if (beta.size() > 0) {
      d_beta.noalias() = -d_e.matrix().transpose() * x;
    }
  }

  /* Density of disturbances with stochastic volatility; adds the disturbances' adjoint to sv.d_e.

     The pilot's pseudo-observations of log variances are taken around the disturbances' own scale,
     log mean_t(weight_t e_t^2), so that the paths follow where loadings leave more or less of a
     series to its disturbances. */
  SvDensity volatile_density(const Table& e, const Volatility& volatility, const Table& weight,
                             const Vector& log_sigma, double observed) {
    const Vector mean_square = (weight * e.square()).colwise().mean().transpose();
    SvDensity sv(e, volatility.z, volatility.pseudo, 2 * log_sigma - mean_square.log(), log_sigma,
                 volatility.psi, volatility.log_gamma, observed);
    value += sv.value;
    const Vector d_square = -sv.d_level / (mean_square * e.rows());
    sv.d_e += weight * e * (2 * d_square).transpose().replicate(e.rows(), 1);
    return sv;
  }

  /* Density of residuals and of their log variances; returns the residuals' adjoint. */
  Table returns_density(const Table& e, const Vector& log_sigma, const Volatility& idio,
                        const Table& weight, double observed) {
    if (idio.moves()) {
      const SvDensity sv = volatile_density(e, idio, weight, log_sigma, observed);
      d_log_sigma += 2 * sv.d_level + sv.d_scale;
      d_z_idio = sv.d_z;
      d_psi = sv.d_psi;
      d_log_gamma = sv.d_log_gamma;
      return sv.d_e;
    }
    const Eigen::Array<double, 1, Eigen::Dynamic> precision
        = observed * (-2 * log_sigma).exp().transpose();
    const Table d_e = -(e.rowwise() * precision);
    const Vector squares = -(d_e * e).colwise().sum().transpose();
    value -= observed * e.rows() * log_sigma.sum() + 0.5 * squares.sum();
    d_log_sigma += squares - observed * e.rows();
    return d_e;
  }

  /* Density of innovations f_t - sum_l Phi_l f_{t-l} and of their log variances; returns the
     factors' adjoint. Month by month f has rows, so Phi_l enters transposed. */
  Table innovations_density(const Table& f, const Matrix& lags, const Volatility& factor,
                            const Table& weight) {
    const Eigen::Index T = f.rows();
    const Eigen::Index K = f.cols();
    const Eigen::Index L = lags.cols() / K;
    Matrix innovation = f.matrix();
    for (Eigen::Index l = 1; l <= L; ++l) {
      innovation.bottomRows(T - l).noalias()
          -= f.matrix().topRows(T - l) * lags.middleCols((l - 1) * K, K).transpose();
    }

    Matrix d_innovation;
    if (factor.moves()) {
      const SvDensity sv
          = volatile_density(innovation.array(), factor, weight, Vector::Zero(K), 1);
      d_z_factor = sv.d_z;
      d_psi_factor = sv.d_psi;
      d_log_gamma_factor = sv.d_log_gamma;
      d_innovation = sv.d_e.matrix();
    } else {
      value -= 0.5 * innovation.squaredNorm();
      d_innovation = -innovation;
    }

    Matrix d_f = d_innovation;
    for (Eigen::Index l = 1; l <= L; ++l) {
      const auto phi = lags.middleCols((l - 1) * K, K);
      d_f.topRows(T - l).noalias() -= d_innovation.bottomRows(T - l) * phi;
      d_lags.middleCols((l - 1) * K, K).noalias()
          -= d_innovation.bottomRows(T - l).transpose() * f.matrix().topRows(T - l);
    }
    return d_f.array();
  }
};

}  // namespace bayesfolio

template <typename Beta, typename Loadings, typename Sigma, typename Lags, typename U,
          typename Zi, typename Pi, typename Gi, typename Zf, typename Pf, typename Gf,
          typename Y, typename X, typename PseudoI, typename PseudoF, typename WeightI,
          typename WeightF>
stan::return_type_t<Beta, Loadings, Sigma, Lags, U, Zi, Pi, Gi, Zf, Pf, Gf> favar_log_density(
    const Beta& beta, const Loadings& loadings, const Sigma& log_sigma, const Lags& lags,
    const U& u, const Zi& z_idio, const Pi& psi, const Gi& log_gamma, const Zf& z_factor,
    const Pf& psi_factor, const Gf& log_gamma_factor, const Y& y, const X& x,
    const PseudoI& idio_pseudo, const PseudoF& factor_pseudo, const WeightI& idio_weight,
    const WeightF& factor_weight, int observed, std::ostream* /* messages */) {
  using bayesfolio::Matrix;
  using bayesfolio::Table;
  using bayesfolio::Vector;
  using stan::math::value_of;

  const bayesfolio::Volatility idio{Table(value_of(z_idio).array()), Vector(value_of(psi).array()),
                                    Vector(value_of(log_gamma).array()),
                                    Table(idio_pseudo.array())};
  const bayesfolio::Volatility factor{
      Table(value_of(z_factor).array()), Vector(value_of(psi_factor).array()),
      Vector(value_of(log_gamma_factor).array()), Table(factor_pseudo.array())};
  const bayesfolio::FavarDensity density(
      Matrix(value_of(beta)), Matrix(value_of(loadings)), Vector(value_of(log_sigma).array()),
      Matrix(value_of(lags)), Table(value_of(u).array()), idio, factor, Matrix(y), Matrix(x),
      Table(idio_weight.array()), Table(factor_weight.array()), observed);

  auto ops = stan::math::make_partials_propagator(beta, loadings, log_sigma, lags, u, z_idio, psi,
                                                  log_gamma, z_factor, psi_factor,
                                                  log_gamma_factor);
  const auto set = [](auto& edge, const auto& adjoint) {
    if (adjoint.size() > 0) {
      edge = adjoint.matrix();
    }
  };
  if constexpr (!stan::is_constant_all<Beta, Loadings, Sigma, Lags, U, Zi>::value) {
    set(stan::math::partials<0>(ops), density.d_beta);
    set(stan::math::partials<1>(ops), density.d_loadings);
    set(stan::math::partials<2>(ops), density.d_log_sigma);
    set(stan::math::partials<3>(ops), density.d_lags);
    set(stan::math::partials<4>(ops), density.d_u);
    set(stan::math::partials<5>(ops), density.d_z_idio);
    set(stan::math::partials<6>(ops), density.d_psi);
    set(stan::math::partials<7>(ops), density.d_log_gamma);
    set(stan::math::partials<8>(ops), density.d_z_factor);
    set(stan::math::partials<9>(ops), density.d_psi_factor);
    set(stan::math::partials<10>(ops), density.d_log_gamma_factor);
  }
  return ops.build(density.value);
}

#endif
