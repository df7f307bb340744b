/* libFuzzer: whatever an agent sends, nothing is read beyond it, and what is taken from it lies within it. */
#define main sotto_main
#include "../../packages/client/native/sotto-get.c"
#undef main

static void within(struct bytes part, const uint8_t *from, const uint8_t *to) {
    if (part.at && (part.at < from || part.end > to || part.at > part.end)) abort();
}

/* The first byte says what it is: the header of a reply, with a payload or without, or text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    struct bytes header = {data + 1, data + size};
    struct reply reply = {0};
    if (data[0] < 4) {
        bool good = read_header(header, data[0] & 1, data[0] & 2, "username", &reply);
        within(reply.attribute.in, header.at, header.end);
        if (good && !reply.failure && !(data[0] & 2) && (data[0] & 1)) abort(); /* a state has no payload */
        return 0;
    }
    char *text = strndup((const char *)header.at, size - 1), path[PATH_ROOM];
    is_name(text, strlen(text));
    may_be_told(text);
    if (duration(text) < 0) abort();
    if (resolve(path, text, "/agent.sock") && (path[0] != '/' || strstr(path, "//") || strstr(path, "/../"))) abort();
    struct call call = {.name = text, .socket = text};
    char places[2][PATH_ROOM];
    if (!find_places(&call, places) && strlen(places[0]) > MAX_SOCKET_PATH) abort();
    free(text);
    return 0;
}
