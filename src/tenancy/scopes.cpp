#include "tenancy/scopes.hpp"

namespace billing::tenancy {

namespace {

struct Word {
    std::string_view text;
    uint8_t bit;
    uint8_t allows;
};
constexpr std::array<Word, 4> kWords = {{{"read", pg::kRead, pg::kRead},
                                         {"write", pg::kWrite, pg::kWrite | pg::kRead},
                                         {"usage", pg::kUsage, pg::kUsage},
                                         {"admin", pg::kAdmin, pg::kAllScopes}}};

const Word *find_word(std::string_view text) {
    for (const Word &word : kWords) {
        if (word.text == text) {
            return &word;
        }
    }
    return nullptr;
}

struct Elements {
    Datum *values = nullptr;
    bool *nulls = nullptr;
    int count = 0;
};

// Runs inside pg::call.
Elements elements_of(Datum array) {
    Elements out;
    deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &out.values,
                      &out.nulls, &out.count);
    return out;
}

// An element of an array is never out of line.
std::string_view text_at(Datum element) {
    const auto *packed = reinterpret_cast<const struct varlena *>(DatumGetPointer(element));
    return {VARDATA_ANY(packed), static_cast<size_t>(VARSIZE_ANY_EXHDR(packed))};
}

} // namespace

uint8_t scopes_of_array(Datum array) {
    const Elements elements = elements_of(array);
    uint8_t out = 0;
    for (int i = 0; i < elements.count; ++i) {
        const Word *word = elements.nulls[i] ? nullptr : find_word(text_at(elements.values[i]));
        out |= word != nullptr ? word->allows : 0;
    }
    return out;
}

std::vector<std::string> checked_scopes(Datum array) {
    const Elements elements = pg::call([array] { return elements_of(array); });
    uint8_t bits = 0;
    for (int i = 0; i < elements.count; ++i) {
        const Word *word = elements.nulls[i] ? nullptr : find_word(text_at(elements.values[i]));
        if (word == nullptr) {
            throw pg::invalid("scopes", "must hold read, write, usage or admin");
        }
        bits |= word->bit;
    }
    std::vector<std::string> out;
    for (const Word &word : kWords) {
        if ((bits & word.bit) != 0) {
            out.emplace_back(word.text);
        }
    }
    if (out.empty()) {
        throw pg::invalid("scopes", "must hold at least one of read, write, usage and admin");
    }
    return out;
}

uint8_t scopes_of_role(char first_letter) {
    return first_letter == 'm' ? pg::kRead | pg::kWrite | pg::kUsage : pg::kAllScopes;
}

} // namespace billing::tenancy
