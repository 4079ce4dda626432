#include "entitlements/memo.hpp"

#include <algorithm>
#include <cstring>
#include <new>

extern "C" {
#include "utils/hsearch.h"
#include "utils/snapmgr.h"
}

namespace billing::entitlements {

namespace {

constexpr long kMaxAnswers = 65'536;
constexpr long kFirstAnswers = 256;

struct Entry {
    MemoKey key;
    bool answer;
};

// Of whole words: an eighth of what the server's own hash takes for so long a key.
uint32 hash_of(const void *key, Size size) {
    uint64_t mixed = 0;
    for (Size at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, static_cast<const char *>(key) + at, sizeof(word));
        mixed = (mixed ^ word) * 0x9e3779b97f4a7c15;
        mixed ^= mixed >> 29;
    }
    return static_cast<uint32>(mixed >> 32);
}
static_assert(sizeof(MemoKey) % sizeof(uint64_t) == 0);

// How often this backend ended a transaction or undid a subtransaction: afterwards a snapshot that
// holds the same may see other rows.
uint64_t undone = 0;
bool registered = false;
char called_once = 0;

void on_transaction(XactEvent, void *) {
    ++undone;
}

void on_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void *) {
    if (event == SUBXACT_EVENT_ABORT_SUB) {
        ++undone;
    }
}

void register_callbacks() {
    if (!registered) {
        RegisterXactCallback(on_transaction, nullptr);
        RegisterSubXactCallback(on_subtransaction, nullptr);
        registered = true;
    }
}

// A snapshot with more subtransactions than it can hold has none of them.
size_t sub_ids_of(Snapshot snapshot) {
    const bool held = !snapshot->suboverflowed || snapshot->takenDuringRecovery;
    return held && snapshot->subxcnt > 0 ? static_cast<size_t>(snapshot->subxcnt) : 0;
}

} // namespace

Memo *Memo::of(FunctionCallInfo fcinfo) {
    FmgrInfo *site = fcinfo->flinfo;
    if (site == nullptr || !ActiveSnapshotSet()) {
        return nullptr;
    }
    const Snapshot snapshot = GetActiveSnapshot();
    if (snapshot->snapshot_type != SNAPSHOT_MVCC) {
        return nullptr;
    }
    if (site->fn_extra == nullptr) {
        site->fn_extra = &called_once;
        return nullptr;
    }
    if (site->fn_extra == &called_once) {
        site->fn_extra = pg::call([site] {
            register_callbacks();
            MemoryContext context = AllocSetContextCreate(
                site->fn_mcxt, "billing check_access memo", ALLOCSET_SMALL_SIZES);
            return new (MemoryContextAlloc(context, sizeof(Memo))) Memo(context);
        });
    }
    auto *memo = static_cast<Memo *>(site->fn_extra);
    if (!memo->sees(snapshot)) {
        memo->look(snapshot);
        return nullptr;
    }
    if (memo->table_ == nullptr) {
        memo->begin();
    }
    return memo;
}

bool Memo::sees(Snapshot snapshot) const {
    const size_t sub_ids = sub_ids_of(snapshot);
    return room_ > 0 && undone_ == undone && xmin_ == snapshot->xmin && xmax_ == snapshot->xmax &&
           command_ == snapshot->curcid && running_ == snapshot->xcnt &&
           sub_running_ == snapshot->subxcnt && overflowed_ == snapshot->suboverflowed &&
           in_recovery_ == snapshot->takenDuringRecovery &&
           (running_ == 0 ||
            std::memcmp(ids_, snapshot->xip, running_ * sizeof(TransactionId)) == 0) &&
           (sub_ids == 0 ||
            std::memcmp(ids_ + running_, snapshot->subxip, sub_ids * sizeof(TransactionId)) == 0);
}

void Memo::look(Snapshot snapshot) {
    forget();
    const size_t sub_ids = sub_ids_of(snapshot);
    const size_t needed = snapshot->xcnt + sub_ids + 1;
    if (needed > room_) {
        pg::call([this, needed] {
            room_ = 0;
            ids_ = static_cast<TransactionId *>(
                MemoryContextAlloc(context_, 2 * needed * sizeof(TransactionId)));
        });
        room_ = 2 * needed;
    }
    undone_ = undone;
    xmin_ = snapshot->xmin;
    xmax_ = snapshot->xmax;
    command_ = snapshot->curcid;
    running_ = snapshot->xcnt;
    sub_running_ = snapshot->subxcnt;
    overflowed_ = snapshot->suboverflowed;
    in_recovery_ = snapshot->takenDuringRecovery;
    std::copy_n(snapshot->xip, running_, ids_);
    std::copy_n(snapshot->subxip, sub_ids, ids_ + running_);
}

void Memo::forget() {
    table_ = nullptr;
    feature_count_ = 0;
    if (answers_ != nullptr) {
        MemoryContextReset(answers_);
    }
}

void Memo::begin() {
    table_ = pg::call([this] {
        if (answers_ == nullptr) {
            answers_ = AllocSetContextCreate(context_, "billing check_access answers",
                                             ALLOCSET_SMALL_SIZES);
        }
        HASHCTL control{};
        control.keysize = sizeof(MemoKey);
        control.entrysize = sizeof(Entry);
        control.hcxt = answers_;
        control.hash = hash_of;
        return hash_create("billing check_access memo", kFirstAnswers, &control,
                           HASH_ELEM | HASH_FUNCTION | HASH_CONTEXT);
    });
}

std::optional<uint32_t> Memo::number_of(std::string_view feature_key) {
    for (uint32_t i = 0; i < feature_count_; ++i) {
        if (std::string_view(features_[i].text, features_[i].length) == feature_key) {
            return i;
        }
    }
    if (feature_count_ == kMaxFeatures) {
        return std::nullopt;
    }
    auto *text = static_cast<char *>(pg::call(
        [this, feature_key] { return MemoryContextAlloc(answers_, feature_key.size() + 1); }));
    std::copy(feature_key.begin(), feature_key.end(), text);
    features_[feature_count_] = {feature_key.size(), text};
    return feature_count_++;
}

std::optional<MemoKey> Memo::key(const pg::Uuid &organization, std::string_view customer,
                                 std::string_view feature_key, int64_t quantity) {
    if (customer.size() > MemoKey::kMaxCustomer) {
        return std::nullopt;
    }
    const auto feature = number_of(feature_key);
    if (!feature) {
        return std::nullopt;
    }
    MemoKey out;
    out.organization = organization;
    out.quantity = quantity;
    out.feature = *feature;
    out.customer_length = static_cast<uint32_t>(customer.size());
    std::copy(customer.begin(), customer.end(), out.customer.begin());
    return out;
}

std::optional<bool> Memo::find(const MemoKey &key) const {
    const auto *entry = static_cast<const Entry *>(hash_search(table_, &key, HASH_FIND, nullptr));
    return entry == nullptr ? std::nullopt : std::optional(entry->answer);
}

void Memo::keep(const MemoKey &key, bool answer) {
    if (hash_get_num_entries(table_) >= kMaxAnswers) {
        forget();
        return;
    }
    pg::call([&] {
        static_cast<Entry *>(hash_search(table_, &key, HASH_ENTER, nullptr))->answer = answer;
    });
}

} // namespace billing::entitlements
