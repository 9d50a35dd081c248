/* Residuals with stochastic volatility: density and adjoints.

   For n series of T residuals e with log variances 2 log_scale + d it evaluates

     sum_ti [ -log_scale_i - d_ti / 2 - e_ti^2 exp(-2 log_scale_i - d_ti) / 2 ]     if observed
     + log density of the n stationary AR(1) paths d                                prior of d
     - sum_i [(T - 1) log c_i + log c_iT]                                           from d to z

   (additive constants dropped), where d is the whitened path of z that volatility.stanfunctions
   describes and writes out in Stan: whitened_deviations there is the reference, tests hold the two
   together. Months are rows; series are independent of each other and taken one by one. */

#ifndef BAYESFOLIO_VOLATILITY_HPP
#define BAYESFOLIO_VOLATILITY_HPP

#include <stan/model/model_header.hpp>
#include <cmath>

namespace bayesfolio {

using Matrix = Eigen::MatrixXd;
using Table = Eigen::ArrayXXd;
using Vector = Eigen::ArrayXd;

/* Roots of the smoothing recursions of one series and what their derivatives need. */
struct Smoother {
  double precision, on, off, root, c2, c, r, end2, k;

  Smoother(double psi, double log_gamma)
      : precision(std::exp(-2 * log_gamma)),
        on((1 + psi * psi) * precision + 0.5),
        off(psi * precision),
        root(std::sqrt(on * on - 4 * off * off)),
        c2(0.5 * (on + root)),
        c(std::sqrt(c2)),
        r(off / c2),
        end2(c2 - psi * psi * precision),
        k(std::sqrt(c2 / end2)) {}
};

struct SvDensity {
  double value = 0;
  Table d_e, d_z;                               // T x n
  Vector d_level, d_scale, d_psi, d_log_gamma;  // n

  SvDensity(const Table& e, const Table& z, const Table& pseudo, const Vector& level,
            const Vector& log_scale, const Vector& psi, const Vector& log_gamma, double observed)
      : d_e(e.rows(), e.cols()),
        d_z(e.rows(), e.cols()),
        d_level(e.cols()),
        d_scale(e.cols()),
        d_psi(e.cols()),
        d_log_gamma(e.cols()) {
    for (Eigen::Index i = 0; i < e.cols(); ++i) {
      add(i, e, z, pseudo, level(i), log_scale(i), psi(i), log_gamma(i), observed);
    }
  }

 private:
  void add(Eigen::Index i, const Table& e, const Table& z, const Table& pseudo, double level,
           double log_scale, double psi, double log_gamma, double observed) {
    const Eigen::Index T = e.rows();
    const Eigen::Index last = T - 1;
    const Smoother s(psi, log_gamma);
    const double gain = 0.5 / s.c;
    const double inv_c = 1 / s.c;
    const double inner = 1 - psi * psi;

    // Values: forward pass v, backward pass d.
    Vector v = gain * (pseudo.col(i) - level);
    Vector d = inv_c * z.col(i);
    for (Eigen::Index t = 1; t < T; ++t) {
      v(t) += s.r * v(t - 1);
    }
    v(last) *= s.k;
    d += inv_c * v;
    d(last) *= s.k;
    for (Eigen::Index t = last; t-- > 0;) {
      d(t) += s.r * d(t + 1);
    }

    const Vector e_precision = observed * (-2 * log_scale - d).exp();
    const Vector weight = e.col(i).square() * e_precision;
    const Vector step = d.tail(last) - psi * d.head(last);
    const double squares = step.square().sum() + inner * d(0) * d(0);
    value += -0.5 * (observed * d.sum() + weight.sum() + s.precision * squares)
           - T * (observed * log_scale + log_gamma + 0.5 * std::log(s.c2))
           + 0.5 * std::log(inner) + std::log(s.k);

    // Adjoints, in the reverse order. slope first holds what d_t enters directly.
    Vector slope = 0.5 * (weight - observed);
    slope(0) -= s.precision * inner * d(0);
    slope.tail(last) -= s.precision * step;
    slope.head(last) += s.precision * psi * step;
    double d_psi_i = s.precision * psi * d(0) * d(0) - psi / inner
                   + s.precision * (step * d.head(last)).sum();
    for (Eigen::Index t = 1; t < T; ++t) {
      slope(t) += s.r * slope(t - 1);
    }
    // b_t = (v_t + z_t) / c, d_t = b_t + r d_{t+1} and d_T = k b_T
    double d_r = (slope.head(last) * d.tail(last)).sum();
    double d_k = (slope(last) * d(last) + 1) / s.k;
    double d_c = -inv_c * ((slope * d).sum() - s.r * d_r + T);
    slope(last) *= s.k;
    slope *= inv_c;  // now of v_t and z_t
    d_z.col(i) = slope;
    d_k += slope(last) * v(last) / s.k;
    slope(last) *= s.k;
    for (Eigen::Index t = last; t-- > 0;) {
      slope(t) += s.r * slope(t + 1);
    }
    d_r += (slope.tail(last) * v.head(last)).sum();
    const double d_gain = (slope * (pseudo.col(i) - level)).sum();
    d_c -= d_gain * gain * inv_c;

    const double d_end2 = -0.5 * d_k * s.k / s.end2;
    const double d_c2 = 0.5 * (d_c * inv_c + d_k * s.k / s.c2) + d_end2 - d_r * s.r / s.c2;
    const double d_on = 0.5 * d_c2 * (1 + s.on / s.root);
    const double d_off = d_r / s.c2 - 2 * d_c2 * s.off / s.root;
    d_psi(i) = d_psi_i + (2 * psi * (d_on - d_end2) + d_off) * s.precision;
    d_log_gamma(i)
        = s.precision * squares - T
        - 2 * s.precision * (d_on * (1 + psi * psi) + d_off * psi - d_end2 * psi * psi);
    d_level(i) = -gain * slope.sum();
    d_scale(i) = weight.sum() - observed * T;
    d_e.col(i) = -e.col(i) * e_precision;
  }
};

}  // namespace bayesfolio

#endif
