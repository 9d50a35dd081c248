#include "argument_table.hpp"

#include <stan/math/prim/core/init_threadpool_tbb.hpp>
#include <chrono>
#include <climits>
#include <sstream>

namespace driver {
namespace {

using Kind = Argument::Kind;

struct Range {
  std::string words;
  std::function<bool(double)> holds;
};

const Range nonnegative{"0 <= %", [](double x) { return x >= 0; }};
const Range positive{"0 < %", [](double x) { return x > 0; }};
const Range acceptance{"0.100000 <= % <= 1.000000", [](double x) { return x >= 0.1 && x < 1; }};
const Range fraction{"0.000000 <= % <= 1.000000", [](double x) { return x >= 0 && x <= 1; }};

Argument setting(std::string name, std::string description, Value initial) {
  Argument a{Kind::setting, std::move(name), std::move(description), initial, initial};
  a.initial_text = text(initial);
  if (std::holds_alternative<bool>(initial))
    a.valid = "[0, 1, false, true]";
  return a;
}

template <typename T>
Argument number(std::string name, std::string description, T initial, const Range& range) {
  Argument a = setting(std::move(name), std::move(description), initial);
  a.accepts = [range](const Value& v) { return range.holds(static_cast<double>(std::get<T>(v))); };
  a.valid = range.words;
  if (const auto place = a.valid.find('%'); place != std::string::npos)
    a.valid.replace(place, 1, a.name);
  return a;
}

Argument integer(std::string name, std::string description, int initial, const Range& range) {
  return number<int>(std::move(name), std::move(description), initial, range);
}

Argument real(std::string name, std::string description, double initial, const Range& range) {
  return number<double>(std::move(name), std::move(description), initial, range);
}

Argument file(std::string name, std::string description, const std::string& initial = "") {
  Argument a = setting(std::move(name), std::move(description), initial);
  a.valid = "Path to existing file";
  a.initial_text = initial.empty() ? "\"\"" : initial;
  return a;
}

Argument group(std::string name, std::string description, std::vector<Argument> children) {
  Argument a{Kind::group, std::move(name), std::move(description)};
  a.children = std::move(children);
  return a;
}

Argument flag(std::string name, std::string description) {
  return Argument{Kind::flag, std::move(name), std::move(description)};
}

Argument choice(std::string name, std::string description, const std::string& initial,
                std::vector<Argument> children) {
  Argument a{Kind::choice, std::move(name), std::move(description), initial, initial};
  a.children = std::move(children);
  a.initial_text = initial;
  a.valid.clear();
  for (const auto& child : a.children)
    a.valid += (a.valid.empty() ? "" : ", ") + child.name;
  return a;
}

std::vector<Argument> bfgs_settings() {
  return {
      real("init_alpha", "Line search step size for first iteration", 0.001, positive),
      real("tol_obj", "Convergence tolerance on absolute changes in objective function value",
           1e-12, positive),
      real("tol_rel_obj", "Convergence tolerance on relative changes in objective function value",
           1e4, positive),
      real("tol_grad", "Convergence tolerance on the norm of the gradient", 1e-8, positive),
      real("tol_rel_grad", "Convergence tolerance on the relative norm of the gradient", 1e7,
           positive),
      real("tol_param", "Convergence tolerance on changes in parameter value", 1e-8, positive),
  };
}

std::vector<Argument> lbfgs_settings() {
  auto settings = bfgs_settings();
  settings.push_back(
      integer("history_size", "Amount of history to keep for L-BFGS", 5, positive));
  return settings;
}

Argument jacobian(bool initial) {
  return setting("jacobian",
                 "When true, include change-of-variables adjustment for constraining parameter "
                 "transforms",
                 initial);
}

Argument sample_method() {
  return group(
      "sample", "Bayesian inference with Markov Chain Monte Carlo",
      {
          integer("num_samples", "Number of sampling iterations", 1000, nonnegative),
          integer("num_warmup", "Number of warmup iterations", 1000, nonnegative),
          setting("save_warmup", "Stream warmup samples to output?", false),
          integer("thin", "Period between saved samples", 1, positive),
          group("adapt", "Warmup Adaptation",
                {
                    setting("engaged", "Adaptation engaged?", true),
                    real("gamma", "Adaptation regularization scale", 0.05, positive),
                    real("delta", "Adaptation target acceptance statistic", 0.8, acceptance),
                    real("kappa", "Adaptation relaxation exponent", 0.75, positive),
                    real("t0", "Adaptation iteration offset", 10.0, positive),
                    setting("init_buffer", "Width of initial fast adaptation interval", 75u),
                    setting("term_buffer", "Width of final fast adaptation interval", 50u),
                    setting("window", "Initial width of slow adaptation interval", 25u),
                    setting("save_metric", "Save metric as JSON?", false),
                }),
          choice("algorithm", "Sampling algorithm", "hmc",
                 {
                     group("hmc", "Hamiltonian Monte Carlo",
                           {
                               choice("engine", "Engine for Hamiltonian Monte Carlo", "nuts",
                                      {
                                          group("static", "Static integration time",
                                                {real("int_time",
                                                      "Total integration time for Hamiltonian "
                                                      "evolution, default is 2 * pi",
                                                      6.28318530717959, positive)}),
                                          group("nuts", "The No-U-Turn Sampler",
                                                {integer("max_depth", "Maximum tree depth", 10,
                                                         positive)}),
                                      }),
                               choice("metric", "Geometry of base manifold", "diag_e",
                                      {
                                          flag("unit_e", "Euclidean manifold with unit metric"),
                                          flag("diag_e", "Euclidean manifold with diag metric"),
                                          flag("dense_e", "Euclidean manifold with dense metric"),
                                      }),
                               file("metric_file", "Input file with precomputed Euclidean metric"),
                               real("stepsize", "Step size for discrete evolution", 1.0, positive),
                               real("stepsize_jitter",
                                    "Uniformly random jitter of the stepsize, in percent", 0.0,
                                    fraction),
                           }),
                     flag("fixed_param", "Fixed Parameter Sampler"),
                 }),
          integer("num_chains", "Number of chains", 1, positive),
      });
}

Argument optimize_method() {
  return group(
      "optimize", "Point estimation",
      {
          choice("algorithm", "Optimization algorithm", "lbfgs",
                 {
                     group("bfgs", "BFGS with linesearch", bfgs_settings()),
                     group("lbfgs", "LBFGS with linesearch", lbfgs_settings()),
                     group("newton", "Newton's method", {}),
                 }),
          jacobian(false),
          integer("iter", "Total number of iterations", 2000, positive),
          setting("save_iterations", "Stream optimization progress to output?", false),
      });
}

Argument variational_method() {
  return group(
      "variational", "Variational inference",
      {
          choice("algorithm", "Variational inference algorithm", "meanfield",
                 {
                     group("meanfield", "mean-field approximation", {}),
                     group("fullrank", "full-rank covariance", {}),
                 }),
          integer("iter", "Maximum number of ADVI iterations", 10000, positive),
          integer("grad_samples", "Number of Monte Carlo draws for computing the gradient", 1,
                  positive),
          integer("elbo_samples", "Number of Monte Carlo draws for estimate of ELBO", 100,
                  positive),
          real("eta", "Stepsize scaling parameter", 1.0, positive),
          group("adapt", "Eta Adaptation for Variational Inference",
                {
                    setting("engaged", "Boolean flag for eta adaptation.", true),
                    integer("iter", "Number of iterations for eta adaptation.", 50, positive),
                }),
          real("tol_rel_obj", "Relative tolerance parameter for convergence.", 0.01, positive),
          integer("eval_elbo", "Number of iterations between ELBO evaluations", 100, positive),
          integer("output_samples",
                  "Number of approximate posterior output draws to save.", 1000, positive),
      });
}

Argument pathfinder_method() {
  auto settings = lbfgs_settings();
  settings.push_back(integer("num_psis_draws", "Number of draws from PSIS sample", 1000, positive));
  settings.push_back(integer("num_paths", "Number of single pathfinders", 4, positive));
  settings.push_back(setting("save_single_paths",
                             "Output single-path pathfinder draws as CSV", false));
  settings.push_back(setting("psis_resample",
                             "If true, perform psis resampling on samples returned from "
                             "individual pathfinders. If false, returns num_paths * num_draws "
                             "samples",
                             true));
  settings.push_back(setting("calculate_lp",
                             "If true, individual pathfinders lp calculations are calculated and "
                             "returned with the output. If false, each pathfinder will only "
                             "calculate the lp values needed for the elbo calculation. If false, "
                             "psis resampling cannot be performed and the algorithm returns "
                             "num_paths * num_draws samples. The output will still contain any "
                             "lp values used when calculating ELBO scores within LBFGS "
                             "iterations.",
                             true));
  settings.push_back(integer("max_lbfgs_iters", "Maximum number of LBFGS iterations", 1000,
                             positive));
  settings.push_back(integer("num_draws", "Number of approximate posterior draws", 1000, positive));
  settings.push_back(integer("num_elbo_draws", "Number of Monte Carlo draws to evaluate ELBO", 25,
                             positive));
  return group("pathfinder", "Pathfinder algorithm", std::move(settings));
}

std::vector<Argument> methods() {
  return {
      sample_method(),
      optimize_method(),
      variational_method(),
      group("diagnose", "Model diagnostics",
            {choice("test", "Diagnostic test", "gradient",
                    {group("gradient", "Check model gradient against finite differences",
                           {real("epsilon", "Finite difference step size", 1e-6, positive),
                            real("error", "Error threshold", 1e-6, positive)})})}),
      group("generate_quantities", "Generate quantities of interest",
            {file("fitted_params",
                  "Input file of sample of fitted parameter values for model conditioned on data"),
             integer("num_chains", "Number of chains", 1, positive)}),
      pathfinder_method(),
      group("log_prob",
            "Return the log density up to a constant and its gradients, given supplied parameters",
            {file("unconstrained_params",
                  "Input file (JSON or R dump) of parameter values on unconstrained scale"),
             file("constrained_params",
                  "Input file (JSON or R dump) of parameter values on constrained scale"),
             jacobian(true)}),
      group("laplace", "Sample from a Laplace approximation",
            {file("mode",
                  "A specification of a mode on the constrained scale for all model parameters, "
                  "either in JSON or CSV format."),
             jacobian(true),
             integer("draws", "Number of draws from the laplace approximation", 1000, nonnegative),
             setting("calculate_lp", "If true, calculate the log probability of the model at each "
                     "draw.", true)}),
  };
}

}  // namespace

std::string text(const Value& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          return v ? "true" : "false";
        } else {
          std::ostringstream out;
          out << v;
          return out.str();
        }
      },
      value);
}

