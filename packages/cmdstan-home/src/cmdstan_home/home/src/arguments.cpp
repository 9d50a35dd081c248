#include "arguments.hpp"
#include "argument_table.hpp"
#include "output.hpp"

#include <iomanip>
#include <sstream>

namespace driver {
namespace {

using Kind = Argument::Kind;
using Writer = stan::callbacks::writer;

// ---- printing ----------------------------------------------------------------------------------

std::string shown(const Argument& a) { return a.shown ? a.shown(a.value) : text(a.value); }

void print_tree(const Argument& a, int depth, Writer& out) {
  const std::string indent(2 * depth, ' ');
  if (a.kind == Kind::flag)
    return;
  if (a.kind == Kind::group) {
    out(indent + a.name);
    for (const auto& child : a.children)
      print_tree(child, depth + 1, out);
    return;
  }
  out(indent + a.name + " = " + shown(a) + (a.value == a.initial ? " (Default)" : ""));
  if (a.kind == Kind::choice)
    print_tree(a.chosen(), depth + 1, out);
}

void print_tree(const Argument& a, stan::callbacks::structured_writer& out) {
  switch (a.kind) {
    case Kind::flag:
      return;
    case Kind::setting:
      std::visit([&](const auto& v) { out.write(a.name, v); }, a.value);
      return;
    case Kind::choice:
      out.begin_record(a.name);
      out.write("value", a.taken());
      print_tree(a.chosen(), out);
      out.end_record();
      return;
    case Kind::group:
      out.begin_record(a.name);
      for (const auto& child : a.children)
        print_tree(child, out);
      out.end_record();
  }
}

const char* type_name(const Value& value) {
  static const char* names[] = {"boolean", "int", "unsigned int", "long long int",
                                "double", "string"};
  return names[value.index()];
}

void print_help(const Argument& a, int depth, bool whole, Writer& out) {
  const std::string indent(2 * depth, ' ');
  const bool valued = a.kind == Kind::setting || a.kind == Kind::choice;
  const char* type = a.kind == Kind::choice ? "list element" : type_name(a.value);
  out(indent + a.name + (valued ? std::string("=<") + type + ">" : ""));
  out(indent + "  " + a.description);
  if (valued) {
    out(indent + "  Valid values: " + a.valid);
    out(indent + "  Defaults to " + a.initial_text);
  } else if (!a.children.empty()) {
    std::string names;
    for (const auto& child : a.children)
      names += (names.empty() ? " " : ", ") + child.name;
    out(indent + "  Valid subarguments:" + names);
  }
  out();
  if (whole)
    for (const auto& child : a.children)
      print_help(child, depth + 1, true, out);
}

// Every place of the tree where an argument of this name would be in its right place.
void find_paths(const Argument& a, const std::string& name, const std::string& prefix,
                std::vector<std::string>& paths) {
  std::string path = prefix + a.name;
  if (a.kind == Kind::setting)
    path += std::string("=<") + type_name(a.value) + ">";
  else if (a.kind == Kind::choice)
    path += "=<list_element>";
  if (name == a.name)
    paths.push_back(path);
  for (const auto& child : a.children)
    find_paths(child, name, prefix + a.name + (a.kind == Kind::choice ? "=" : " "), paths);
}

// ---- parsing -----------------------------------------------------------------------------------

bool assign(Argument& a, const std::string& word) {
  try {
    Value value = std::visit(
        [&](const auto& v) -> Value {
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, bool>) {
            if (word == "true" || word == "1")
              return true;
            if (word == "false" || word == "0")
              return false;
            throw std::invalid_argument(word);
          } else if constexpr (std::is_same_v<T, int>) {
            return std::stoi(word);
          } else if constexpr (std::is_same_v<T, long long>) {
            return std::stoll(word);
          } else if constexpr (std::is_same_v<T, unsigned int>) {
            return static_cast<unsigned int>(std::stoul(word));
          } else if constexpr (std::is_same_v<T, double>) {
            return std::stod(word);
          } else {
            return word;
          }
        },
        a.initial);
    if (!a.accepts(value))
      return false;
    a.value = std::move(value);
    return true;
  } catch (const std::logic_error&) {  // not a number, or out of its type's range
    return false;
  }
}

// Reads words from the left; an argument takes the words that belong to it and leaves the rest.
class Reader {
 public:
  Reader(std::vector<std::string> words, Writer& out, Writer& err)
      : words_(std::move(words)), out_(out), err_(err) {}

  bool empty() const { return at_ == words_.size(); }
  std::string& word() { return words_[at_]; }
  std::string name() const { return words_[at_].substr(0, words_[at_].find('=')); }
  void drop() { ++at_; }
  void stop() { at_ = words_.size(); }
  bool helped() const { return helped_; }

  // Takes the word for `a` and what follows it. False when a value was not legal.
  bool take(Argument& a) {
    if (word() == a.name)
      drop();
    switch (a.kind) {
      case Kind::flag:
        return asks_help(a), true;
      case Kind::setting:
        return asks_help(a) || take_value(a, [&](const auto& value) { return assign(a, value); });
      case Kind::choice:
        return take_choice(a);
      default:
        return take_group(a);
    }
  }

