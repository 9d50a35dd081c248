// Independent of the driver: calls Stan's services with every argument written out, and writes the
// draws with Stan's own stream writer. Compiled with a model's C++ in front (-include).
#include <stan/callbacks/stream_logger.hpp>
#include <stan/callbacks/stream_writer.hpp>
#include <stan/io/empty_var_context.hpp>
#include <stan/io/json/json_data.hpp>
#include <stan/services/optimize/lbfgs.hpp>
#include <stan/services/sample/hmc_nuts_dense_e_adapt.hpp>
#include <stan/services/sample/hmc_nuts_diag_e_adapt.hpp>
#include <fstream>
#include <iostream>
#include <string>

int main(int, char* argv[]) {
  const std::string method = argv[1];
  std::ifstream file(argv[2]);
  const unsigned int seed = std::stoul(argv[3]);
  const unsigned int id = std::stoul(argv[4]);

  stan::json::json_data data(file);
  stan::model::model_base& model = new_model(data, seed, &std::cerr);
  stan::io::empty_var_context init;
  stan::callbacks::interrupt interrupt;
  stan::callbacks::stream_logger logger(std::cerr, std::cerr, std::cerr, std::cerr, std::cerr);
  stan::callbacks::writer nowhere;
  stan::callbacks::stream_writer draws(std::cout, "# ");

  if (method == "lbfgs")
    return stan::services::optimize::lbfgs<stan::model::model_base, false>(
        model, init, seed, id, 2.0, 5, 0.001, 1e-12, 1e4, 1e-8, 1e7, 1e-8, 2000, false, 100,
        interrupt, logger, nowhere, draws);
  if (method == "dense_e")
    return stan::services::sample::hmc_nuts_dense_e_adapt(
        model, init, seed, id, 2.0, 1000, 1000, 1, false, 100, 1.0, 0.0, 10, 0.8, 0.05, 0.75, 10.0,
        75, 50, 25, interrupt, logger, nowhere, draws, nowhere);
  return stan::services::sample::hmc_nuts_diag_e_adapt(
      model, init, seed, id, 2.0, 1000, 1000, 1, false, 100, 1.0, 0.0, 10, 0.8, 0.05, 0.75, 10.0,
      75, 50, 25, interrupt, logger, nowhere, draws, nowhere);
}
