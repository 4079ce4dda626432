#include "support/bodies.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace billing::bench {

namespace {

constexpr std::string_view kMark = "@@@@";

std::string read_file(const std::string &path) {
    std::ifstream in{path, std::ios::binary};
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>{in}, {}};
}

// The first id of a body is the event's own.
std::string event_id(const std::string &text) {
    constexpr std::string_view kBefore = "\"id\": \"";
    const auto at = text.find(kBefore);
    const auto end = at == std::string::npos ? at : text.find('"', at + kBefore.size());
    if (end == std::string::npos) {
        throw std::runtime_error("a body has no id");
    }
    return text.substr(at + kBefore.size(), end - at - kBefore.size());
}

Body marked(std::string text, const std::string &mark) {
    for (auto at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
        text.replace(at, kMark.size(), mark);
    }
    auto id = event_id(text);
    return {std::move(id), std::move(text)};
}

} // namespace

std::vector<Body> read_bodies(const std::string &path, const std::vector<std::string> &marks) {
    const std::string all = read_file(path);
    std::vector<std::string> plain;
    for (std::size_t at = 0; at < all.size();) {
        std::uint32_t length = 0;
        if (all.size() - at < sizeof length) {
            throw std::runtime_error(path + " ends inside a length");
        }
        std::memcpy(&length, all.data() + at, sizeof length);
        at += sizeof length;
        if (all.size() - at < length) {
            throw std::runtime_error(path + " ends inside a body");
        }
        plain.push_back(all.substr(at, length));
        at += length;
    }
    std::vector<Body> out;
    out.reserve(plain.size() * marks.size());
    for (const auto &mark : marks) {
        if (mark.size() != kMark.size()) {
            throw std::runtime_error("a mark has four letters: " + mark);
        }
        for (const auto &text : plain) {
            out.push_back(marked(text, mark));
        }
    }
    return out;
}

std::vector<std::string> split_marks(std::string_view list) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at <= list.size();) {
        const auto end = std::min(list.find(',', at), list.size());
        out.emplace_back(list.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

} // namespace billing::bench
