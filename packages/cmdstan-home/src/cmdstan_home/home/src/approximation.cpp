// Variational inference, Pathfinder, and generated quantities of draws made earlier.
#include "run.hpp"

#include <stan/services/experimental/advi/fullrank.hpp>
#include <stan/services/experimental/advi/meanfield.hpp>
#include <stan/services/pathfinder/multi.hpp>
#include <stan/services/pathfinder/single.hpp>
#include <stan/services/sample/standalone_gqs.hpp>

namespace driver {

namespace services = stan::services;

namespace {

// With several chains Stan 2.35 hands over rows of parameters and quantities under a header of
// quantities alone. This writer keeps the quantities.
class QuantityWriter final : public stan::callbacks::writer {
 public:
  QuantityWriter(CsvWriter& out, std::size_t num_parameters)
      : out_(out), num_parameters_(num_parameters) {}

  void operator()(const std::vector<std::string>& names) override { out_(names); }
  void operator()(const Eigen::Ref<Eigen::Matrix<double, -1, -1>>& row) override {
    out_(std::vector<double>(row.data() + num_parameters_, row.data() + row.size()));
  }

 private:
  CsvWriter& out_;
  std::size_t num_parameters_;
};

}  // namespace

int variational(Run& run) {
  const Argument& s = run.settings;
  const auto approximate = [&](auto family) {
    return family(run.model, *run.inits[0], run.seed, run.id, run.init_radius,
                  s.get<int>("grad_samples"), s.get<int>("elbo_samples"), s.get<int>("iter"),
                  s.get<double>("tol_rel_obj"), s.get<double>("eta"),
                  s["adapt"].get<bool>("engaged"), s["adapt"].get<int>("iter"),
                  s.get<int>("eval_elbo"), s.get<int>("output_samples"), run.interrupt, run.logger,
                  run.init_writers[0], run.draws[0], run.diagnostics[0]);
  };
  if (s["algorithm"].taken() == "fullrank")
    return approximate([](auto&&... given) {
      return services::experimental::advi::fullrank(std::forward<decltype(given)>(given)...);
    });
  return approximate([](auto&&... given) {
    return services::experimental::advi::meanfield(std::forward<decltype(given)>(given)...);
  });
}

int pathfinder(Run& run) {
  const Argument& s = run.settings;
  const int num_paths = static_cast<int>(run.num_chains);
  const int num_draws = s.get<int>("num_draws");
  const int num_psis_draws = s.get<int>("num_psis_draws");
  const bool calculate_lp = s.get<bool>("calculate_lp");
  if (num_psis_draws > num_draws * num_paths)
    run.logger.warn(
        "Warning: Number of PSIS draws is larger than the total number of draws returned by the "
        "single Pathfinders. This is likely unintentional and leads to re-sampling from the same "
        "draws.");
  if (run.model.num_params_r() == 0)
    throw std::invalid_argument("Model has 0 parameters, cannot run Pathfinder.");

  // A file of diagnostics asks for the single paths too, but only where there is a single one.
  const bool diagnose = !run.args["output"].get<std::string>("diagnostic_file").empty();
  const bool save_paths = s.get<bool>("save_single_paths") || (num_paths == 1 && diagnose);

  const auto search = [&](auto service, auto&... start) {
    return service(run.model, start..., run.seed, run.id, run.init_radius,
                   s.get<int>("history_size"), s.get<double>("init_alpha"),
                   s.get<double>("tol_obj"), s.get<double>("tol_rel_obj"),
                   s.get<double>("tol_grad"), s.get<double>("tol_rel_grad"),
                   s.get<double>("tol_param"), s.get<int>("max_lbfgs_iters"),
                   s.get<int>("num_elbo_draws"), num_draws);
  };
  if (num_paths == 1)
    return search(
        [&](auto&&... given) {
          return services::pathfinder::pathfinder_lbfgs_single<false, stan::model::model_base>(
              given..., save_paths, run.refresh, run.interrupt, run.logger, run.init_writers[0],
              run.draws[0], run.metrics[0], calculate_lp);
        },
        *run.inits[0]);

  // The resampled draws of all paths go to the file that the user named.
  const std::string name = chain_names(run.outputs.file, "", ".csv", 1, run.id)[0];
  CsvWriter pooled(open_output(name, run.outputs.sig_figs), "# ");
  write_config(pooled, run.args, run.model);
  JsonWriter no_diagnostics;
  return search(
      [&](auto&&... given) {
        return services::pathfinder::pathfinder_lbfgs_multi<stan::model::model_base>(
            given..., num_psis_draws, num_paths, save_paths, run.refresh, run.interrupt,
            run.logger, run.init_writers, run.draws, run.metrics, pooled, no_diagnostics,
            calculate_lp, s.get<bool>("psis_resample"));
      },
      run.inits);
}

int generate_quantities(Run& run) {
  const auto file = run.settings.get<std::string>("fitted_params");
  if (file.empty())
    throw std::invalid_argument(
        "Missing fitted_params argument, cannot run generate_quantities without fitted sample.");
  if (split_suffix(file).suffix != ".csv")
    throw std::invalid_argument("Fitted params file must be a CSV file.");
  std::vector<Eigen::MatrixXd> fitted;
  for (const auto& name : chain_names(file, "", ".csv", run.num_chains, run.id))
    fitted.push_back(read_draws(name, run.model));
  if (run.num_chains == 1)
    return services::standalone_generate(run.model, fitted[0], run.seed, run.interrupt, run.logger,
                                         run.draws[0]);
  std::vector<QuantityWriter> writers;
  for (auto& draws : run.draws)
    writers.emplace_back(draws, fitted[0].cols());
  return services::standalone_generate(run.model, static_cast<int>(run.num_chains), fitted,
                                       run.seed, run.interrupt, run.logger, writers);
}

}  // namespace driver
