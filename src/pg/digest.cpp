#include "pg/digest.hpp"

#include "pg/boundary.hpp"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
}

namespace billing::pg {

std::array<uint8_t, 32> sha256(std::string_view bytes) {
    static_assert(PG_SHA256_DIGEST_LENGTH == 32);
    std::array<uint8_t, 32> out{};
    call([bytes, &out] {
        pg_cryptohash_ctx *context = pg_cryptohash_create(PG_SHA256);
        const auto *data = reinterpret_cast<const uint8 *>(bytes.data());
        const bool done = context != nullptr && pg_cryptohash_init(context) >= 0 &&
                          pg_cryptohash_update(context, data, bytes.size()) >= 0 &&
                          pg_cryptohash_final(context, out.data(), out.size()) >= 0;
        pg_cryptohash_free(context);
        if (!done) {
            ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("SHA-256 is not available")));
        }
    });
    return out;
}

void fill_random(std::span<uint8_t> out) {
    call([out] {
        if (!pg_strong_random(out.data(), out.size())) {
            ereport(ERROR,
                    (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
        }
    });
}

} // namespace billing::pg
