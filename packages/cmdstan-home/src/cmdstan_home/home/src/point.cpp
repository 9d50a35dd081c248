// Methods about one point of the parameter space: its search, its log density, a check of the
// gradient there, and the normal approximation around it.
#include "run.hpp"

#include <stan/model/log_prob_grad.hpp>
#include <stan/services/diagnose/diagnose.hpp>
#include <stan/services/optimize/bfgs.hpp>
#include <stan/services/optimize/laplace_sample.hpp>
#include <stan/services/optimize/lbfgs.hpp>
#include <stan/services/optimize/newton.hpp>
#include <iomanip>

namespace driver {
namespace {

using Model = stan::model::model_base;
namespace services = stan::services;

// Where the Hessian is singular, Stan's Newton steps to a point without a density, goes on from zero
// and may end there with success. What it says of each step is the only sign.
class NewtonLogger final : public stan::callbacks::logger {
 public:
  explicit NewtonLogger(stan::callbacks::logger& out) : out_(out) {}

  void error(const std::string& message) override { out_.error(message); }
  void info(const std::string& message) override { out_.info(message); }
  void info(const std::stringstream& message) override {
    out_.info(message);
    const std::string text = message.str();
    if (text.rfind("Iteration", 0) != 0)
      return;
    for (const char* undefined : {"nan", "inf", "-1e+100"})
      if (text.find(undefined) != std::string::npos)
        throw std::domain_error("Newton's method met a singular Hessian and left the region where "
                                "the density is defined: use algorithm=lbfgs.");
  }

 private:
  stan::callbacks::logger& out_;
};

template <bool jacobian>
int optimize_with(Run& run) {
  const Argument& s = run.settings;
  const std::string& algorithm = s["algorithm"].taken();
  const Argument& tuning = s["algorithm"].chosen();
  const int iterations = s.get<int>("iter");
  const bool save = s.get<bool>("save_iterations");
  if (algorithm == "newton") {
    NewtonLogger checked(run.logger);
    return services::optimize::newton<Model, jacobian>(
        run.model, *run.inits[0], run.seed, run.id, run.init_radius, iterations, save,
        run.interrupt, checked, run.init_writers[0], run.draws[0]);
  }

  const double alpha = tuning.get<double>("init_alpha");
  const double tol_obj = tuning.get<double>("tol_obj");
  const double tol_rel_obj = tuning.get<double>("tol_rel_obj");
  const double tol_grad = tuning.get<double>("tol_grad");
  const double tol_rel_grad = tuning.get<double>("tol_rel_grad");
  const double tol_param = tuning.get<double>("tol_param");
  if (algorithm == "bfgs")
    return services::optimize::bfgs<Model, jacobian>(
        run.model, *run.inits[0], run.seed, run.id, run.init_radius, alpha, tol_obj, tol_rel_obj,
        tol_grad, tol_rel_grad, tol_param, iterations, save, run.refresh, run.interrupt,
        run.logger, run.init_writers[0], run.draws[0]);
  return services::optimize::lbfgs<Model, jacobian>(
      run.model, *run.inits[0], run.seed, run.id, run.init_radius,
      tuning.get<int>("history_size"), alpha, tol_obj, tol_rel_obj, tol_grad, tol_rel_grad,
      tol_param, iterations, save, run.refresh, run.interrupt, run.logger, run.init_writers[0],
      run.draws[0]);
}

}  // namespace

int optimize(Run& run) {
  return run.settings.get<bool>("jacobian") ? optimize_with<true>(run) : optimize_with<false>(run);
}

int laplace(Run& run) {
  const Argument& s = run.settings;
  const auto file = s.get<std::string>("mode");
  if (file.empty())
    throw std::invalid_argument("Missing mode argument, cannot get laplace sample without "
                                "parameter estimates theta-hat");
  const Eigen::VectorXd mode = read_mode(file, run.model);
  const auto draw = [&](auto jacobian) {
    return services::laplace_sample<decltype(jacobian)::value>(
        run.model, mode, s.get<int>("draws"), s.get<bool>("calculate_lp"), run.seed, run.refresh,
        run.interrupt, run.logger, run.draws[0], run.metrics[0]);
  };
  return s.get<bool>("jacobian") ? draw(std::true_type{}) : draw(std::false_type{});
}

int diagnose(Run& run) {
  const Argument& test = run.settings["test"].chosen();
  return services::diagnose::diagnose(run.model, *run.inits[0], run.seed, run.id, run.init_radius,
                                      test.get<double>("epsilon"), test.get<double>("error"),
                                      run.interrupt, run.logger, run.init_writers[0],
                                      run.draws[0]);
}

int log_prob(Run& run) {
  const Argument& s = run.settings;
  const auto unconstrained = s.get<std::string>("unconstrained_params");
  const auto constrained = s.get<std::string>("constrained_params");
  if (unconstrained.empty() && constrained.empty())
    throw std::invalid_argument(
        "No input parameter files provided, cannot calculate log probability density.");
  if (!unconstrained.empty() && !constrained.empty())
    throw std::invalid_argument("Cannot specify both input files of both constrained and "
                                "unconstrained parameter values.");
  Points points = constrained.empty() ? read_unconstrained(unconstrained, run.model)
                                      : read_constrained(constrained, run.model);

  // Rows go straight to the stream, at the precision that the user asked for.
  std::ostream& out = run.draws[0].get_stream();
  const int sig_figs = run.outputs.sig_figs;
  out << std::setprecision(sig_figs);
  std::vector<std::string> names;
  run.model.unconstrained_param_names(names, false, false);
  out << "lp__";
  for (const auto& name : names)
    out << ",g_" << name;
  out << "\n";
  try {
    std::vector<int> no_integers;
    std::vector<double> gradient;
    for (auto& point : points) {
      out << (s.get<bool>("jacobian")
                  ? stan::model::log_prob_grad<true, true>(run.model, point, no_integers, gradient)
                  : stan::model::log_prob_grad<true, false>(run.model, point, no_integers,
                                                            gradient));
      for (const double slope : gradient)
        out << "," << slope;
      out << "\n";
    }
    return services::error_codes::OK;
  } catch (const std::exception& e) {
    run.logger.error(std::string("Error during log_prob calculation:\n") + e.what() + "\n");
    return services::error_codes::SOFTWARE;
  }
}

}  // namespace driver
