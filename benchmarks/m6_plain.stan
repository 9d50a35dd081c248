/* The M6 factor model as one would write it down: independent standard normal innovations, loadings
   with their prior, effects by class not centred, automatic differentiation. For timings beside
   stan/m6_factor.stan, whose data it takes, and to compare posteriors with; ar1 and free loadings
   only. */
data {
  int<lower=1> T;
  int<lower=1> N;
  int<lower=1> K;
  int<lower=1> C;
  array[N] int<lower=1, upper=C> class;
  matrix[T, N] returns;
  matrix<lower=0, upper=1>[T, N] weight;
  matrix[T, N] recent_return;
  matrix[T, N] recent_volatility;
  matrix[T, N] earnings;
  real<lower=0> loading_dof;
  real<lower=0> loading_sd;
  real<lower=0> dynamics_sd;
  real<lower=0> effect_dof;
  real<lower=0> alpha_scale;
  real<lower=0> beta_mean_sd;
  real<lower=0> beta_scale;
  real theta_mean_mean;
  real<lower=0> theta_mean_sd;
  real<lower=0> theta_scale;
  real<lower=0> theta_dof_mean;
  real<lower=0> theta_dof_sd;
  real delta_mean_mean;
  real<lower=0> delta_mean_sd;
  real<lower=0> delta_scale;
  real<lower=0> kappa_mean_sd;
  real<lower=0> kappa_scale;
  real<lower=0> nu_mean;
  real<lower=0> nu_scale;
}
transformed data {
  int n_cells = 0;
  real theta_dof_shape = square(theta_dof_mean / theta_dof_sd);
  for (i in 1 : N) {
    for (t in 1 : T) {
      n_cells += weight[t, i] > 0;
    }
  }
  array[n_cells] int asset;
  array[n_cells] int cell;
  {
    int at = 0;
    for (i in 1 : N) {
      for (t in 1 : T) {
        if (weight[t, i] > 0) {
          at += 1;
          asset[at] = i;
          cell[at] = (i - 1) * T + t;
        }
      }
    }
  }
  vector[n_cells] y = to_vector(returns)[cell];
  vector[n_cells] omega = to_vector(weight)[cell];
}
parameters {
  matrix[N, K] w;
  matrix[T, K] z;
  real<lower=-1, upper=1> rho;
  real<lower=0> s_alpha;
  vector[N] a;
  vector[C] m_beta;
  vector<lower=0>[C] s_beta;
  vector[N] b;
  vector[C] m_theta;
  vector<lower=0>[C] s_theta;
  real<lower=0> nu_theta;
  vector[N] u;
  vector[C] m_delta;
  vector<lower=0>[C] s_delta;
  vector[N] d;
  real m_kappa;
  real<lower=0> s_kappa;
  vector[N] g;
  real<lower=0> s_nu;
  vector<lower=0>[N] nu;
}
transformed parameters {
  vector[N] alpha = s_alpha * a;
  vector[N] beta = m_beta[class] + s_beta[class] .* b;
  vector[N] theta = m_theta[class] + s_theta[class] .* u;
  vector[N] delta = m_delta[class] + s_delta[class] .* d;
  vector[N] kappa = m_kappa + s_kappa * g;
}
model {
  vector[n_cells] mu = to_vector(z * w' + diag_post_multiply(recent_return, beta))[cell]
                       + alpha[asset];
  vector[n_cells] log_sigma = to_vector(diag_post_multiply(recent_volatility, delta)
                                        + diag_post_multiply(earnings, kappa))[cell]
                              + theta[asset];
  vector[n_cells] v = nu[asset];
  vector[N] constant = lgamma(0.5 * (nu + 1)) - lgamma(0.5 * nu) - 0.5 * log(nu * pi());
  
  to_vector(w) ~ student_t(loading_dof, 0, loading_sd);
  rho ~ normal(0, dynamics_sd);
  z[1] ~ normal(0, 1 / sqrt(1 - square(rho)));
  to_vector(z[2 : T] - rho * z[1 : (T - 1)]) ~ std_normal();
  s_alpha ~ normal(0, alpha_scale);
  a ~ student_t(effect_dof, 0, 1);
  m_beta ~ normal(0, beta_mean_sd);
  s_beta ~ normal(0, beta_scale);
  b ~ student_t(effect_dof, 0, 1);
  m_theta ~ normal(theta_mean_mean, theta_mean_sd);
  s_theta ~ normal(0, theta_scale);
  nu_theta ~ gamma(theta_dof_shape, theta_dof_shape / theta_dof_mean);
  u ~ student_t(nu_theta, 0, 1);
  m_delta ~ normal(delta_mean_mean, delta_mean_sd);
  s_delta ~ normal(0, delta_scale);
  d ~ student_t(effect_dof, 0, 1);
  m_kappa ~ normal(0, kappa_mean_sd);
  s_kappa ~ normal(0, kappa_scale);
  g ~ std_normal();
  s_nu ~ normal(0, nu_scale);
  nu ~ gamma(square(nu_mean / s_nu), nu_mean / square(s_nu));
  
  target += dot_product(omega,
                        constant[asset] - log_sigma
                        - 0.5 * (v + 1) .* log1p(square((y - mu) ./ exp(log_sigma)) ./ v));
}
generated quantities {
  matrix[N, N] common_cov = tcrossprod(w);
}

