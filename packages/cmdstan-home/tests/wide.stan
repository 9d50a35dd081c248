// Rows of about 400 kB, longer than a stream's usual buffer and many pages of memory.
generated quantities {
  array[50000] real z = normal_rng(rep_vector(0, 50000), 1);
}
