generated quantities {
  real z = normal_rng(3, 2);
}
