// The log density does not depend on y, so its Hessian is singular everywhere.
parameters {
  real x;
  real y;
}
model {
  target += -square(x - 1);
}
