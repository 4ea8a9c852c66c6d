#pragma once
// How many files, sockets among them, this process may open. Main thread, before the others start.

#include <cstddef>

namespace hookline::app {

/// Raises the soft limit to the hard one, which needs no right; the limit that is then in force.
std::size_t raise_open_files();

/// How many connections leave the spool and the shippers the files that they need: a spool that cannot open a file
/// stops, and a flood of connections must not be able to bring that about.
std::size_t connections_that_fit(std::size_t wanted, std::size_t open_files_max);

}  // namespace hookline::app
