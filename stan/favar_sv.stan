/* Dynamic factor, VAR and stochastic-volatility models of N returns: one program for the class

     y_t = beta x_t + Lambda f_t + eps_t,     eps_it ~ N(0, exp(h_it))          eq. (1)
     f_t = Phi_1 f_{t-1} + .. + Phi_L f_{t-L} + eta_t,  eta_t ~ N(0, Q_t),  f_t = 0 for t < 1
     h_it = mu_i + psi_i h_{i,t-1} + gamma_i z_it,  h_i1 stationary

   of Basturk, Borowska, Grassi, Hoogerheide, van Dijk (2017), priors of their Appendix A. Switches:
   has_var (beta; x_t = y_{t-1}), K > 0 (factors), idio_sv, factor_sv. Without idio_sv
   h_it = log sigma2_i; without factor_sv Q_t = Q = L L', with it Q_t is diagonal and its log
   variances follow the h equation with zero mean around 2 log L_kk.

   Parameterisation (centres and units come from the data builder,
   src/bayesfolio/models/stan/data.py, and its pilot fit):
     A = Lambda L are the loadings of factors g_t = L^-1 f_t with unit innovations, and
     Phi~_l = L^-1 Phi_l L; Q enters the priors only. Factors are whitened, see
     factors.stanfunctions, and log variances, see volatility.stanfunctions.
     With factor_sv the prior Phi_l,ij ~ N(0, q_scale_i omega_lj) has fixed variances.
     There the block holds Lambda itself, because a factor that the data do without has log L far
     in its nearly flat prior's tail, where A vanishes and Lambda has its prior.
     A's diagonal takes either sign: the posterior is symmetric under a change of a factor's sign,
     so the paper's Lambda_kk > 0 is a matter of naming, and without the bound A_kk passes zero
     smoothly.
     Loadings and scales are sampled in units of their approximate posterior, see
     block.stanfunctions; beta, with the share of lagged returns that speaks through the factors'
     lags, in the eigenbases of its least-squares posterior. */
