// Statements that write rows of billing_internal, and notice where these were not stored.
//
// The owner of the database may have triggers and rules on any table. One that takes a row away is
// no error to the server: the statement only says that it wrote less than it was asked to. What was
// answered would then have happened nowhere, so it is an error of ours, row_not_stored.
#pragma once

#include "pg/spi.hpp"

namespace billing::pg {

// As run(), to write. What a rule of the table leaves the server unable to do is row_not_stored.
Result run_writing(Plan &plan, const Params &params, const char *table);

// Runs a statement that writes so many rows. If it returns something, that is, for each row,
// whether it stands there as asked. Throws row_not_stored where one does not.
void write(Plan &plan, const Params &params, const char *table, size_t rows = 1);

// Runs a statement that writes one row unless it is there already: then `there`, which takes the
// same parameters, finds it. Throws row_not_stored where it does not.
void write_once(Plan &plan, Plan &there, const Params &params, const char *table);

// Whether a trigger or a rule that is not of the server itself may change what is written.
bool is_watched(const char *table);

// `what` says which rows: "0 of 1 rows were".
[[noreturn]] void throw_not_stored(const char *table, const std::string &what);
void require_stored(const char *table, size_t stored, size_t asked);

} // namespace billing::pg
