// Whether the installed tables fit this library.
#pragma once

#include <cstdint>

namespace billing::tenancy {

// The number of migrations this library knows.
int32_t schema_version();

// Throws schema_outdated unless install() has brought the tables to exactly that version. Cheap:
// the answer is kept until the table of migrations changes. Needs an open Spi.
void require_schema();

} // namespace billing::tenancy
