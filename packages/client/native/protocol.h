/*
 * What ../src says, for sotto-get: which failures, names and durations there are, and what an agent may answer. Bytes in, a
 * judgement out: nothing here calls the system, keeps a byte of a value or quotes what it read. Tests hold the two together.
 */
#ifndef SOTTO_PROTOCOL_H
#define SOTTO_PROTOCOL_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "texts.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
typedef const struct failure *outcome; /* 0 when all is well */

/* The failure with its `%s` filled in; there is one such at a time. */
static outcome with(outcome failure, const char *first, const char *second) {
    static struct failure told;
    static char text[2 * 8192];
    told = *failure;
    snprintf(text, sizeof text, failure->text, first, second);
    told.text = text;
    return &told;
}

/* What a failed system call means. */
static size_t errno_row(int number) {
    size_t row = 0;
    while (row < LENGTH(ERRNOS) - 1 && ERRNOS[row].number != number) row++;
    return row; /* the last one is for all others */
}

static outcome from_errno(int number) {
    outcome reason = ERRNOS[errno_row(number)].reason;
    return reason ? reason : &UNREACHABLE;
}

/* One of a-z, or of the others. */
static bool is_letter(char c, const char *others) { return (c >= 'a' && c <= 'z') || (c && strchr(others, c)); }

/* How many bytes the control character takes that stands here, U+0085 and U+2028 being such; 0 for any other. */
static size_t control(const uint8_t *at, size_t left) {
    if (at[0] < 0x20 || at[0] == 0x7f) return 1;
    if (left >= 2 && at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) return 2;
    return left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && (at[2] & 0xfe) == 0xa8 ? 3 : 0;
}

/* ---- Names and durations ---- */

static bool is_name(const char *text, size_t length) {
    size_t start = 0, segments = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && text[i] != '/') {
            if (!is_letter(text[i], "0123456789_.-") || (text[i] == '.' && text[i + 1] == '.')) return false;
            continue;
        }
        if (i - start < 1 || i - start > 64 || strchr("_.-", text[start]) || strchr("_.-", text[i - 1])) return false;
        if (i - start == 11 && memcmp(text + start, "constructor", 11) == 0) return false;
        segments++;
        start = i + 1;
    }
    return segments <= 8 && length <= MAX_NAME_BYTES;
}

/* A selector or an id: all else may be a mishap, a password even, and is not repeated. */
static bool may_be_told(const char *text) {
    size_t length = strlen(text), prefix = length > 3 && strcmp(text + length - 3, "/**") == 0 ? length - 3 : length;
    if (is_name(text, prefix)) return true;
    return length >= 1 && length <= 64 && text[0] != '-' && strspn(text, "0123456789abcdef-") == length;
}

/* Milliseconds of `30s`, `10m`, `8h` or `2d`; 0 for anything else. */
static int64_t duration(const char *text) {
    static const char UNITS[] = "smhd";
    size_t digits = strspn(text, "0123456789");
    const char *unit = digits >= 1 && digits <= 7 && text[0] != '0' && text[digits] ? strchr(UNITS, text[digits]) : 0;
    if (!unit || text[digits + 1]) return 0;
    return strtol(text, 0, 10) * (int64_t[]){1000, 60000, 3600000, 86400000}[unit - UNITS];
}

/* ---- Headers: msgpack, of which little is allowed ---- */

struct bytes { const uint8_t *at, *end; };
/* nil, boolean, integer, string, map or array. A string's bytes are `in`; the elements of a container begin there. */
struct item { char type; int64_t number; struct bytes in; };

static bool is(const struct item *item, const char *text) {
    size_t length = strlen(text);
    return item->type == 's' && (size_t)item->number == length && memcmp(item->in.at, text, length) == 0;
}

/* No overlong form, no surrogate, nothing above U+10FFFF. */
static bool is_utf8(struct bytes in) {
    while (in.at < in.end) {
        uint8_t lead = *in.at++;
        if (lead < 0x80) continue;
        int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4 || in.end - in.at < more) return false;
        if (in.at[0] < (lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80)) return false;
        if (in.at[0] > (lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf)) return false;
        for (; more > 0; more--) if ((*in.at++ & 0xc0) != 0x80) return false;
    }
    return true;
}

