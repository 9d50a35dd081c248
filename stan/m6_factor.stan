/* Bayesian dynamic factor model of N assets' returns over T periods of four weeks, with Student-t
   noise whose scale moves with recent volatility and earnings: the winner of the M6 competition's
   forecasting track, and variants of it.

     r_it = mu_it + sigma_it eps_it,   eps_it ~ t(nu_i)
     mu_it = w_i' z_t + beta_i recent_return_it + alpha_i
     log sigma_it = theta_i + delta_i recent_volatility_it + kappa_i earnings_it
     z_t = rho z_{t-1} + e_t                                 dynamics 1: ar1
     z_t = rho z_{t-1} + phi (z_{t-2} + .. + z_{t-12}) + e_t   2: reversal_momentum
     z_t = Phi z_{t-1} + e_t                                 3: var;        e_t ~ N(0, I)

   Loadings W = instruments G: the identity, or characteristics of assets ("instrumented"). Each
   cell's log density is multiplied by a weight; 0 is a cell without an observation. The last period
   is the one to be forecast.

   Parameterisation. Priors of G, z and the dynamics are those of independent components with one
   scale (t_10 with loadings of a few hundredths: constant but for 1e-4 in the log density), so that
   a rotation of factors changes nothing: it is fixed here. With W z_t = (W L^-1) (L z_t), L lower
   triangular, the program samples x_t = L z_t, whose innovations have covariance Psi = L L', and
   loadings on x_t, Lambda = base + complement free. They are normalised to what the returns of K
   portfolios say: base and complement, orthogonal to each other in units of the pilot's noise, come
   from the data builder (src/bayesfolio/m6/stan_data.py). Then the likelihood knows Lambda and
   x_t separately and nothing of L. The flat measure of G is, up to rotations,
   prod_k L_kk^(q - k) dL dfree, with q rows in G. */
