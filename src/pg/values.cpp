#include "pg/values.hpp"

#include <algorithm>

#ifdef __GLIBC__
#include <malloc.h>
#endif

extern "C" {
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
}

namespace billing::pg {

namespace {

// From the server's epoch, 2000-01-01, to the core's, 1970-01-01.
constexpr int64_t kEpochDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
constexpr int64_t kEpochMicros = kEpochDays * core::kMicrosPerDay;

Datum varlena_datum(std::string_view bytes) {
    return call([bytes] {
        auto *out = static_cast<struct varlena *>(palloc(VARHDRSZ + bytes.size()));
        SET_VARSIZE(out, VARHDRSZ + bytes.size());
        memcpy(VARDATA(out), bytes.data(), bytes.size());
        return PointerGetDatum(out);
    });
}

} // namespace

std::string Uuid::to_string() const {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(36);
    for (size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out += '-';
        }
        out += kHex[bytes[i] >> 4];
        out += kHex[bytes[i] & 15];
    }
    return out;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) {
        return std::nullopt;
    }
    Uuid uuid;
    size_t nibble = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != '-') {
                return std::nullopt;
            }
            continue;
        }
        int digit = -1;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = c - 'A' + 10;
        }
        if (digit < 0) {
            return std::nullopt;
        }
        uuid.bytes[nibble / 2] = static_cast<uint8_t>(uuid.bytes[nibble / 2] << 4 | digit);
        ++nibble;
    }
    return uuid;
}

Uuid new_uuid() {
    // Milliseconds, then a counter in rand_a's 12 bits: ascending within this backend.
    static int64_t last_ms = 0;
    static uint16_t counter = 0;
    // Randomness is fetched for many at a time: a call of the generator costs as much as a uuid.
    static std::array<uint8_t, 1024> random;
    static size_t used = random.size();
    if (used == random.size()) {
        call([] {
            if (!pg_strong_random(random.data(), random.size())) {
                ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                                errmsg("could not generate random values")));
            }
        });
        used = 0;
    }
    Uuid uuid;
    std::copy_n(random.begin() + static_cast<ptrdiff_t>(used), 8, uuid.bytes.begin() + 8);
    used += 8;
    int64_t ms = (GetCurrentTimestamp() + kEpochMicros) / 1000;
    if (ms <= last_ms) {
        ms = last_ms;
        if (++counter > 0xfff) {
            counter = 0;
            ++ms;
        }
    } else {
        counter = 0;
    }
    last_ms = ms;
    for (int i = 0; i < 6; ++i) {
        uuid.bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
    }
    uuid.bytes[6] = static_cast<uint8_t>(0x70 | counter >> 8);
    uuid.bytes[7] = static_cast<uint8_t>(counter & 0xff);
    uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

Datum to_datum(const Uuid &value) {
    return call([&value] {
        auto *out = static_cast<pg_uuid_t *>(palloc(sizeof(pg_uuid_t)));
        memcpy(out->data, value.bytes.data(), UUID_LEN);
        return UUIDPGetDatum(out);
    });
}

Datum to_datum(std::string_view value) {
    return varlena_datum(value);
}

Datum to_datum(core::Decimal value) {
    const __int128 whole = value.scaled() / core::Decimal::kOne;
    if (whole * core::Decimal::kOne == value.scaled() && whole <= PG_INT64_MAX &&
        whole >= PG_INT64_MIN) {
        const auto small = static_cast<int64_t>(whole);
        return call([small] { return NumericGetDatum(int64_to_numeric(small)); });
    }
    const std::string text = value.to_string();
    return call([t = text.c_str()] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(t), ObjectIdGetDatum(InvalidOid),
                                   Int32GetDatum(-1));
    });
}

Datum to_datum(Timestamp value) {
    return TimestampTzGetDatum(value.at == core::kNever ? DT_NOEND : value.at - kEpochMicros);
}

Datum to_datum(Date value) {
    return DateADTGetDatum(value.day - static_cast<core::Day>(kEpochDays));
}

Datum to_datum(JsonbText value) {
    const std::string text(value.text);
    return call([t = text.c_str()] { return DirectFunctionCall1(jsonb_in, CStringGetDatum(t)); });
}

std::string_view text_view(Datum value) {
    const auto *packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(value));
    if (VARATT_IS_EXTERNAL(packed) || VARATT_IS_COMPRESSED(packed)) {
        packed = call([value] {
            return static_cast<const struct varlena *>(PG_DETOAST_DATUM_PACKED(value));
        });
    }
    return {VARDATA_ANY(packed), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
}

std::string text_of(Datum value) {
    return std::string(text_view(value));
}

Uuid uuid_of(Datum value) {
    Uuid uuid;
    const pg_uuid_t *in = DatumGetUUIDP(value);
    std::copy(std::begin(in->data), std::end(in->data), uuid.bytes.begin());
    return uuid;
}

core::Decimal decimal_of(Datum numeric) {
    const char *text =
        call([numeric] { return DatumGetCString(DirectFunctionCall1(numeric_out, numeric)); });
    const auto parsed = core::Decimal::parse(text);
    if (!parsed) {
        throw std::overflow_error("numeric value does not fit the engine's range");
    }
    return *parsed;
}

std::optional<core::Instant> end_of_interval(core::Instant start, Datum interval) {
    // Between these nothing overflows, neither the server's range of times nor the core's.
    constexpr int32_t kMonths = 12 * 100;
    constexpr int32_t kDays = 366 * 100;
    constexpr int64_t kMicros = kDays * core::kMicrosPerDay;
    const Interval *span = DatumGetIntervalP(interval);
    if (span->month < -kMonths || span->month > kMonths || span->day < -kDays ||
        span->day > kDays || span->time < -kMicros || span->time > kMicros) {
        return std::nullopt;
    }
    const Datum from = to_datum(Timestamp{start});
    return instant_of(
        call([=] { return DirectFunctionCall2(timestamptz_pl_interval, from, interval); }));
}

core::Instant instant_of(Datum timestamptz) {
    const TimestampTz value = DatumGetTimestampTz(timestamptz);
    if (value == DT_NOEND) {
        return core::kNever;
    }
    if (value == DT_NOBEGIN) {
        return core::kBeginning;
    }
    // The end of the server's range lies beyond the core's.
    return value > PG_INT64_MAX - kEpochMicros ? core::kNever : value + kEpochMicros;
}

core::Day day_of(Datum date) {
    return DatumGetDateADT(date) + static_cast<core::Day>(kEpochDays);
}

std::string jsonb_text(Datum jsonb) {
    return call([jsonb] {
        Jsonb *in = DatumGetJsonbP(jsonb);
        return static_cast<const char *>(JsonbToCString(nullptr, &in->root, VARSIZE(in)));
    });
}

void keep_freed_memory() {
#ifdef __GLIBC__
    static bool done = false;
    if (!done) {
        constexpr int kKept = 32 * 1024 * 1024;
        mallopt(M_TRIM_THRESHOLD, kKept);
        mallopt(M_MMAP_THRESHOLD, kKept);
        done = true;
    }
#endif
}

core::Instant transaction_start() {
    return static_cast<core::Instant>(GetCurrentTransactionStartTimestamp()) + kEpochMicros;
}

core::Instant time_of_day() {
    return static_cast<core::Instant>(GetCurrentTimestamp()) + kEpochMicros;
}

} // namespace billing::pg