static bool big_endian(struct bytes *in, int width, uint64_t *number) {
    if (in->end - in->at < width) return false;
    for (*number = 0; width > 0; width--) *number = *number << 8 | *in->at++;
    return true;
}

static bool string(struct bytes *in, uint64_t length, struct item *item) {
    if (length > (uint64_t)(in->end - in->at)) return false;
    *item = (struct item){'s', (int64_t)length, {in->at, in->at + length}};
    in->at += length;
    return is_utf8(item->in);
}

static bool integer(struct item *item, int64_t number) {
    const int64_t safe = (INT64_C(1) << 53) - 1;
    *item = (struct item){.type = 'i', .number = number};
    return number >= -safe && number <= safe;
}

/* Reads a scalar, or the start of a container, whose count is its number. No bin, ext, float or 0xc1. */
static bool head(struct bytes *in, struct item *item) {
    uint64_t lead, more;
    if (!big_endian(in, 1, &lead)) return false;
    if (lead <= 0x7f || lead >= 0xe0) return integer(item, (int8_t)lead);
    if (lead >= 0xa0 && lead <= 0xbf) return string(in, lead & 0x1f, item);
    *item = (struct item){lead <= 0x8f ? 'm' : lead <= 0x9f ? 'a' : lead == 0xc0 ? 'n' : 'b', (int64_t)(lead & 0x0f), *in};
    if (lead == 0xc2 || lead == 0xc3) item->number = lead == 0xc3;
    if (lead <= 0x9f || lead == 0xc0 || lead == 0xc2 || lead == 0xc3) return true;
    if (lead < 0xcc || (lead > 0xd3 && lead < 0xd9)) return false;
    int width = lead >= 0xdc ? 2 << (lead & 1) : 1 << (lead >= 0xd9 ? lead - 0xd9 : lead & 3);
    if (!big_endian(in, width, &more)) return false;
    if (lead <= 0xcf) return more <= INT64_MAX && integer(item, (int64_t)more);
    if (lead <= 0xd3) return integer(item, (int64_t)(more << (64 - 8 * width)) >> (64 - 8 * width));
    if (lead <= 0xdb) return string(in, more, item);
    *item = (struct item){lead <= 0xdd ? 'a' : 'm', (int64_t)more, *in};
    return true;
}

/* Passes over a value that has been judged before. */
static void skip(struct bytes *in) {
    struct item item;
    for (int64_t left = 1; left > 0 && head(in, &item); left--)
        left += item.type == 'm' ? 2 * item.number : item.type == 'a' ? item.number : 0;
}

/* A key after `before` others of its map: a string unlike them, and none that leads to a prototype. */
static bool key(struct bytes *in, const struct item *map, int64_t before) {
    struct item key, other;
    struct bytes seen = map->in;
    if (!head(in, &key) || key.type != 's') return false;
    for (; before > 0 && head(&seen, &other); before--) {
        if (other.number == key.number && memcmp(other.in.at, key.in.at, (size_t)key.number) == 0) return false;
        skip(&seen);
    }
    return !is(&key, "__proto__") && !is(&key, "constructor") && !is(&key, "prototype");
}

/* Judges one value with all that is in it. */
static bool value(struct bytes *in, int depth, struct item *item) {
    struct item inner;
    if (!head(in, item)) return false;
    if (item->type != 'm' && item->type != 'a') return true;
    int64_t values = item->type == 'm' ? 2 * item->number : item->number;
    if (depth > MAX_DEPTH || values > in->end - in->at) return false; /* each takes a byte at least */
    for (int64_t i = 0; i < item->number; i++)
        if ((item->type == 'm' && !key(in, item, i)) || !value(in, depth + 1, &inner)) return false;
    return true;
}

/* The field of a map that has been judged; its type is 0 where there is none. */
static struct item find(const struct item *map, const char *name) {
    struct bytes in = map->in;
    struct item key, found;
    for (int64_t left = map->number; left > 0 && head(&in, &key); left--) {
        if (is(&key, name) && head(&in, &found)) return found;
        skip(&in);
    }
    return (struct item){0};
}