functions {
  #include functions/m6_factor/model.stanfunctions
}
data {
  int<lower=1> T; // periods, the last one is to be forecast
  int<lower=1> N; // assets
  int<lower=1> K; // factors
  int<lower=1> C; // classes of assets
  int<lower=K> q; // characteristics: rows of G
  int<lower=1, upper=3> dynamics; // ar1, reversal_momentum, var
  int<lower=0, upper=1> prior_only; // leave the likelihood out
  array[N] int<lower=1, upper=C> class; // of each asset
  matrix[T, N] returns; // simple, as fractions; 0 where unobserved
  matrix<lower=0, upper=1>[T, N] weight; // 0 where unobserved
  matrix[T, N] recent_return; // standardised
  matrix[T, N] recent_volatility; // log, standardised
  matrix[T, N] earnings; // 1 where a report falls into the period
  int<lower=0> M; // manual forecasts of mu in the last period
  array[M] int<lower=1, upper=N> manual_asset;
  vector[M] manual_mean; // fractions
  vector<lower=0>[M] manual_sd;
  int<lower=0, upper=T - 1> S; // periods before the last whose mu is written
  int<lower=0> R; // forecasts drawn per draw of parameters
  
  // Priors
  real<lower=0> loading_dof; // G_jk ~ t(dof, 0, sd)
  real<lower=0> loading_sd;
  real<lower=0> dynamics_sd; // rho, phi and Phi's entries ~ N(0, sd^2)
  real<lower=0> effect_dof; // of standardised alpha, beta, delta
  real<lower=0> alpha_scale; // s_alpha ~ HN(scale)
  real<lower=0> beta_mean_sd; // m_beta,c ~ N(0, sd^2)
  real<lower=0> beta_scale; // s_beta,c ~ HN(scale)
  real theta_mean_mean; // m_theta,c ~ N(mean, sd^2)
  real<lower=0> theta_mean_sd;
  real<lower=0> theta_scale; // s_theta,c ~ HN(scale)
  real<lower=0> theta_dof_mean; // nu_theta ~ Gamma with this mean and standard deviation
  real<lower=0> theta_dof_sd;
  real delta_mean_mean; // m_delta,c ~ N(mean, sd^2)
  real<lower=0> delta_mean_sd;
  real<lower=0> delta_scale; // s_delta,c ~ HN(scale)
  real<lower=0> kappa_mean_sd; // m_kappa ~ N(0, sd^2)
  real<lower=0> kappa_scale; // s_kappa ~ HN(scale)
  real<lower=0> nu_mean; // nu_i ~ Gamma(mean, s_nu)
  real<lower=0> nu_scale; // s_nu ~ HN(scale)
  
  // Where and in which units to sample (no influence on the posterior but for base and complement,
  // which choose one of the equivalent rotations and scales of factors)
  matrix[N, K] base; // loadings on x of the pilot
  matrix[N, q - K] complement;
  matrix[q, K] prior_base; // the same for G: W = instruments G
  matrix[q, q - K] prior_complement;
  matrix[T, K] factor_centre;
  array[T] matrix[K, K] factor_root;
  vector[N] theta_centre;
  vector<lower=0>[N] theta_unit;
  vector[C] theta_mean_centre;
  real<lower=0> effect_unit; // of alpha and beta: noise's scale by the root of T
}
transformed data {
  real theta_dof_shape = square(theta_dof_mean / theta_dof_sd);
  real root_unit = 1 / sqrt(1.0 * T); // of L's entries
  real dynamics_unit = 1 / sqrt(1.0 * T * K);
  int n_dynamics = dynamics == 1 ? 1 : dynamics == 2 ? 2 : K * K;
}
parameters {
  // All in units and about centres of their own, for one step size and chains that start at zero.
  matrix[q - K, K] free; // loadings' entries that the normalisation leaves free
  vector[(K * (K + 1)) %/% 2] z_root; // L by columns, logarithms on its diagonal
  matrix[T, K] u; // whitened factors
  vector[n_dynamics] z_dynamics;
  real z_s_alpha;
  vector[N] a;
  vector[C] z_m_beta;
  vector[C] z_s_beta;
  vector[N] b;
  vector[C] z_m_theta;
  vector[C] z_s_theta;
  real z_nu_theta;
  vector[N] z_theta;
  vector[C] z_m_delta;
  vector[C] z_s_delta;
  vector[N] d;
  real z_m_kappa;
  real z_s_kappa;
  vector[N] g;
  real z_s_nu;
  vector[N] z_nu;
}
transformed parameters {
  matrix[K, K] root = triangular_root(z_root, K, root_unit); // L
  matrix[N, K] tilted = base + complement * free; // Lambda: loadings on x
  matrix[T, K] x = whitened_periods(u, factor_centre, factor_root);
  vector[n_dynamics] coefficients = dynamics_unit * z_dynamics; // rho; rho, phi; Phi by columns
  real s_alpha = 0.5 * effect_unit * exp(z_s_alpha);
  vector[N] alpha = s_alpha * a;
  vector[C] m_beta = effect_unit * z_m_beta;
  vector[C] s_beta = effect_unit * exp(z_s_beta);
  vector[N] beta = m_beta[class] + s_beta[class] .* b;
  vector[C] m_theta = theta_mean_centre + 0.1 * z_m_theta;
  vector[C] s_theta = 0.3 * exp(0.2 * z_s_theta);
  real nu_theta = theta_dof_mean * exp(0.5 * z_nu_theta);
  vector[N] theta = theta_centre + theta_unit .* z_theta;
  vector[C] m_delta = 0.1 + 0.03 * z_m_delta;
  vector[C] s_delta = 0.05 * exp(0.5 * z_s_delta);
  vector[N] delta = m_delta[class] + s_delta[class] .* d;
  real m_kappa = 0.3 + 0.05 * z_m_kappa;
  real s_kappa = 0.1 * exp(0.5 * z_s_kappa);
  vector[N] kappa = m_kappa + s_kappa * g;
  real s_nu = 2 * exp(0.5 * z_s_nu);
  real nu_spread = sqrt(log1p(square(s_nu / nu_mean))); // of log nu, about
  vector[N] nu = nu_mean * exp(nu_spread * z_nu);
}
model {
  vector[K] log_root = log(diagonal(root));
  
  // Loadings and factors, as a density of (free, log L, x)
  target += student_t_lupdf(to_vector((prior_base + prior_complement * free) * root) | loading_dof, 0, loading_sd);
  for (k in 1 : K) {
    target += (q - k + 1 - T) * log_root[k];
  }
  target += factors_log_density(mdivide_left_tri_low(root, x'), coefficients, dynamics);
  target += normal_lupdf(coefficients | 0, dynamics_sd);
  
  // Effects
  target += log_half_normal([s_alpha]', alpha_scale) + student_t_lupdf(a | effect_dof, 0, 1);
  target += normal_lupdf(m_beta | 0, beta_mean_sd) + log_half_normal(s_beta, beta_scale)
            + student_t_lupdf(b | effect_dof, 0, 1);
  target += normal_lupdf(m_delta | delta_mean_mean, delta_mean_sd)
            + log_half_normal(s_delta, delta_scale) + student_t_lupdf(d | effect_dof, 0, 1);
  target += normal_lupdf(m_kappa | 0, kappa_mean_sd) + log_half_normal([s_kappa]', kappa_scale)
            + std_normal_lupdf(g);
  target += normal_lupdf(m_theta | theta_mean_mean, theta_mean_sd)
            + log_half_normal(s_theta, theta_scale)
            + student_t_lupdf(theta | nu_theta, m_theta[class], s_theta[class])
            + gamma_lupdf(nu_theta | theta_dof_shape, theta_dof_shape / theta_dof_mean)
            + log(nu_theta);
  target += log_half_normal([s_nu]', nu_scale)
            + gamma_lupdf(nu | square(nu_mean / s_nu), nu_mean / square(s_nu)) + sum(
            log(nu)) + N * log(nu_spread);
  
  if (M > 0) {
    vector[M] mean = (tilted[manual_asset] * x[T]') + alpha[manual_asset]
                     + beta[manual_asset] .* recent_return[T, manual_asset]';
    target += normal_lupdf(manual_mean | mean, manual_sd);
  }
  if (!prior_only) {
    target += m6_log_likelihood(tilted, x, alpha, beta, theta, delta, kappa, nu, returns, weight,
                                recent_return, recent_volatility, earnings);
  }
}
generated quantities {
  matrix[N, K] loadings = tilted * root; // W
  matrix[S, N] mu; // of the S periods before the last
  vector[N] mu_next; // of the last period
  vector[N] log_sigma_next;
  matrix[R, N] forecast; // draws of the last period's returns
  for (s in 1 : S) {
    int t = T - S - 1 + s;
    mu[s] = x[t] * tilted' + alpha' + beta' .* recent_return[t];
  }
  mu_next = tilted * x[T]' + alpha + beta .* recent_return[T]';
  log_sigma_next = theta + delta .* recent_volatility[T]' + kappa .* earnings[T]';
  {
    // Forecasts come in pairs about one mean, with opposite shocks. Unless manual forecasts speak of
    // them, the last period's factors are drawn anew for each pair.
    vector[N] mean = mu_next;
    vector[N] surprise;
    if (M == 0) {
      matrix[K, T] z = mdivide_left_tri_low(root, x');
      mean += tilted * (root * factors_expected(z, coefficients, dynamics)[ : , T - 1] - x[T]');
    }
    for (n in 1 : R) {
      if (n % 2 == 1) {
        surprise = to_vector(student_t_rng(nu, 0, exp(log_sigma_next)));
        if (M == 0) {
          surprise += loadings * to_vector(normal_rng(rep_vector(0, K), 1));
        }
      } else {
        surprise = -surprise;
      }
      forecast[n] = (mean + surprise)';
    }
  }
}

