#pragma once
// One connection: its life from accept to close, one request after the other. Private to the room; loop thread only.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "net/channel.h"
#include "net/readiness.h"
#include "net/request_reader.h"
#include "net/server_loop.h"

namespace hookline::net {

class Connection final : public std::enable_shared_from_this<Connection>, private Readiness::Waiter {
 public:
    Connection(ServerLoop& loop, int socket, std::string address, TimePoint accepted);
    ~Connection() override;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void start();
    /// Closes what is late, calls deadlines.
    void sweep(TimePoint now);
    /// What is read of it waits for memory.
    [[nodiscard]] bool starved() const { return starved_since_ != never; }
    /// Goes on, if memory is there now.
    void feed(TimePoint now);
    /// Closes when nothing is under way; what is will be the last. A connection that was opened just now still has its
    /// first request's time: whoever opened it is about to send.
    void begin_drain();
    void close();
    [[nodiscard]] TimePoint deadline() const { return deadline_; }
    /// Since when it is the other side's turn in something that has begun: a handshake, a request, an answer to be
    /// read. `never` where it is ours, or where nothing has begun.
    [[nodiscard]] TimePoint owed_since() const;
    /// Of the byte budget.
    [[nodiscard]] std::size_t held_bytes() const { return held_; }
    /// Ends what is owed as if its time were up.
    void end_late();
    /// Ends a request whose bytes others need room for: 503, and closed.
    void give_room();

    // The loop's: where it keeps this connection.
    ServerLoop::Connections::iterator place;
    bool idle = false;

    // For the Responder of request `number`; an older number is ignored.
    void answer(std::uint64_t number, const HttpResponse& response);
    void call_at(std::uint64_t number, TimePoint when, Task late);
    const std::shared_ptr<LoopMailbox>& mailbox() { return mailbox_; }

 private:
    enum class Stage {
        proxy_header,  ///< the PROXY header of a trusted peer is due
        handshake,     ///< TLS
        between,       ///< no byte of a request has come
        head,
        body,
        handling,  ///< with the handler; nothing is read
        writing,
        lingering,  ///< the last answer is out; what still comes is thrown away, so that no reset overtakes the answer
        closed,
    };

    void on_ready() override { run(); }
    void run();
    bool advance();
    void enter(Stage stage, TimePoint deadline);
    void enter_between();
    bool wait(Channel::State want);

    void begin_conversation();
    bool read_proxy_header();
    bool shake_hands();

    bool receive();
    void begin_request();
    bool read_request();
    void find_sender();
    bool judge_head();
    bool hand_over();
    void count_held();
    [[nodiscard]] std::size_t read_bytes_max() const;

    bool refuse(int status, std::string_view reason);
    void begin_answer(const HttpResponse& response);
    void write_now(std::string_view text);
    bool write();
    void begin_lingering();
    bool linger();

    ServerLoop& loop_;
    const std::shared_ptr<LoopMailbox> mailbox_;
    std::optional<Descriptor> socket_;
    Readiness::Place readiness_;
    std::optional<Channel> channel_;
    std::string address_;
    const TimePoint accepted_;
    TimePoint read_at_;  ///< when the newest bytes came

    Stage stage_ = Stage::between;
    TimePoint deadline_ = never;
    TimePoint begun_;  ///< what is under way now, without the time that it waited for memory
    TimePoint starved_since_ = never;
    bool close_after_ = false;     ///< this answer is the last
    bool rest_unread_ = false;     ///< parts of this request were not read
    bool asked_to_close_ = false;  ///< by the sender, or HTTP/1.0
    bool answers_head_ = false;
    Input input_;
    std::size_t lingered_ = 0;
    std::size_t held_ = 0;  ///< of the byte budget

    // The request under way.
    std::uint64_t number_ = 0;
    std::optional<RequestReader> reader_;
    std::optional<HttpResponse> early_;  ///< on_head's answer, given once the small body has been read away
    TimePoint late_at_ = never;
    Task late_;
    std::string output_;       ///< what could not be written at once
    std::size_t written_ = 0;  ///< of it
};

}  // namespace hookline::net
