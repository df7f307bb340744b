/*
 * The client of the benchmark: the same few system calls for every server, and every answer compared byte by byte.
 *   probe warm|cold|burst SOCKET COUNT GREETING REQUEST-FILE REPLY-FILE
 *   probe run COUNT OUTPUT-FILE COMMAND...
 * Prints one number: microseconds (the median) for warm and cold, milliseconds to the last answer for burst and the
 * median of whole processes for run. Exits 1, saying why, when an answer is not the expected one. In a burst a server may
 * turn a connection away: it is tried again, and the second number printed is how often.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 70000
static char request[MOST], reply[MOST], seen[MOST];
static size_t request_length, reply_length;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static int greeting;

static void fail(const char *why) {
  fprintf(stderr, "probe: %s (%s)\n", why, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static size_t load(const char *path, char *into) {
  int fd = open(path, O_RDONLY);
  ssize_t length = fd < 0 ? -1 : read(fd, into, MOST);
  if (length < 0) fail(path);
  close(fd);
  return (size_t)length;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, by_value);
  return values[count / 2];
}

static void skip_greeting(int fd) {
  char byte = 0;
  while (greeting && byte != '\n')
    if (read(fd, &byte, 1) != 1) fail("no greeting");
}

static int dial(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  while (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
    if (errno != EAGAIN && errno != EINTR) fail("connect");
  return fd;
}

static void ask(int fd) {
  if (write(fd, request, request_length) != (ssize_t)request_length) fail("write");
  size_t got = 0;
  while (got < reply_length) {
    ssize_t part = read(fd, seen + got, reply_length - got);
    if (part <= 0) fail("the connection ended before the answer");
    got += (size_t)part;
  }
  if (memcmp(seen, reply, reply_length) != 0) fail("not the expected answer");
}

static double warm(int count) {
  double *times = calloc((size_t)count, sizeof *times);
  int fd = dial();
  skip_greeting(fd);
  for (int i = -count / 4; i < count; i++) {
    double start = now();
    ask(fd);
    if (i >= 0) times[i] = now() - start;
  }
  close(fd);
  return median(times, count);
}

static double cold(int count) {
  double *times = calloc((size_t)count, sizeof *times);
  for (int i = -count / 4; i < count; i++) {
    double start = now();
    int fd = dial();
    skip_greeting(fd);
    ask(fd);
    close(fd);
    if (i >= 0) times[i] = now() - start;
  }
  return median(times, count);
}

/* All connect and ask at once; then each answer is read as it comes. A greeting is read with the answer. */
static double burst(int count, int *again) {
  struct pollfd *fds = calloc((size_t)count, sizeof *fds);
  double start = now();
  for (int i = 0; i < count; i++) {
    fds[i] = (struct pollfd){.fd = dial(), .events = POLLIN};
    (void)!write(fds[i].fd, request, request_length);
  }
  for (int left = count; left > 0;) {
    if (poll(fds, (nfds_t)count, 20000) <= 0) fail("no answer for 20 s");
    for (int i = 0; i < count; i++) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      size_t got = 0;
      ssize_t part = 1;
      if (greeting) skip_greeting(fds[i].fd);
      while (got < reply_length && (part = read(fds[i].fd, seen + got, reply_length - got)) > 0) got += (size_t)part;
      close(fds[i].fd);
      if (got == reply_length && memcmp(seen, reply, reply_length) == 0) {
        fds[i].fd = -1;
        left--;
        continue;
      }
      if (++*again > 100 * count) fail("turned away too often");
      fds[i].fd = dial();
      (void)!write(fds[i].fd, request, request_length);
    }
  }
  return (now() - start) / 1e3;
}

static double once(char **argv) {
  extern char **environ;
  int ends[2];
  pid_t child;
  posix_spawn_file_actions_t actions;
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  double start = now();
  if (posix_spawnp(&child, argv[0], &actions, NULL, argv, environ) != 0) fail(argv[0]);
  close(ends[1]);
  size_t got = 0;
  ssize_t part;
  while ((part = read(ends[0], seen + got, MOST - got)) > 0) got += (size_t)part;
  int status;
  waitpid(child, &status, 0);
  double took = now() - start;
  close(ends[0]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail("the command failed");
  if (got != reply_length || memcmp(seen, reply, got) != 0) fail("not the expected output");
  return took / 1e3;
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc > 4 && strcmp(argv[1], "run") == 0) {
    int count = atoi(argv[2]);
    reply_length = load(argv[3], reply);
    double *times = calloc((size_t)count, sizeof *times);
    for (int i = 0; i < count; i++) times[i] = once(argv + 4);
    printf("%.4f\n", median(times, count));
    return 0;
  }
  if (argc != 7) return 2;
  int count = atoi(argv[3]), again = 0;
  strncpy(address.sun_path, argv[2], sizeof address.sun_path - 1);
  greeting = atoi(argv[4]);
  request_length = load(argv[5], request);
  reply_length = load(argv[6], reply);
  double result = argv[1][0] == 'w' ? warm(count) : argv[1][0] == 'c' ? cold(count) : burst(count, &again);
  printf("%.4f %d\n", result, again);
  return 0;
}
