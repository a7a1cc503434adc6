// usher: the program. What it can be told is in cli/command_line.cpp, what each command does in the
// other files of cli/.
#include "cli/command_line.hpp"

int main(int argc, char** argv) { return usher::cli::run(argc, argv); }
