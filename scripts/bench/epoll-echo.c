/* The limit: answers each chunk with itself, after it has asked the kernel who is there. `epoll-echo SOCKET` */
#define _GNU_SOURCE
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), all = epoll_create1(0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) return 1;
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
  epoll_ctl(all, EPOLL_CTL_ADD, listener, &event);
  (void)!write(1, "ready\n", 6);
  for (;;) {
    int count = epoll_wait(all, events, 64, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        struct ucred peer;
        socklen_t length = sizeof peer;
        event.data.fd = accept(listener, NULL, NULL);
        getsockopt(event.data.fd, SOL_SOCKET, SO_PEERCRED, &peer, &length);
        epoll_ctl(all, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      char buffer[65536];
      ssize_t got = read(fd, buffer, sizeof buffer);
      if (got <= 0 || write(fd, buffer, (size_t)got) != got) close(fd);
    }
  }
}
