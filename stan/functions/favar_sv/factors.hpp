/* Factors with unit innovations, drawn around their conditional means: values and adjoints.

   Month t's factors have, given loadings A (N x K) and the pilot's log variances, posterior
   precision M_t = C_t C_t' = diag(p_t) + A' W_t A, W_t = diag(w_ti / sigma_i^2), and mean
   M_t^-1 b_t, b_t = A' W_t e_t, when innovations are taken as independent over time. With u_t
   standard normal around it, f_t = C_t'^-1 (C_t^-1 b_t + u_t): given the data u_t is nearly N(0, I)
   whatever loadings and scales are. whitened_factors in factors.stanfunctions writes the same in
   Stan.

   Arrays have months as rows: the Cholesky decompositions of all months run side by side, entry by
   entry, and entry (k, l <= k) of all months is column k (k + 1) / 2 + l. */

#ifndef BAYESFOLIO_FACTORS_HPP
#define BAYESFOLIO_FACTORS_HPP

#include "volatility.hpp"
#include <stan/model/model_header.hpp>

namespace bayesfolio {

class WhitenedFactors {
 public:
  Table f;         // T x K
  double log_det;  // sum over months of log |C_t|

  // Adjoints, filled by reverse().
  Table d_e, d_u;
  Matrix d_loadings;
  Vector d_log_sigma;

  WhitenedFactors(const Table& e, const Table& u, const Matrix& loadings, const Vector& log_sigma,
                  const Table& idio_weight, const Table& factor_weight)
      : f(u.rows(), u.cols()),
        K_(u.cols()),
        e_(e),
        loadings_(loadings),
        outer_(loadings.rows(), at(K_, 0)),
        weight_(idio_weight.rowwise() * (-2 * log_sigma).exp().transpose()),
        chol_(u.rows(), at(K_, 0)),
        inverse_(u.rows(), K_),
        q_(u.rows(), K_) {
    for (Index k = 0; k < K_; ++k) {
      for (Index l = 0; l <= k; ++l) {
        outer_.col(at(k, l)) = loadings.col(k).cwiseProduct(loadings.col(l));
      }
    }
    chol_.matrix().noalias() = weight_.matrix() * outer_;
    for (Index k = 0; k < K_; ++k) {
      chol_.col(at(k, k)) += factor_weight.col(k);
      for (Index l = 0; l <= k; ++l) {
        for (Index j = 0; j < l; ++j) {
          chol_.col(at(k, l)) -= chol_.col(at(k, j)) * chol_.col(at(l, j));
        }
        if (l < k) {
          chol_.col(at(k, l)) *= inverse_.col(l);
        }
      }
      chol_.col(at(k, k)) = chol_.col(at(k, k)).sqrt();
      inverse_.col(k) = 1 / chol_.col(at(k, k));
    }
    log_det = -inverse_.rowwise().prod().log().sum();
    q_.matrix().noalias() = (weight_ * e).matrix() * loadings;
    solve_lower(q_);
    f = q_ + u;
    solve_upper(f);
  }

  /* Adjoints of everything, given that of f, of a target from which log_det is subtracted. */
  void reverse(const Table& d_f) {
    d_u = d_f;
    solve_lower(d_u);
    Table d_b = d_u;
    solve_upper(d_b);

    Table d_chol = Table::Zero(f.rows(), at(K_, 0));
    for (Index k = 0; k < K_; ++k) {
      for (Index l = 0; l <= k; ++l) {
        d_chol.col(at(k, l)) = -f.col(k) * d_u.col(l) - d_b.col(k) * q_.col(l);
      }
      d_chol.col(at(k, k)) -= inverse_.col(k);
    }
    for (Index k = K_; k-- > 0;) {  // back through the decomposition, from C to M in place
      d_chol.col(at(k, k)) *= 0.5 * inverse_.col(k);
      for (Index l = k + 1; l-- > 0;) {
        if (l < k) {
          d_chol.col(at(k, l)) *= inverse_.col(l);
          d_chol.col(at(l, l)) -= d_chol.col(at(k, l)) * chol_.col(at(k, l));
        }
        for (Index j = 0; j < l; ++j) {
          d_chol.col(at(k, j)) -= d_chol.col(at(k, l)) * chol_.col(at(l, j));
          d_chol.col(at(l, j)) -= d_chol.col(at(k, l)) * chol_.col(at(k, j));
        }
      }
    }

    const Table pull = (d_b.matrix() * loadings_.transpose()).array();  // of b, before weighting
    d_e = weight_ * pull;
    d_log_sigma = -2
                  * (weight_ * (e_ * pull + (d_chol.matrix() * outer_.transpose()).array()))
                        .colwise()
                        .sum()
                        .transpose();
    d_loadings.noalias() = (weight_ * e_).matrix().transpose() * d_b.matrix();
    const Matrix gathered = weight_.matrix().transpose() * d_chol.matrix();
    for (Index k = 0; k < K_; ++k) {
      for (Index l = 0; l <= k; ++l) {
        d_loadings.col(k) += gathered.col(at(k, l)).cwiseProduct(loadings_.col(l));
        d_loadings.col(l) += gathered.col(at(k, l)).cwiseProduct(loadings_.col(k));
      }
    }
  }

 private:
  using Index = Eigen::Index;

  Index K_;
  const Table& e_;
  const Matrix& loadings_;
  Matrix outer_;   // A_ik A_il
  Table weight_;   // W
  Table chol_;     // C
  Table inverse_;  // 1 / C_kk
  Table q_;        // C^-1 b

  Index at(Index k, Index l) const { return k * (k + 1) / 2 + l; }

  void solve_lower(Table& values) const {
    for (Index k = 0; k < K_; ++k) {
      for (Index j = 0; j < k; ++j) {
        values.col(k) -= chol_.col(at(k, j)) * values.col(j);
      }
      values.col(k) *= inverse_.col(k);
    }
  }

  void solve_upper(Table& values) const {
    for (Index k = K_; k-- > 0;) {
      for (Index j = k + 1; j < K_; ++j) {
        values.col(k) -= chol_.col(at(j, k)) * values.col(j);
      }
      values.col(k) *= inverse_.col(k);
    }
  }
};

}  // namespace bayesfolio

#endif
