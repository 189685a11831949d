/*
 * A QEMU plugin that counts the instructions core 0 executes: on a way, on a way that is gone again and again, and between
 * every entry into the kernel and its exit.
 *
 *     -plugin ./count-instructions.so,out=FILE,from=ADDRESS,to=ADDRESS     once, from one address to another
 *     …,from=ADDRESS,user=ADDRESS,call=NUMBER      once, from an address to the return of the first system call NUMBER
 *     …,pair=FROM:TO                               each time, from the last FROM before a TO, which may be FROM again;
 *                                                  with `user`, FROM 0 is the start of a span that an interrupt has begun
 *     …,user=ADDRESS                               every span of the kernel: agents live at ADDRESS and above
 *
 * FILE gets a line for each thing counted; "least sum most" are instructions:
 *
 *     once COUNT
 *     pair INDEX TIMES LEAST SUM MOST
 *     hit INDEX ADDRESS TIMES                      how often the instruction at ADDRESS was executed within pair INDEX
 *     span NUMBER TIMES LEAST SUM MOST             of system call NUMBER; -1: an interrupt or exception; -2: from idle
 *     worst NUMBER ADDRESS TIMES                   how often ADDRESS was executed in the longest of these spans
 *
 * A span is a stretch with interrupts off. It starts with the first instruction below `user` after one of an agent, after one
 * that waits for an interrupt, or after one that returns from an exception: then another interrupt has come at once, or the
 * idle kernel goes on. It ends before the next one starts, or the next instruction of an agent. An instruction that faults
 * counts where it is tried. What the kernel does before the first agent runs is no span.
 *
 * The plugin interface is declared here because distributions do not package its header (QEMU, docs/devel/tcg-plugins).
 * Reading registers came with QEMU 9: with an older one all spans of system calls have the number 0.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_register;
struct qemu_info {
    const char *target_name;
    struct { int min, cur; } version;
};
/* GLib's, which QEMU brings along. */
struct bytes { uint8_t *data; unsigned len; };
struct registers {
    struct { struct qemu_plugin_register *handle; const char *name, *feature; } *data;
    unsigned len;
};
typedef void (*translation_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*execution_callback)(unsigned int core, void *data);
typedef void (*core_callback)(qemu_plugin_id_t, unsigned int core);
typedef void (*end_callback)(qemu_plugin_id_t, void *data);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation_callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
/* Until interface 2 it takes the instruction alone and returns where its bytes are. */
extern uintptr_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *to, size_t size);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, execution_callback, int flags, void *data);
extern void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t, core_callback);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, end_callback, void *data);
extern struct registers *qemu_plugin_get_registers(void) __attribute__((weak));
extern int qemu_plugin_read_register(struct qemu_plugin_register *, struct bytes *) __attribute__((weak));
extern struct bytes *g_byte_array_new(void);
extern struct bytes *g_byte_array_set_size(struct bytes *, unsigned);

#define EXPORT __attribute__((visibility("default")))
enum { NO_REGISTERS = 0, READ_REGISTERS = 1 };

/* 2 is the oldest interface that later versions of QEMU still take. */
EXPORT int qemu_plugin_version = 2;

enum { PAIRS = 16, BUCKETS = 1 << 16, LONGEST = 1 << 20, CALLS = 1024, INTERRUPT = CALLS, IDLE, CAUSES };

/* An instruction that has been translated. */
struct place {
    struct place *next;
    uint64_t address;
    uint32_t starts, ends; /* a bit a pair */
    uint32_t hits[PAIRS];
    uint32_t times;        /* in the way that is being printed */
    bool is_wait, is_return;
};

struct sum { uint64_t times, least, sum, most; };
/* The places of a way in the order they were executed; beyond LONGEST only counted. */
struct path { struct place **places; uint64_t length; };
struct pair { uint64_t from, to; struct path path; struct sum sum; };
struct cause { struct sum sum; struct path worst; };

static struct place *places[BUCKETS];
static struct pair pairs[PAIRS];
static int pair_count;
static uint32_t running;          /* a bit a pair */
static uint32_t interrupt_starts; /* likewise: those that start with an interrupt */
static struct cause causes[CAUSES];
static struct path span;

static uint64_t total, once_from, once_to, once_since, user;
static int64_t once_call = -1;
static int once; /* 0 before `from`, 1 counting, 2 done */
static int api_version;
static bool counts_spans, was_agent, was_waiting, has_returned, in_span;
static int number = -1; /* of the system call that the last instruction makes */
static int cause;
static const char *target, *out;
static FILE *file;
static struct qemu_plugin_register *number_register;
static struct bytes *value;

