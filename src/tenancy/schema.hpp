// Whether the installed tables fit this library.
#pragma once

#include <cstdint>

namespace billing::tenancy {

// The number of migrations this library knows.
int32_t schema_version();

// Takes the lock that install() asks for first. What begins transactions calls it, before it
// touches a table: who waits here holds nothing that install() could want.
void pass_gate();

// Throws schema_outdated unless install() has brought the tables to exactly that version. Cheap:
// the answer is kept until the table of migrations changes. Needs an open Spi.
void require_schema();

} // namespace billing::tenancy
