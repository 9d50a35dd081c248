// The command line of a Stan program: a tree of arguments that is declared in one table
// (argument_table.cpp), filled from argv, read by name and printed into every output file.
#ifndef DRIVER_ARGUMENTS_HPP
#define DRIVER_ARGUMENTS_HPP

#include <stan/callbacks/structured_writer.hpp>
#include <stan/callbacks/writer.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace driver {

using Value = std::variant<bool, int, unsigned int, long long, double, std::string>;

// One node. A setting holds a value; a group holds further arguments; a choice is a setting whose
// value names one of its children, and only that child is in force; a flag is a childless name.
struct Argument {
  enum class Kind { setting, group, choice, flag };

  Kind kind;
  std::string name;
  std::string description;
  Value value;
  Value initial;
  std::string valid = "All";          // the legal values, in words
  std::string initial_text;           // the default, in words
  std::function<bool(const Value&)> accepts = [](const Value&) { return true; };
  std::function<std::string(const Value&)> shown;  // set where the value printed is another one
  std::vector<Argument> children;

  const Argument& operator[](const std::string& child) const;
  template <typename T>
  T value_as() const {
    return std::get<T>(value);
  }
  template <typename T>
  T get(const std::string& setting) const {
    return (*this)[setting].value_as<T>();
  }
  // The name and the node of the alternative that a choice has taken.
  const std::string& taken() const { return std::get<std::string>(value); }
  const Argument& chosen() const { return (*this)[taken()]; }
};

enum class Outcome { run, done, misused };

class CommandLine {
 public:
  CommandLine();

  // Reads argv. `done` means that help or build information was printed and nothing is to be run.
  Outcome parse(int argc, const char* argv[], stan::callbacks::writer& out,
                stan::callbacks::writer& err);

  const Argument& operator[](const std::string& name) const { return root_[name]; }
  const Argument& method() const { return root_["method"].chosen(); }
  bool runs(const std::string& name) const { return root_["method"].taken() == name; }
  unsigned int seed() const;

  // Every argument in force, as the comment lines of a CSV file or the members of a JSON object.
  void print(stan::callbacks::writer& out) const;
  void print(stan::callbacks::structured_writer& out) const;

 private:
  void usage(stan::callbacks::writer& out, const std::string& program) const;

  Argument root_;
};

}  // namespace driver
#endif