static void add(struct sum *sum, uint64_t length)
{
    if (sum->times == 0 || length < sum->least) sum->least = length;
    if (length > sum->most) sum->most = length;
    sum->sum += length;
    sum->times++;
}

static void start(struct path *path)
{
    if (!path->places) path->places = malloc(LONGEST * sizeof *path->places); /* the system gives what is touched */
    path->length = 0;
}

static void go_on(struct path *path, struct place *place)
{
    if (path->length < LONGEST) path->places[path->length] = place;
    path->length++;
}

static uint64_t kept(const struct path *path)
{
    return path->length < LONGEST ? path->length : LONGEST;
}

static void start_pairs(uint32_t wanted)
{
    running |= wanted;
    for (; wanted; wanted &= wanted - 1) start(&pairs[__builtin_ctz(wanted)].path);
}

static void finish_once(void)
{
    fprintf(file, "once %" PRIu64 "\n", total - once_since);
    fflush(file);
    once = 2;
}

static void end_span(void)
{
    struct cause *of = &causes[cause];
    in_span = false;
    if (of->sum.times == 0 || span.length > of->sum.most) {
        start(&of->worst);
        memcpy(of->worst.places, span.places, kept(&span) * sizeof *span.places);
        of->worst.length = span.length;
    }
    add(&of->sum, span.length);
    if (once == 1 && cause == once_call) finish_once();
}

static void start_span(void)
{
    bool goes_on = has_returned && cause == IDLE;
    cause = was_waiting || goes_on ? IDLE : number < 0 ? INTERRUPT : number;
    in_span = true;
    start(&span);
    if (cause >= INTERRUPT && !goes_on) start_pairs(interrupt_starts);
}

static void follow_kernel(struct place *place)
{
    bool is_agent = place->address >= user;
    bool is_start = !is_agent && (was_agent || was_waiting || has_returned);
    if (in_span && (is_agent || is_start)) end_span();
    if (is_start) start_span();
    if (in_span) go_on(&span, place);
    was_agent = is_agent;
    was_waiting = place->is_wait && !is_agent;
    has_returned = place->is_return && in_span;
    number = -1;
}

static void end_pair(int index)
{
    struct path *path = &pairs[index].path;
    add(&pairs[index].sum, path->length);
    for (uint64_t i = 0; i < kept(path); i++) path->places[i]->hits[index]++;
    running &= ~(1u << index);
}

static void executed(unsigned int core, void *data)
{
    struct place *place = data;
    if (core != 0) return;
    if (counts_spans) follow_kernel(place);
    if (once == 0 && place->address == once_from) {
        once = 1;
        once_since = total;
    }
    if (once == 1 && place->address == once_to) finish_once();
    for (uint32_t rest = place->ends & running; rest; rest &= rest - 1) end_pair(__builtin_ctz(rest));
    start_pairs(place->starts);
    for (uint32_t rest = running; rest; rest &= rest - 1) go_on(&pairs[__builtin_ctz(rest)].path, place);
    total++;
}

/* After `executed`, at an instruction of an agent that makes a system call. */
static void calls(unsigned int core, void *data)
{
    (void)data;
    if (core != 0) return;
    number = 0;
    if (!number_register) return;
    g_byte_array_set_size(value, 0);
    if (qemu_plugin_read_register(number_register, value) <= 0) return;
    uint64_t given = 0;
    memcpy(&given, value->data, value->len < 8 ? value->len : 8);
    number = given < CALLS ? (int)given : 0;
}

static bool is_instruction(const struct qemu_plugin_insn *instruction, const char *bytes, size_t size)
{
    char own[16];
    if (qemu_plugin_insn_size(instruction) != size) return false;
    uintptr_t answer = qemu_plugin_insn_data(instruction, own, sizeof own);
    return !memcmp(api_version < 3 ? (const char *)answer : own, bytes, size);
}

static bool makes_call(const struct qemu_plugin_insn *instruction)
{
    if (!strcmp(target, "x86_64")) return is_instruction(instruction, "\x0F\x05", 2);
    if (!strcmp(target, "aarch64")) return is_instruction(instruction, "\x01\x00\x00\xD4", 4);
    return is_instruction(instruction, "\x73\x00\x00\x00", 4);
}

static bool waits(const struct qemu_plugin_insn *instruction)
{
    if (!strcmp(target, "x86_64")) return is_instruction(instruction, "\xF4", 1);
    if (!strcmp(target, "aarch64")) return is_instruction(instruction, "\x7F\x20\x03\xD5", 4);
    return is_instruction(instruction, "\x73\x00\x50\x10", 4);
}

