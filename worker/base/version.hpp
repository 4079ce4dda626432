// The version of the program, which is that of the extension it was built with.
#pragma once

#include <string_view>

namespace billing::worker {

std::string_view version();

} // namespace billing::worker
