#include "webhook/hmac.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/params.h>

namespace billing::worker::webhook {

namespace {

using Mac = std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)>;
using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

// Looking up algorithms takes longer than hashing an event, so it is done once a thread.
Context make_context() {
    const Mac mac{EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free};
    Context context{EVP_MAC_CTX_new(mac.get()), &EVP_MAC_CTX_free};
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[]{OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                  OSSL_PARAM_construct_end()};
    if (!context || EVP_MAC_CTX_set_params(context.get(), parameters) != 1) {
        throw std::runtime_error{"libcrypto has no HMAC-SHA256"};
    }
    return context;
}

const unsigned char *bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char *>(text.data());
}

} // namespace

Digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    thread_local const Context context = make_context();
    Digest digest{};
    std::size_t size = 0;
    bool sound = EVP_MAC_init(context.get(), bytes(key), key.size(), nullptr) == 1;
    for (const auto part : parts) {
        sound = sound && EVP_MAC_update(context.get(), bytes(part), part.size()) == 1;
    }
    sound = sound && EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1;
    if (!sound || size != digest.size()) {
        throw std::runtime_error{"libcrypto cannot compute HMAC-SHA256"};
    }
    return digest;
}

} // namespace billing::worker::webhook