unsigned int clock_seed() {
  using namespace std::chrono;
  static const auto seed = static_cast<unsigned int>(
      duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
  return seed;
}

Argument argument_table() {
  Argument seed = number<long long>(
      "seed", "Random number generator seed", -1,
      {"non-negative integer < 4294967296  or -1 to generate seed from system time",
       [](double x) { return x >= -1 && x <= UINT_MAX; }});
  seed.shown = [](const Value& v) {
    return std::get<long long>(v) == -1 ? std::to_string(clock_seed()) : text(v);
  };

  const int threads = stan::math::internal::get_num_threads();
#ifdef STAN_THREADS
  Argument num_threads = integer("num_threads", "Number of threads available to the program.",
                                 threads,
                                 {"num_threads > 0 || num_threads == -1",
                                  [](double x) { return x > 0 || x == -1; }});
  num_threads.initial_text
      = "1 or the value of the STAN_NUM_THREADS environment variable if set.";
#else
  Argument num_threads = integer("num_threads",
                                 "Number of threads available to the program. To use this "
                                 "argument, re-compile this model with STAN_THREADS=true.",
                                 threads,
                                 {"num_threads == 1", [](double x) { return x == 1; }});
  num_threads.initial_text = "1";
#endif

  Argument init = setting("init",
                          "Initialization method: \"x\" initializes randomly between [-x, x], "
                          "\"0\" initializes to 0, anything else identifies a file of values",
                          std::string("2"));
  init.initial_text = "\"2\"";

  Argument output = file("file", "Output file", "output.csv");
  output.valid = "Path to existing file";

  return group(
      "", "",
      {
          choice("method", "Analysis method (Note that method= is optional)", "sample", methods()),
          integer("id", "Unique process identifier", 1, {"id >= 0", nonnegative.holds}),
          group("data", "Input data options", {file("file", "Input data file")}),
          std::move(init),
          group("random", "Random number configuration", {std::move(seed)}),
          group("output", "File output options",
                {
                    std::move(output),
                    file("diagnostic_file", "Auxiliary output file for diagnostic information"),
                    integer("refresh", "Number of iterations between screen updates", 100,
                            nonnegative),
                    integer("sig_figs",
                            "The number of significant figures used for the output CSV files.", -1,
                            {"0 <= integer <= 18 or -1 to use the default number of significant "
                             "figures",
                             [](double x) { return x >= -1 && x <= 18; }}),
                    file("profile_file", "File to store profiling information", "profile.csv"),
                    setting("save_cmdstan_config",
                            "Save the CmdStan configuration (parsed arguments + default values) as "
                            "JSON alongside the output files",
                            false),
                }),
          std::move(num_threads),
      });
}

}  // namespace driver
