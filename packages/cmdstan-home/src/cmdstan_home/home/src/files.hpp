// Names and contents of the files that a run reads and writes.
#ifndef DRIVER_FILES_HPP
#define DRIVER_FILES_HPP

#include <stan/io/var_context.hpp>
#include <stan/math/prim/fun/Eigen.hpp>
#include <stan/model/model_base.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace driver {

using Context = std::shared_ptr<stan::io::var_context>;

// "a/b.csv" -> {"a/b", ".csv"}. A leading or trailing dot starts no suffix.
struct SplitName {
  std::string base;
  std::string suffix;
};
SplitName split_suffix(const std::string& name);

// One name per chain: base + tag + "_<id>" (with several chains) + suffix. A list of names
// separated by commas, one per chain, is taken as it is.
std::vector<std::string> chain_names(const std::string& name, const std::string& tag,
                                     const std::string& suffix, std::size_t num_chains,
                                     unsigned int id);

void refuse_bad_output_name(const std::string& name);
void refuse_same_file(const std::string& role, const std::string& input,
                      const std::string& output);

std::ifstream open_input(const std::string& name);

// A file whose rows, up to a mebibyte each, reach the disk whole: a row is buffered until its end of
// line, and the signal that ends the run waits for the row that is being written.
std::unique_ptr<std::ofstream> open_output(const std::string& name, int sig_figs);

// JSON or R dump; the empty name stands for no values.
Context read_context(const std::string& name);
std::vector<Context> read_contexts(const std::string& name, std::size_t num_chains,
                                   unsigned int id);

// The draws of the model's parameters in a CSV file that this program or CmdStan wrote.
Eigen::MatrixXd read_draws(const std::string& name, const stan::model::model_base& model);

// Points of the unconstrained space, from files of either scale.
using Points = std::vector<std::vector<double>>;
Points read_unconstrained(const std::string& name, const stan::model::model_base& model);
Points read_constrained(const std::string& name, const stan::model::model_base& model);
Eigen::VectorXd read_mode(const std::string& name, const stan::model::model_base& model);

}  // namespace driver
#endif
