// Short ways to load settings from what a test writes down.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "config/load.hpp"

namespace billing::worker::config {

inline constexpr const char *kOne = "11111111-1111-1111-1111-111111111111";
inline constexpr const char *kTwo = "22222222-2222-2222-2222-222222222222";

// A file that is gone after the test.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string &text) {
        char name[] = "/tmp/pg_billing_test_XXXXXX";
        close(mkstemp(name));
        path_ = name;
        std::ofstream{path_} << text;
    }
    ~TemporaryFile() { unlink(path_.c_str()); }
    const std::string &path() const { return path_; }

  private:
    std::string path_;
};

inline Loaded from_environment(const Environment &environment) {
    return load(environment, std::nullopt);
}

inline Loaded from_file(const std::string &text, const Environment &environment = {}) {
    const TemporaryFile file{text};
    return load(environment, file.path());
}

inline std::vector<std::string> problem_variables(const Loaded &loaded) {
    std::vector<std::string> names;
    for (const auto &problem : loaded.problems) {
        names.push_back(problem.variable);
    }
    std::sort(names.begin(), names.end());
    return names;
}

inline std::vector<std::string> revealed(const Secrets &secrets) {
    std::vector<std::string> texts;
    for (const auto &secret : secrets) {
        texts.emplace_back(secret.reveal());
    }
    return texts;
}

using Names = std::vector<std::string>;

} // namespace billing::worker::config
