#include "http/connection.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace traceway::http {

Io Connection::read(std::span<char> buffer, std::size_t& got) {
  while (true) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      got = static_cast<std::size_t>(count);
      // A short read has emptied the socket; the end of the stream would not be told a second time.
      if (got < buffer.size() && !has_ended) is_readable = false;
      return Io::kProgress;
    }
    if (count == 0) return Io::kEnded;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Io::kEnded;
    is_readable = false;
    return Io::kBlocked;
  }
}

Io Connection::write() {
  Active& out = *active;
  while (!is_all_written()) {
    std::array<iovec, 2> parts{};
    std::size_t count = 0;
    if (out.sent < out.head.size()) {
      parts[count++] = {out.head.data() + out.sent, out.head.size() - out.sent};
    }
    const std::size_t done = out.sent > out.head.size() ? out.sent - out.head.size() : 0;
    if (done < out.payload.size()) {
      // sendmsg does not write through iov_base; its type is older than const.
      parts[count++] = {const_cast<char*>(out.payload.data()) + done, out.payload.size() - done};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t written = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      is_writable = false;
      return Io::kBlocked;
    }
    if (written <= 0) return Io::kEnded;
    out.sent += static_cast<std::size_t>(written);
  }
  return Io::kProgress;
}

}  // namespace traceway::http