 private:
  bool asks_help(const Argument& a) {
    if (empty() || (word() != "help" && word() != "help-all"))
      return false;
    print_help(a, 0, word() == "help-all" && a.kind == Kind::group, out_);
    helped_ = true;
    stop();
    return true;
  }

  template <typename Accept>
  bool take_value(Argument& a, Accept accept) {
    if (empty() || name() != a.name)
      return true;  // the name alone is let pass
    const auto equals = word().find('=');
    const std::string value = equals == std::string::npos ? "" : word().substr(equals + 1);
    drop();
    if (accept(value))
      return true;
    err_(value + " is not a valid value for \"" + a.name + "\"");
    err_("  Valid values: " + a.valid);
    stop();
    return false;
  }

  bool take_choice(Argument& a) {
    Argument* taken = nullptr;
    const bool legal = take_value(a, [&](const auto& value) {
      for (auto& child : a.children)
        if (child.name == value)
          taken = &child;
      return taken != nullptr;
    });
    if (!taken)
      return legal;
    a.value = taken->name;
    return taken->kind == Kind::group ? take_group(*taken) : (asks_help(*taken), true);
  }

  bool take_group(Argument& a) {
    while (!empty()) {
      if (asks_help(a))
        return true;
      if (name() == a.name)
        return false;
      Argument* match = nullptr;
      for (auto& child : a.children)
        if (!match && child.name == name())
          match = &child;
      if (!match)
        return true;
      if (!take(*match))
        return false;
    }
    return true;
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  bool helped_ = false;
  Writer& out_;
  Writer& err_;
};

}  // namespace

const Argument& Argument::operator[](const std::string& child) const {
  for (const auto& c : children)
    if (c.name == child)
      return c;
  throw std::logic_error("argument " + name + " has no " + child);
}

CommandLine::CommandLine() : root_(argument_table()) {}

unsigned int CommandLine::seed() const {
  const auto seed = root_["random"].get<long long>("seed");
  return seed == -1 ? clock_seed() : static_cast<unsigned int>(seed);
}

void CommandLine::print(Writer& out) const {
  for (const auto& a : root_.children)
    print_tree(a, 0, out);
}

void CommandLine::print(stan::callbacks::structured_writer& out) const {
  for (const auto& a : root_.children)
    print_tree(a, out);
}

Outcome CommandLine::parse(int argc, const char* argv[], Writer& out, Writer& err) {
  const std::string program = argc > 0 ? argv[0] : "model";
  if (argc <= 1) {
    usage(out, program);
    return Outcome::misused;
  }

  Reader reader({argv + 1, argv + argc}, out, err);
  std::vector<bool> used(root_.children.size(), false);
  Argument& method = root_.children.front();
  bool good = true;
  bool valid = true;
  while (good && !reader.empty()) {
    // The method's name may stand alone: "sample" is short for "method=sample".
    if (!used[0])
      for (const auto& m : method.children)
        if (reader.word() == m.name)
          reader.word() = "method=" + m.name;

    const std::string word = reader.word();
    const std::string name = reader.name();
    good = false;
    for (std::size_t i = 0; i < used.size() && !good; ++i) {
      if (used[i] || root_.children[i].name != name)
        continue;
      valid &= reader.take(root_.children[i]);
      good = used[i] = true;
    }
    if (word == "info") {
      write_version(out);
      write_build_flags(out);
      return Outcome::done;
    }
    if (word == "help-all")
      for (const auto& a : root_.children)
        print_help(a, 1, true, out);
    if (word == "help" || word == "help-all" || reader.helped()) {
      usage(out, program);
      return Outcome::done;
    }
    if (good)
      continue;

    err(word + " is either mistyped or misplaced.");
    if (word == "opencl")
      err("Re-compile the model with STAN_OPENCL to use OpenCL CmdStan arguments.");
    std::vector<std::string> paths;
    for (const auto& a : root_.children)
      find_paths(a, name, "", paths);
    if (!paths.empty())
      err("Perhaps you meant one of the following valid configurations?");
    for (const auto& path : paths)
      err("  " + path);
  }
  if (!used[0])
    err("A method must be specified!");
  return good && valid && used[0] ? Outcome::run : Outcome::misused;
}

void CommandLine::usage(Writer& out, const std::string& program) const {
  const auto row = [&](const std::string& name, const std::string& what) {
    std::ostringstream line;
    line << std::left << std::setw(12) << "  " + name << "  " + what;
    out(line.str());
  };
  out("Usage: " + program
      + " <arg1> <subarg1_1> ... <subarg1_m> ... <arg_n> <subarg_n_1> ... <subarg_n_m>");
  out();
  out("Begin by selecting amongst the following inference methods and diagnostics,");
  for (const auto& m : root_["method"].children)
    row(m.name, m.description);
  out();
  out("Or see help information with");
  row("help", "Prints help");
  row("help-all", "Prints entire argument tree");
  out();
  out("Additional configuration available by specifying");
  for (std::size_t i = 1; i < root_.children.size(); ++i)
    row(root_.children[i].name, root_.children[i].description);
  out();
  out("See " + program + " <arg1> [ help | help-all ] for details on individual arguments.");
  out();
}

}  // namespace driver
