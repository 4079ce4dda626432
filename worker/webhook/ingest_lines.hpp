// Two pipelines behind one face: the server can work on one group while it waits for the disk with
// another. They live and die together: after an error of one the whole is of no use any more.
#pragma once

#include "webhook/ingest_pipeline.hpp"

namespace billing::worker::webhook {

class IngestLines {
  public:
    // Connects both, or none.
    static Result<IngestLines> open(const db::Options &options,
                                    const std::optional<Uuid> &default_organization,
                                    const Wake &stop);

    std::string where() const { return lines_.front().pipeline.where(); }

    // Queues one group and notes in it where it went; flush() sends what the socket has not taken.
    std::optional<Error> send(Group &group);
    std::optional<Error> flush();
    // Waits until there is something to read or write, the wake-up or the time; reads what came.
    std::optional<Error> wait(Wake &wake, std::chrono::milliseconds time);

    struct Answer {
        std::size_t line = 0; // its oldest group is meant
        Reply reply;
    };
    std::optional<Answer> next_answer();

  private:
    struct Line {
        IngestPipeline pipeline;
        bool more_to_write = false;
        std::optional<SteadyTime> commits_since{}; // its oldest group
    };

    void note_commit(Line &line);

    std::vector<Line> lines_;
    std::vector<std::size_t> under_way_;  // groups, by line
    SteadyTime::duration commit_time_{0}; // a running mean, with the way through the socket
};

} // namespace billing::worker::webhook
