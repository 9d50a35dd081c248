/* The factor model with stochastic volatility as one would first write it: the yardstick of
   bench_stan_models.py. Priors as in stan/favar_sv.stan, states sampled as they are. */
data {
  int<lower=1> T, N, K, L, P;
  matrix[T, N] y;
  vector<lower=0>[K] q_scale;
}
transformed data {
  int n_free = N * K - (K * (K + 1)) %/% 2;
}
parameters {
  vector<lower=0>[K] diagonal_loadings;
  vector[n_free] free_loadings;
  cov_matrix[K] q;
  array[L] matrix[K, K] phi;
  matrix[T, K] f;
  vector[N] mu;
  vector<lower=-1, upper=1>[N] psi;
  vector<lower=0>[N] gamma2;
  matrix[T, N] h;
}
transformed parameters {
  matrix[N, K] loadings = rep_matrix(0, N, K);
  {
    int at = 1;
    for (k in 1 : K) {
      loadings[k, k] = diagonal_loadings[k];
      for (i in (k + 1) : N) {
        loadings[i, k] = free_loadings[at];
        at += 1;
      }
    }
  }
}
model {
  diagonal_loadings ~ std_normal();
  free_loadings ~ std_normal();
  q ~ inv_wishart(N + K + 2, diag_matrix(q_scale));
  for (l in 1 : L) {
    for (j in 1 : K) {
      phi[l][ : , j] ~ multi_normal(rep_vector(0, K), q / (l * q_scale[j]));
    }
  }
  for (t in 1 : T) {
    vector[K] mean = rep_vector(0, K);
    for (l in 1 : min(L, t - 1)) {
      mean += phi[l] * f[t - l]';
    }
    f[t] ~ multi_normal(mean, q);
  }
  mu ~ normal(0, sqrt(10));
  psi ~ normal(0.95, 1e-3);
  gamma2 ~ inv_gamma(0.5, 0.005);
  for (i in 1 : N) {
    h[1, i] ~ normal(mu[i] / (1 - psi[i]), sqrt(gamma2[i] / (1 - square(psi[i]))));
    h[2 : T, i] ~ normal(mu[i] + psi[i] * h[1 : (T - 1), i], sqrt(gamma2[i]));
    y[ : , i] ~ normal(f * loadings[i]', exp(0.5 * h[ : , i]));
  }
}
generated quantities {
  vector[N] fitted_sum = loadings * (rep_row_vector(1, P) * f[(T - P + 1) : T])';
}

