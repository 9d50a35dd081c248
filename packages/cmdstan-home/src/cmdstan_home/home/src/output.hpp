// What every output says of the program that wrote it, and the writers that a run writes with.
#ifndef DRIVER_OUTPUT_HPP
#define DRIVER_OUTPUT_HPP

#include <stan/callbacks/json_writer.hpp>
#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/unique_stream_writer.hpp>
#include <stan/callbacks/writer.hpp>
#include <stan/math/rev/core/profiling.hpp>
#include <stan/model/model_base.hpp>
#include <fstream>
#include <string>
#include <vector>

namespace driver {

class CommandLine;

using CsvWriter = stan::callbacks::unique_stream_writer<std::ofstream>;
using JsonWriter = stan::callbacks::json_writer<std::ofstream>;

void write_version(stan::callbacks::writer& out);
void write_build_flags(stan::callbacks::writer& out);

// The block of comments that opens a CSV file of draws; the same facts as JSON; and the shorter
// block that opens a file of diagnostics.
void write_config(stan::callbacks::writer& out, const CommandLine& args,
                  const stan::model::model_base& model);
void write_config(stan::callbacks::structured_writer& out, const CommandLine& args,
                  const stan::model::model_base& model);
void write_short_config(stan::callbacks::writer& out, const CommandLine& args,
                        const stan::model::model_base& model);

void write_profile(std::ostream& out, const stan::math::profile_map& profile);

// Which files a run writes, and under which names.
struct Outputs {
  std::string file;
  std::string diagnostic_file;
  int sig_figs;
  std::size_t num_chains;
  unsigned int id;

  std::vector<CsvWriter> csv(const std::string& name, const std::string& tag = "") const;
  std::vector<JsonWriter> json(const std::string& name, const std::string& tag = "") const;
  // Writers that drop what they are given.
  std::vector<CsvWriter> no_csv() const;
  std::vector<JsonWriter> no_json() const;
};

}  // namespace driver
#endif