/* ---- Replies ---- */

/* What an agent answered: a failure, or what it was asked for. */
struct reply { outcome failure; struct item attribute; struct bytes value; };

/* A field that is left out, or an integer from 0 on. */
static bool is_count(const struct item *item) { return item->type == 0 || (item->type == 'i' && item->number >= 0); }

static bool read_attributes(const struct item *map, const char *wanted, struct item *found) {
    struct bytes in = map->in;
    struct item key, text;
    int64_t sum = 0;
    if (map->type != 'm' || map->number > MAX_ATTRIBUTES) return false;
    for (int64_t left = map->number; left > 0; left--) {
        if (!head(&in, &key) || !head(&in, &text) || text.type != 's') return false;
        if (key.number < 1 || key.number > MAX_ATTRIBUTE_KEY || text.number > MAX_ATTRIBUTE_BYTES) return false;
        for (const uint8_t *at = key.in.at; at < key.in.end; at++)
            if (!is_letter((char)(*at >= 'A' && *at <= 'Z' ? *at | 0x20 : *at), "0123456789_.-")) return false;
        for (const uint8_t *at = text.in.at; at < text.in.end; at++)
            if (control(at, (size_t)(text.in.end - at)) > 0) return false;
        sum += key.number + text.number;
        if (wanted && is(&key, wanted)) *found = text;
    }
    return sum <= MAX_ATTRIBUTES_BYTES;
}

static bool read_failure(const struct item *map, outcome *failure) {
    static struct failure told;
    static char hint[64], number[32];
    struct item error = find(map, "error"), reason = find(map, "reason"), supported = find(map, "supported"), one;
    struct item retry = find(map, "retryAfterMs"), needs = find(map, "needsVersion");
    size_t code = 0, row = 0;
    while (code < LENGTH(ERRORS) && !is(&error, ERRORS[code].code)) code++;
    while (reason.type != 0 && row < LENGTH(REASONS) && !is(&reason, REASONS[row].reason)) row++;
    if (code == LENGTH(ERRORS) || row == LENGTH(REASONS) || !is_count(&retry) || !is_count(&needs)) return false;
    if (supported.type != 0 && (supported.type != 'a' || supported.number > 256)) return false;
    for (int64_t left = supported.number; left > 0; left--)
        if (!head(&supported.in, &one) || one.type != 'i' || one.number < 0) return false;
    told = ERRORS[code];
    snprintf(hint, sizeof hint, RETRY_HINT, (long long)(retry.number < 1 ? 1 : (retry.number + 999) / 1000));
    snprintf(number, sizeof number, "%lld", (long long)needs.number);
    if (retry.type != 0) told.hint = hint;
    if (reason.type != 0 && strcmp(REASONS[row].code, told.code) == 0) {
        told.text = is(&reason, "version") && needs.type != 0 ? with(&VAULT_NEEDS, number, "")->text : REASONS[row].text;
        told.hint = REASONS[row].hint;
    }
    *failure = &told;
    return true;
}

/* Judges a header, and takes from it what was asked for: a secret or, without `get`, the state. */
static bool read_header(struct bytes header, size_t payload, bool get, const char *attr, struct reply *reply) {
    struct item map;
    if (!value(&header, 1, &map) || map.type != 'm' || header.at != header.end) return false;
    struct item id = find(&map, "id"), ok = find(&map, "ok"), state = find(&map, "state");
    struct item version = find(&map, "version"), attributes = find(&map, "attributes");
    bool ours = id.type == 'i' && id.number == 1;
    if (ok.type != 'b') return false;
    if (ok.number == 0) return (ours || id.type == 'n') && payload == 0 && read_failure(&map, &reply->failure);
    if (!ours || (!get && payload > 0)) return false;
    if (get) return version.type == 'i' && version.number >= 1 && read_attributes(&attributes, attr, &reply->attribute);
    for (size_t i = 0; i < LENGTH(ERRORS); i++)
        if (ERRORS[i].exit == EXIT_LOCKED && is(&state, ERRORS[i].code)) reply->failure = &ERRORS[i];
    return reply->failure || is(&state, "unlocked");
}

#endif