static bool returns(const struct qemu_plugin_insn *instruction)
{
    if (!strcmp(target, "x86_64")) {
        return is_instruction(instruction, "\x48\xCF", 2) || is_instruction(instruction, "\x48\x0F\x07", 3);
    }
    if (!strcmp(target, "aarch64")) return is_instruction(instruction, "\xE0\x03\x9F\xD6", 4);
    return is_instruction(instruction, "\x73\x00\x20\x10", 4);
}

/* The record of an address; a block that is translated again keeps its counts. */
static struct place *place_of(uint64_t address)
{
    struct place **first = &places[(address >> 1) % BUCKETS];
    for (struct place *place = *first; place; place = place->next) {
        if (place->address == address) return place;
    }
    struct place *place = calloc(1, sizeof *place);
    place->address = address;
    for (int i = 0; i < pair_count; i++) {
        if (pairs[i].from == address) place->starts |= 1u << i;
        if (pairs[i].to == address) place->ends |= 1u << i;
    }
    place->next = *first;
    return *first = place;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        struct place *place = place_of(qemu_plugin_insn_vaddr(instruction));
        place->is_wait = waits(instruction);
        place->is_return = returns(instruction);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, NO_REGISTERS, place);
        if (counts_spans && place->address >= user && makes_call(instruction)) {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, calls, READ_REGISTERS, NULL);
        }
    }
}

static void core_started(qemu_plugin_id_t id, unsigned int core)
{
    (void)id;
    if (core != 0 || !qemu_plugin_get_registers || !qemu_plugin_read_register) return;
    const char *name = !strcmp(target, "x86_64") ? "rax" : !strcmp(target, "aarch64") ? "x8" : "a7";
    struct registers *all = qemu_plugin_get_registers();
    for (unsigned i = 0; i < all->len; i++) {
        if (!strcmp(all->data[i].name, name)) number_register = all->data[i].handle;
    }
    value = g_byte_array_new();
}

static void print_worst(const struct path *path, int shown)
{
    for (uint64_t i = 0; i < kept(path); i++) path->places[i]->times++;
    for (uint64_t i = 0; i < kept(path); i++) {
        struct place *place = path->places[i];
        if (place->times) fprintf(file, "worst %d 0x%" PRIx64 " %" PRIu32 "\n", shown, place->address, place->times);
        place->times = 0;
    }
}

static void print_sum(const char *what, int index, const struct sum *sum)
{
    fprintf(file, "%s %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", what, index, sum->times, sum->least, sum->sum, sum->most);
}

static void ended(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    for (int i = 0; i < pair_count; i++) {
        print_sum("pair", i, &pairs[i].sum);
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            for (struct place *place = places[bucket]; place; place = place->next) {
                if (place->hits[i]) fprintf(file, "hit %d 0x%" PRIx64 " %" PRIu32 "\n", i, place->address, place->hits[i]);
            }
        }
    }
    for (int i = 0; i < CAUSES; i++) {
        int shown = i == INTERRUPT ? -1 : i == IDLE ? -2 : i;
        if (causes[i].sum.times == 0) continue;
        print_sum("span", shown, &causes[i].sum);
        print_worst(&causes[i].worst, shown);
    }
    fclose(file);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    target = strdup(info->target_name);
    api_version = info->version.cur;
    once = 2;
    for (int i = 0; i < argc; i++) {
        const char *text = strchr(argv[i], '=');
        if (!text++) return 1;
        if (!strncmp(argv[i], "from=", 5)) once_from = strtoull(text, NULL, 0), once = 0;
        else if (!strncmp(argv[i], "to=", 3)) once_to = strtoull(text, NULL, 0);
        else if (!strncmp(argv[i], "call=", 5)) once_call = strtoll(text, NULL, 0);
        else if (!strncmp(argv[i], "user=", 5)) user = strtoull(text, NULL, 0), counts_spans = true;
        else if (!strncmp(argv[i], "out=", 4)) out = text;
        else if (!strncmp(argv[i], "pair=", 5) && pair_count < PAIRS) {
            char *colon;
            pairs[pair_count].from = strtoull(text, &colon, 0);
            if (pairs[pair_count].from == 0) interrupt_starts |= 1u << pair_count;
            pairs[pair_count++].to = strtoull(colon + 1, NULL, 0);
        } else return 1;
    }
    if (!out || !(file = fopen(out, "w"))) return 1;
    qemu_plugin_register_vcpu_init_cb(id, core_started);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
