// Event bodies for a load, made by generate_events.py and read back here. They are held in memory
// before the clock starts, so that a run measures the other side.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace billing::bench {

struct Body {
    std::string id; // of the event
    std::string text;
};

// The bodies of a file, once for each mark: four letters that take the place of @@@@ in every id,
// so that each mark tells of another company. Throws where the file is not what it should be.
std::vector<Body> read_bodies(const std::string &path, const std::vector<std::string> &marks);

// "a,b,c"
std::vector<std::string> split_marks(std::string_view list);

} // namespace billing::bench
