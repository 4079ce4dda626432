// Values on both sides of the door: SQL's as Datum, ours as plain C++.
#pragma once

#include "core/decimal.hpp"
#include "core/instant.hpp"
#include "pg/boundary.hpp"

namespace billing::pg {

struct Uuid {
    std::array<uint8_t, 16> bytes{};
    auto operator<=>(const Uuid &) const = default;
    bool is_nil() const { return *this == Uuid{}; }
    std::string to_string() const;
};
struct UuidHash {
    size_t operator()(const Uuid &uuid) const {
        // The tail of a time-ordered uuid is random.
        uint64_t tail = 0;
        std::copy(uuid.bytes.begin() + 8, uuid.bytes.end(), reinterpret_cast<uint8_t *>(&tail));
        return tail;
    }
};
// A new time-ordered uuid (version 7); ascending within a backend.
Uuid new_uuid();
std::optional<Uuid> parse_uuid(std::string_view text);

// Tags for values whose C++ type alone does not name the SQL type.
struct Timestamp {
    core::Instant at;
};
struct Date {
    core::Day day;
};
struct JsonbText {
    std::string_view text;
};
struct Null {};
// A Datum made elsewhere.
struct Raw {
    Datum datum;
};

Datum to_datum(const Uuid &value);
// Without a copy: for as long as the uuid lives.
inline Datum as_datum(const Uuid &value) {
    return PointerGetDatum(value.bytes.data());
}
Datum to_datum(std::string_view value); // text, json or bytea
inline Datum to_datum(const std::string &value) {
    return to_datum(std::string_view(value));
}
inline Datum to_datum(const char *value) {
    return to_datum(std::string_view(value));
}
Datum to_datum(core::Decimal value); // numeric
inline Datum to_datum(bool value) {
    return BoolGetDatum(value);
}
inline Datum to_datum(int16_t value) {
    return Int16GetDatum(value);
}
inline Datum to_datum(int32_t value) {
    return Int32GetDatum(value);
}
inline Datum to_datum(int64_t value) {
    return Int64GetDatum(value);
}
Datum to_datum(Timestamp value); // timestamptz
Datum to_datum(Date value);
Datum to_datum(JsonbText value);
inline Datum to_datum(Raw value) {
    return value.datum;
}

// An optional as an optional timestamp.
inline std::optional<Timestamp> timestamp(std::optional<core::Instant> at) {
    return at ? std::optional(Timestamp{*at}) : std::nullopt;
}
// The end of an interval as NULL where it has none.
inline std::optional<Timestamp> bound(core::Instant at) {
    return at == core::kNever || at == core::kBeginning ? std::nullopt
                                                        : std::optional(Timestamp{at});
}
// An empty id or name as NULL.
inline std::optional<std::string_view> nullable(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

// These may detoast; the result is a copy.
std::string text_of(Datum value); // text, json, bytea, varchar
Uuid uuid_of(Datum value);
core::Decimal decimal_of(Datum numeric);
core::Instant instant_of(Datum timestamptz);
// When an interval that begins at `start` ends, in the session's zone; empty where a part of it is
// longer than a century.
std::optional<core::Instant> end_of_interval(core::Instant start, Datum interval);
core::Day day_of(Datum date);
std::string jsonb_text(Datum jsonb);
// Where it lies, or in the current memory context.
std::string_view text_view(Datum value);

// Lets this backend keep a few megabytes that it frees: each batch needs them again, and to give
// them back to the kernel and fault them in anew costs a tenth of a batch's time.
void keep_freed_memory();

// now(): the start of the transaction.
core::Instant transaction_start();
// The clock: no transaction whose work is seen began after it.
core::Instant time_of_day();

} // namespace billing::pg
