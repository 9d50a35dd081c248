// Rows of about 16 kB, longer than a stream's usual buffer.
generated quantities {
  array[2000] real z = normal_rng(rep_vector(0, 2000), 1);
}
