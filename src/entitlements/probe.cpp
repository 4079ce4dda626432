#include "entitlements/probe.hpp"

#include "core/credits.hpp"
#include "entitlements/present.hpp"
#include "pg/index_probe.hpp"

#include <algorithm>

extern "C" {
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
}

namespace billing::entitlements {

namespace {

// The key's columns first, as those of every probe by a digest.
enum Column {
    kOrganization,
    kCustomer,
    kFeature,
    kKind,
    kAllowed,
    kFrom,
    kUntil,
    kQuota,
    kOverage,
    kReset,
    kResetsAt,
    kUsed,
    kExtra,
    kHeld,
    kHeldUntil,
    kLeased,
    kCreditKey,
    kCreditCost,
    kPrepaid,
    kColumns
};
pg::IndexProbe rows{"access",
                    "access_probe",
                    {F_UUID_EQ, F_UUID_EQ, F_TEXTEQ},
                    {{"organization_id", UUIDOID},
                     {"customer_id", UUIDOID},
                     {"feature_key", TEXTOID},
                     {"kind", TEXTOID},
                     {"allowed", BOOLOID},
                     {"stands_from", TIMESTAMPTZOID},
                     {"stands_until", TIMESTAMPTZOID, pg::kNullable},
                     {"quota", INT8OID, pg::kNullable},
                     {"overage", TEXTOID},
                     {"reset_interval", TEXTOID},
                     {"resets_at", TIMESTAMPTZOID, pg::kNullable},
                     {"used", INT8OID},
                     {"extra", INT8OID, pg::kNullable},
                     {"held", INT8OID},
                     {"held_until", TIMESTAMPTZOID, pg::kNullable},
                     {"leased", INT8OID},
                     {"credit_key", TEXTOID, pg::kNullable},
                     {"credit_cost", NUMERICOID, pg::kNullable},
                     {"prepaid", NUMERICOID, pg::kNullable}}};

struct Stored {
    bool found = false;
    std::array<Datum, kColumns> values{};
    std::array<bool, kColumns> nulls{};
    char kind = 0; // the first letters tell the words apart
    char overage = 0;
    char reset = 0;
    // What pays beside the own balances, in the memory of the call.
    const char *credit_key = nullptr;
    const char *credit_cost = nullptr;
    const char *prepaid = nullptr;
};

char first_letter(Datum text) {
    const auto *packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(text));
    return VARSIZE_ANY_EXHDR(packed) > 0 ? *VARDATA_ANY(packed) : '\0';
}

// Runs inside pg::call, while the page is pinned. The words are a few bytes, never toasted.
void copy_columns(const Datum *values, const bool *nulls, Stored &out) {
    std::copy_n(values, out.values.size(), out.values.begin());
    std::copy_n(nulls, out.nulls.size(), out.nulls.begin());
    out.kind = first_letter(out.values[kKind]);
    out.overage = first_letter(out.values[kOverage]);
    out.reset = first_letter(out.values[kReset]);
    if (!out.nulls[kCreditKey] && !out.nulls[kCreditCost]) {
        out.credit_key = TextDatumGetCString(out.values[kCreditKey]);
        out.credit_cost =
            DatumGetCString(DirectFunctionCall1(numeric_out, out.values[kCreditCost]));
        out.prepaid = out.nulls[kPrepaid]
                          ? "0"
                          : DatumGetCString(DirectFunctionCall1(numeric_out, out.values[kPrepaid]));
    }
    out.found = true;
}

Stored find_row(const std::array<Datum, 3> &key) {
    Stored out;
    rows.scan(key.data(), [&out](const Datum *values, const bool *nulls) {
        copy_columns(values, nulls, out);
        return false;
    });
    return out;
}

// Room for a key that need not be allocated.
struct ShortText {
    alignas(struct varlena) std::array<char, VARHDRSZ + 64> bytes;
};

Datum text_datum(std::string_view text, ShortText &room) {
    if (VARHDRSZ + text.size() > room.bytes.size()) {
        return pg::to_datum(text);
    }
    SET_VARSIZE(room.bytes.data(), VARHDRSZ + text.size());
    std::copy(text.begin(), text.end(), room.bytes.begin() + VARHDRSZ);
    return PointerGetDatum(room.bytes.data());
}

std::optional<core::Instant> instant_at(const Stored &row, Column column) {
    return row.nulls[column] ? std::nullopt : std::optional(pg::instant_of(row.values[column]));
}

// Of the pool: empty where the row does not speak of this period.
std::optional<int64_t> pool_left(const Stored &row, core::Instant now) {
    int64_t used = DatumGetInt64(row.values[kUsed]);
    if (now >= instant_at(row, kResetsAt).value_or(core::kNever)) {
        if (row.reset == 'b') { // a billing period is over when its subscription says so
            return std::nullopt;
        }
        used = 0;
    }
    const int64_t quota = DatumGetInt64(row.values[kQuota]);
    return used < quota ? quota - used : 0;
}

// The whole of what is left: the pool, and what grants made by hand leave, less what is promised.
std::optional<int64_t> all_left(const Stored &row, core::Instant now) {
    const auto pool = pool_left(row, now);
    const int64_t held = DatumGetInt64(row.values[kHeld]);
    if (!pool || (held > 0 && now >= instant_at(row, kHeldUntil).value_or(core::kNever))) {
        return std::nullopt;
    }
    int64_t left = 0;
    if (__builtin_add_overflow(*pool, DatumGetInt64(row.values[kExtra]), &left)) {
        left = core::kNever;
    }
    return held < left ? left - held : 0;
}

Probe judge_balance(const Stored &row, int64_t quantity, core::Instant now, Want want) {
    const auto left = all_left(row, now);
    if (!left) {
        return {};
    }
    const int64_t leased = DatumGetInt64(row.values[kLeased]);
    const bool settles = want == Want::verdict || (leased == 0 && row.nulls[kCreditKey]);
    if (settles && (row.overage == 'a' || quantity <= *left - leased)) {
        return {Verdict::allowed, *left};
    }
    if (leased > 0 || !row.nulls[kCreditKey]) {
        return {};
    }
    const bool enough = quantity <= *left || row.overage == 'a';
    return {enough ? Verdict::allowed : Verdict::denied, *left};
}

bool stands(const Stored &row, core::Instant now) {
    return row.found && now >= *instant_at(row, kFrom) &&
           now < instant_at(row, kUntil).value_or(core::kNever);
}

Probe judge(const Stored &row, int64_t quantity, core::Instant now, Want want) {
    if (!stands(row, now)) {
        return {};
    }
    if (!DatumGetBool(row.values[kAllowed])) {
        return {Verdict::denied, 0};
    }
    if (row.kind != 'm' || row.nulls[kQuota] || row.nulls[kExtra]) {
        return {Verdict::allowed, std::nullopt};
    }
    return judge_balance(row, quantity, now, want);
}

core::Decimal decimal_in(const char *text) {
    const auto parsed = core::Decimal::parse(text);
    if (!parsed) {
        throw std::overflow_error("numeric value does not fit the engine's range");
    }
    return *parsed;
}

// Of a row whose own balances do not suffice: whether the credits do, for the whole quantity. What
// is not clear from their row is left to the grants.
Probe judge_credits(const Stored &row, const Stored &credits, int64_t quantity, core::Instant now) {
    if (!stands(row, now) || !all_left(row, now) || DatumGetInt64(row.values[kLeased]) > 0 ||
        !stands(credits, now) || !DatumGetBool(credits.values[kAllowed]) || credits.kind != 'm') {
        return {};
    }
    const int64_t need =
        core::pay(quantity, decimal_in(row.credit_cost), decimal_in(row.prepaid)).credits;
    if (need <= 0) {
        return {};
    }
    const Probe paid = judge(credits, need, now, Want::verdict);
    return {paid.verdict, std::nullopt};
}

} // namespace

bool probe_is_ready() {
    return rows.is_ready();
}

void prepare_probe() {
    rows.prepare();
}

Probe probe_access(const pg::Uuid &organization, const pg::Uuid &customer,
                   std::string_view feature_key, int64_t quantity, core::Instant now, Want want) {
    ShortText key_text;
    const std::array<Datum, 3> key = {pg::as_datum(organization), pg::as_datum(customer),
                                      text_datum(feature_key, key_text)};
    const Stored row = find_row(key);
    const core::Instant at =
        present(now, row.found ? instant_at(row, kFrom) : std::optional<core::Instant>());
    Probe own = judge(row, quantity, at, want);
    own.at = at;
    own.found = row.found;
    if (own.verdict != Verdict::unsettled || want != Want::verdict || row.credit_key == nullptr) {
        return own;
    }
    ShortText credit_text;
    const Stored credits = find_row({key[0], key[1], text_datum(row.credit_key, credit_text)});
    Probe paid = judge_credits(row, credits, quantity, at);
    paid.at = at;
    paid.found = true;
    return paid;
}

} // namespace billing::entitlements
