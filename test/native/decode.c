/*
 * Reads records from standard input and judges each as sotto-get would: a kind, 4 bytes of length, that many bytes.
 * Answers a line each. Kinds: `h` a header (accept or refuse), `g` and `w` the frame of a reply to `get` and to `wait`,
 * `n` a name, `d` a duration, `t` what an error may repeat.
 */
#define main sotto_main
#include "../../packages/client/native/sotto-get.c"
#undef main

static void judge_frame(uint8_t *bytes, size_t length, bool get) {
    uint64_t header, payload;
    struct bytes in = {bytes, bytes + length};
    struct reply reply = {0};
    bool whole = big_endian(&in, 4, &header) && big_endian(&in, 4, &payload) && header <= (size_t)(in.end - in.at);
    if (!whole || !read_header((struct bytes){in.at, in.at + header}, payload, get, "username", &reply)) puts("refuse");
    else if (reply.failure) printf("%d %s | %s\n", reply.failure->exit, reply.failure->text, reply.failure->hint);
    else printf("accept %.*s\n", (int)reply.attribute.number, reply.attribute.type ? (const char *)reply.attribute.in.at : "");
}

static void judge_record(int kind, uint8_t *bytes, size_t length) {
    struct bytes in = {bytes, bytes + length};
    struct item item;
    if (kind == 'g' || kind == 'w') judge_frame(bytes, length, kind == 'g');
    else if (kind == 'd') printf("%lld\n", (long long)duration((char *)bytes));
    else if (kind == 't') puts(may_be_told((char *)bytes) ? "accept" : "refuse");
    else if (kind == 'n') puts(is_name((char *)bytes, length) ? "accept" : "refuse");
    else puts(value(&in, 1, &item) && item.type == 'm' && in.at == in.end ? "accept" : "refuse");
}

int main(void) {
    for (int kind; (kind = getchar()) != EOF;) {
        uint8_t size[4];
        if (fread(size, 1, 4, stdin) != 4) return 1;
        size_t length = (size_t)size[0] << 24 | (size_t)size[1] << 16 | (size_t)size[2] << 8 | size[3];
        uint8_t *bytes = calloc(1, length + 1); /* of exactly this size, so that a sanitizer sees a byte too many */
        if (!bytes || fread(bytes, 1, length, stdin) != length) return 1;
        judge_record(kind, bytes, length);
        free(bytes);
    }
    return 0;
}
