/*
 * A QEMU plugin that counts the instructions core 0 executes from one address to another, once.
 *
 *     -plugin ./count-instructions.so,from=0x40080040,to=0x40081234,out=FILE
 *
 * The plugin interface is declared here because distributions do not package its header (QEMU, docs/devel/tcg-plugins).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translation_callback)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*execution_callback)(unsigned int core, void *data);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation_callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, execution_callback, int flags, void *data);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 4;

static uint64_t from, to, count;
static int state; /* 0 before `from`, 1 counting, 2 done */
static const char *out;

static void executed(unsigned int core, void *data)
{
    uint64_t address = (uint64_t)(uintptr_t)data;
    if (core != 0 || state == 2) return;
    if (state == 0 && address == from) state = 1;
    if (state == 1 && address == to) {
        FILE *file = fopen(out, "w");
        if (file) {
            fprintf(file, "%" PRIu64 "\n", count);
            fclose(file);
        }
        state = 2;
    }
    if (state == 1) count++;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        void *address = (void *)(uintptr_t)qemu_plugin_insn_vaddr(instruction);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, 0, address);
    }
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "from=", 5)) from = strtoull(argv[i] + 5, NULL, 0);
        if (!strncmp(argv[i], "to=", 3)) to = strtoull(argv[i] + 3, NULL, 0);
        if (!strncmp(argv[i], "out=", 4)) out = argv[i] + 4;
    }
    if (!out) return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
