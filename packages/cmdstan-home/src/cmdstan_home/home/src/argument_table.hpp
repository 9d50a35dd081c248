// The arguments of CmdStan 2.35: names, meanings, defaults and legal values, in one table.
#ifndef DRIVER_ARGUMENT_TABLE_HPP
#define DRIVER_ARGUMENT_TABLE_HPP

#include "arguments.hpp"

#include <string>

namespace driver {

// The root: a nameless group whose children are the arguments of the first level.
Argument argument_table();

// A value as the files print it.
std::string text(const Value& value);

// The seed for "seed=-1": the clock's, taken once so that every file of a run prints the same one.
unsigned int clock_seed();

}  // namespace driver
#endif