functions {
  #include functions/favar_sv/block.stanfunctions
  #include functions/favar_sv/factors.stanfunctions
  
  #include functions/favar_sv/volatility.stanfunctions
}
data {
  int<lower=1> T; // months with a likelihood
  int<lower=1> N; // assets
  int<lower=0> K; // factors
  int<lower=0> L; // lags of the factors
  int<lower=0, upper=T> P; // formation months whose fitted values are written
  int<lower=0, upper=1> has_var; // lagged returns in the mean
  int<lower=0, upper=1> idio_sv; // stochastic volatility of eps
  int<lower=0, upper=1> factor_sv; // stochastic volatility of eta
  int<lower=0, upper=1> prior_only; // leave the likelihood of y out
  matrix[T, N] y; // returns, per cent a month
  matrix[has_var * T, N] x; // y_{t-1}, per cent
  row_vector[has_var * N] x_next; // y_T: the regressor of month T + 1
  
  // Priors
  real<lower=0> sigma2_shape; // sigma2_i ~ IG(shape, scale), constant variances
  real<lower=0> sigma2_scale; // (per cent a month)^2
  real<lower=0> loading_sd; // Lambda_ij ~ N(0, sd^2)
  real<lower=0> beta_sd; // beta_ij ~ N(0, sd^2)
  real mu_mean; // mu_i ~ N(mean, sd^2): intercept of the log variance
  real<lower=0> mu_sd;
  real level_floor; // where the prior of a log variance's level mu / (1 - psi) ends
  real<lower=-1, upper=1> psi_mean; // psi_i ~ N(mean, sd^2) on (-1, 1)
  real<lower=0> psi_sd;
  real<lower=0> gamma2_shape; // gamma_i^2 ~ IG(shape, scale)
  real<lower=0> gamma2_scale;
  real<lower=K - 1> q_dof; // Q ~ iW(diag(q_scale), dof)
  vector<lower=0>[K] q_scale; // (per cent a month)^2
  array[L] vector<lower=0>[K] omega; // Phi_l,ij | Q ~ N(0, Q_ii omega_lj), see above for factor_sv
  
  // Where and in which units to sample (no influence on the posterior)
  int<lower=0> B; // length of the block
  vector[B] block_centre;
  matrix[B, B] block_root; // lower triangular
  matrix[has_var * N, N] beta_centre; // in the rotated basis
  matrix<lower=0>[has_var * N, N] beta_scale;
  matrix[has_var * N, N] beta_left; // eigenvectors of the residual covariance
  matrix[has_var * N, N] beta_right; // eigenvectors of x' x
  matrix<lower=0>[T, N] idio_weight; // pilot's precisions of eps, in units of sigma^-2
  matrix<lower=0>[T, K] factor_weight; // pilot's precisions of unit-innovation factors
  matrix[idio_sv * T, N] idio_pseudo; // pseudo-observations of log variances, about their scale
  matrix[factor_sv * T, K] factor_pseudo;
}
transformed data {
  int at_sigma = N * K - (K * (K - 1)) %/% 2 + 1; // where the parts of the block begin
  int at_scale = at_sigma + N;
  int at_phi = at_scale + (factor_sv ? K : (K * (K + 1)) %/% 2);
  int at_gamma = at_phi + L * K * K;
  int at_gamma_factor = at_gamma + idio_sv * N;
  real psi_unit = psi_sd / (1 - square(psi_mean)); // of atanh(psi)
  array[7] real sv_hyper = {psi_mean, psi_sd, mu_mean, mu_sd, gamma2_shape, gamma2_scale,
                            level_floor};
  vector[K] q_root = sqrt(q_scale);
}
parameters {
  vector[B] z_block; // loadings, scales, phi, log gamma
  matrix[has_var * N, N] z_beta;
  matrix[T, K] u; // whitened factors
  matrix[idio_sv * T, N] z_idio; // whitened log variances
  vector[idio_sv * N] z_psi;
  matrix[factor_sv * T, K] z_factor; // the same for the factors' log variances
  vector[factor_sv * K] z_psi_factor;
}
model {
  vector[B] theta = block_centre + block_root * z_block;
  vector[N] a = segment(theta, at_sigma, N);
  vector[N] log_sigma = log(softplus_scale(a));
  matrix[N, K] loadings = factor_loadings(theta, N, K, at_scale, factor_sv);
  matrix[K, L * K] phi = lag_matrices(theta, at_phi, K, L);
  matrix[has_var * N, N] beta;
  vector[idio_sv * N] psi = persistence(z_psi, psi_mean, psi_unit);
  vector[idio_sv * N] log_gamma;
  vector[factor_sv * K] psi_factor = persistence(z_psi_factor, psi_mean, psi_unit);
  vector[factor_sv * K] log_gamma_factor;
  
  if (has_var) {
    beta = lag_coefficients(beta_centre + beta_scale .* z_beta, beta_left, beta_right, loadings,
                            phi, log_sigma);
    target += normal_lpdf(to_vector(beta) | 0, beta_sd);
  }
  
  if (factor_sv) {
    vector[K] log_scale = segment(theta, at_scale, K);
    log_gamma_factor = segment(theta, at_gamma_factor, K);
    target += sv_prior(2 * log_scale, psi_factor, log_gamma_factor, sv_hyper);
    target += volatile_factors_prior(lower_trapezoid(theta, N, K), log_scale, phi, loading_sd,
                                     q_root, omega);
  } else if (K > 0) {
    target += constant_factors_prior(loadings, lower_triangle(theta, at_scale, K), phi, loading_sd,
                                     q_dof, q_root, omega);
  }
  
  if (idio_sv) {
    log_gamma = segment(theta, at_gamma, N);
    target += sv_prior(2 * log_sigma, psi, log_gamma, sv_hyper);
    target += sum(log_inv_logit(2 * a) - log_sigma); // from 2 log sigma to a
  } else {
    target += inv_gamma_lpdf(exp(2 * log_sigma) | sigma2_shape, sigma2_scale);
    target += sum(log_sigma + log_inv_logit(2 * a)); // from sigma^2 to a
  }
  
  target += favar_log_density(beta, loadings, log_sigma, phi, u, z_idio, psi, log_gamma, z_factor,
                              psi_factor, log_gamma_factor, y, x, idio_pseudo, factor_pseudo,
                              idio_weight, factor_weight, 1 - prior_only);
}
generated quantities {
  matrix[P, N] fitted = rep_matrix(0, P, N); // beta x_t + Lambda f_t, last P months, per cent
  row_vector[N] predictive_mean = rep_row_vector(0, N); // of y_{T+1} given the draw, per cent
  matrix[N, K] predictive_loadings; // A times the factors' standard deviations of month T + 1
  vector[N] log_variance_next; // h_{T+1}, propagated
  vector[N] log_variance; // h_T
  matrix[3, N] volatility; // mu, psi and gamma of h
  {
    vector[B] theta = block_centre + block_root * z_block;
    vector[N] sigma = softplus_scale(segment(theta, at_sigma, N));
    matrix[T, N] e = y;
    matrix[N, K] loadings = factor_loadings(theta, N, K, at_scale, factor_sv);
    matrix[K, L * K] phi = lag_matrices(theta, at_phi, K, L);
    if (has_var) {
      matrix[N, N] beta = lag_coefficients(beta_centre + beta_scale .* z_beta, beta_left,
                                           beta_right, loadings, phi, log(
                                           sigma));
      e -= x * beta';
      fitted += x[(T - P + 1) : T,  : ] * beta';
      predictive_mean += x_next * beta';
    }
    if (K > 0) {
      vector[K] sd_next = rep_vector(1, K);
      matrix[T, K] f = whitened_factors(u, e, loadings, sigma, idio_weight, factor_weight);
      row_vector[K] f_next = rep_row_vector(0, K);
      if (factor_sv) {
        vector[K] psi = persistence(z_psi_factor, psi_mean, psi_unit);
        vector[K] gamma = exp(segment(theta, at_gamma_factor, K));
        vector[K] centre = log_mean_square(f - lagged_mean(f, phi), factor_weight);
        matrix[T, K] h = whitened_deviations(z_factor, factor_pseudo, -centre, psi, gamma);
        sd_next = exp(0.5 * ar1_step_rng(h[T], psi, gamma));
      }
      for (l in 1 : L) {
        f_next += f[T - l + 1] * phi[ : , ((l - 1) * K + 1) : (l * K)]';
      }
      e -= f * loadings';
      fitted += f[(T - P + 1) : T,  : ] * loadings';
      predictive_mean += f_next * loadings';
      predictive_loadings = diag_post_multiply(loadings, sd_next);
    }
    log_variance = 2 * log(sigma);
    log_variance_next = log_variance;
    volatility = append_row(log_variance', rep_matrix(0, 2, N));
    if (idio_sv) {
      vector[N] psi = persistence(z_psi, psi_mean, psi_unit);
      vector[N] gamma = exp(segment(theta, at_gamma, N));
      vector[N] centre = log_mean_square(e, idio_weight);
      matrix[T, N] h = whitened_deviations(z_idio, idio_pseudo, log_variance - centre, psi, gamma);
      volatility = [(log_variance .* (1 - psi))', psi', gamma'];
      log_variance += h[T]';
      log_variance_next += ar1_step_rng(h[T], psi, gamma);
    }
  }
}

