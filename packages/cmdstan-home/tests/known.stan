// Posteriors known in closed form: x is normal with the given mean and covariance, s is
// gamma(3, 2) (mode 1 on its own scale, 3/2 on the log scale), theta is beta(1 + sum(y), ...).
data {
  int<lower=0> N;
  array[N] int<lower=0, upper=1> y;
}
transformed data {
  vector[2] mean_x = [1, -2]';
  matrix[2, 2] cov_x = [[1, 1.8], [1.8, 4]];
}
parameters {
  vector[2] x;
  real<lower=0> s;
  real<lower=0, upper=1> theta;
}
model {
  x ~ multi_normal(mean_x, cov_x);
  s ~ gamma(3, 2);
  profile("likelihood") {
    y ~ bernoulli(theta);
  }
}
generated quantities {
  int successes = binomial_rng(N, theta);
  real doubled = 2 * s;
}
