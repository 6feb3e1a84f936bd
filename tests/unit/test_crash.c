/* A process dies inside of an operation: at every instruction of it.
 *
 * The child is stepped through the operation.  Whenever it has changed the
 * zone, the parent goes on as if the child had died just there, with the zone
 * as it is, looks at what it finds, and puts everything back. */

#include "zone.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEYS = 12, SIZE = 40, OLD = 1, NEW = 2, TOUCHED = 5, ZONE_SIZE = 32 * 1024 };

typedef struct {
    zone_t *z;
    const lf_zone_t *zone;
    lf_call_t mine;    /* the call that goes on */
    lf_call_t victims; /* the call that dies */
    lf_call_t others[LF_SLOTS];
    zone_t *copy;
    void *reserve; /* what prepare() left little beside */
    int evicts;    /* the operation may evict any entry of the dict */
    int looks;
    int emptied;
} fixture_t;

typedef struct {
    const char *name;
    void (*prepare)(fixture_t *f);
    void (*run)(fixture_t *f);
    int evicts;
} operation_t;

static lf_str_t key_of(char *buf, char kind, int i) {
    snprintf(buf, 8, "%c%u", kind, (unsigned) i % 100u);
    return lf_cstr(buf);
}

/* Entries of the cache and of the dict, each filled with OLD. */
static void populate(fixture_t *f) {
    char key[8], value[SIZE];
    int i;

    memset(value, OLD, sizeof(value));
    f->z->self.id = 1;
    zone_enter(&f->mine);
    for (i = 0; i < KEYS; i++) {
        memset(lf_cache_new(f->zone, &f->mine, key_of(key, 'c', i), SIZE), OLD, SIZE);
        assert_null(lf_cache_put(f->zone, &f->mine, key_of(key, 'p', i), &f->looks));
        assert_int_equal(lf_dict_set(f->zone, &f->mine, key_of(key, 'd', i), lf_str(value, SIZE), 0), 0);
    }
    zone_leave(&f->mine);
    f->z->self.id = 2;
    zone_enter(&f->victims);
}

/* All bytes are the same, OLD or, where something was going on, NEW or 0. */
static void assert_whole(const char *value, size_t len, int touched) {
    size_t i;

    assert_int_equal(len, SIZE);
    assert_true(value[0] == OLD || (touched && (value[0] == NEW || value[0] == 0)));
    for (i = 0; i < len; i++) {
        assert_int_equal(value[i], value[0]);
    }
}

static void look_at_cache(fixture_t *f, int i) {
    char key[8];
    const char *value = lf_cache_get(f->zone, &f->mine, key_of(key, 'c', i));
    const void *put = lf_cache_get(f->zone, &f->mine, key_of(key, 'p', i));
    int emptied = f->z->reports[LF_EVENT_EMPTIED] > 0, touched = i == TOUCHED;

    assert_true(emptied ? value == NULL : value != NULL || touched);
    if (value != NULL && value != (const char *) &f->looks) {
        assert_whole(value, SIZE, touched);
    }
    assert_true(emptied ? put == NULL : put == &f->looks || touched);
}

static void look_at_dict(fixture_t *f, int i) {
    int emptied = f->z->reports[LF_EVENT_EMPTIED] > 0, touched = i == TOUCHED;
    char key[8], value[1024];
    size_t len = sizeof(value);
    int result = lf_dict_get(f->zone, key_of(key, 'd', i), value, &len);

    if (emptied || result == NGX_LINK_FUNC_NOT_FOUND) {
        assert_true(result == NGX_LINK_FUNC_NOT_FOUND && (emptied || touched || f->evicts));
        return;
    }
    assert_int_equal(result, NGX_LINK_FUNC_OK);
    if (!touched || len == SIZE) {
        assert_whole(value, len, touched);
    }
}

/* Everything goes, until the dead call has been found out too. */
static void clear(fixture_t *f) {
    static const char kinds[] = {'c', 'p', 'd'};
    char key[8];
    int i;

    for (i = 0; i < 3 * (KEYS + 1); i++) {
        (void) lf_cache_remove(f->zone, &f->mine, key_of(key, kinds[i % 3], i / 3));
        (void) lf_dict_delete(f->zone, key_of(key, kinds[i % 3], i / 3));
    }
    if (f->reserve != NULL && f->z->reports[LF_EVENT_EMPTIED] == 0) {
        lf_store_block_free(f->zone, &f->mine, f->reserve);
    }
    zone_leave(&f->mine);
    for (i = 0; i < 100; i++) {
        zone_enter(&f->mine);
        (void) lf_cache_put(f->zone, &f->mine, lf_cstr("x"), f);
        (void) lf_cache_remove(f->zone, &f->mine, lf_cstr("x"));
        zone_leave(&f->mine);
    }
    assert_int_equal(f->zone->capacity - zone_left(f->z),
                     f->z->store->slots.next == NULL ? 0 : f->zone->room(f->z, sizeof(lf_slots_t)));
    assert_int_equal(f->z->store->dict_count + f->z->store->cache_count + f->z->store->retired_count, 0);
}

/* The child is dead and the master has opened its lock. */
static void go_on(fixture_t *f) {
    int i;

    f->z->locked = 0;
    f->z->self.id = 1;
    f->z->dead = 2;
    zone_enter(&f->mine);
    for (i = 0; i < KEYS; i++) {
        look_at_cache(f, i);
        look_at_dict(f, i);
    }
    clear(f);
    f->looks++;
    f->emptied += f->z->reports[LF_EVENT_EMPTIED];
    assert_true(f->z->reports[LF_EVENT_EMPTIED] + f->z->reports[LF_EVENT_SOUND] <= 1);
}

/* What the child has changed since the last look, if anything. */
static void look(fixture_t *f) {
    lf_call_t mine = f->mine;

    if (memcmp(f->copy, f->z, f->z->mapped) == 0) {
        return;
    }
    memcpy(f->copy, f->z, f->z->mapped);
    go_on(f);
    memcpy(f->z, f->copy, f->z->mapped);
    f->mine = mine;
}

static void child_main(fixture_t *f, const operation_t *operation) {
    (void) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    (void) kill(getpid(), SIGSTOP);
    operation->run(f);
    _exit(0);
}

static void step_through(fixture_t *f, const operation_t *operation) {
    int status;
    pid_t child = fork();

    if (child == 0) {
        child_main(f, operation);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    while (WIFSTOPPED(status)) {
        look(f);
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    look(f);
}

static void nothing(fixture_t *f) {
    (void) f;
}

static void new_key(fixture_t *f) {
    (void) lf_cache_new(f->zone, &f->victims, lf_cstr("c12"), SIZE);
}

static void new_over_own(fixture_t *f) {
    (void) lf_cache_new(f->zone, &f->victims, lf_cstr("c5"), SIZE);
}

static void new_over_put(fixture_t *f) {
    (void) lf_cache_new(f->zone, &f->victims, lf_cstr("p5"), SIZE);
}

static void put_over_own(fixture_t *f) {
    (void) lf_cache_put(f->zone, &f->victims, lf_cstr("c5"), &f->looks);
}

static void remove_own(fixture_t *f) {
    (void) lf_cache_remove(f->zone, &f->victims, lf_cstr("c5"));
}

static void remove_put(fixture_t *f) {
    (void) lf_cache_remove(f->zone, &f->victims, lf_cstr("p5"));
}

static void remove_and_leave(fixture_t *f) {
    lf_store_block_free(f->zone, &f->victims, lf_cache_remove(f->zone, &f->victims, lf_cstr("c5")));
    zone_leave(&f->victims);
}

static void remove_and_put(fixture_t *f) {
    (void) lf_cache_put(f->zone, &f->victims, lf_cstr("c12"),
                        lf_cache_remove(f->zone, &f->victims, lf_cstr("c5")));
}

static void remove_64(fixture_t *f) {
    int i;

    for (i = 0; i < LF_CALL_KEEPS; i++) {
        (void) lf_cache_new(f->zone, &f->victims, lf_cstr("c12"), 8);
    }
}

static void take_slots(fixture_t *f) {
    int i;

    for (i = 0; i < LF_SLOTS - 2; i++) {
        zone_enter(&f->others[i]);
        (void) lf_cache_get(f->zone, &f->others[i], lf_cstr("c1"));
    }
}

static void leave_little(fixture_t *f) {
    f->reserve = lf_store_block_new(f->zone, &f->mine, zone_left(f->z) - 256);
    assert_non_null(f->reserve);
}

static void set_size(fixture_t *f, const char *key, size_t size) {
    static char value[1000];

    memset(value, NEW, sizeof(value));
    (void) lf_dict_set(f->zone, &f->victims, lf_cstr(key), lf_str(value, size), 0);
}

static void set_new(fixture_t *f) {
    set_size(f, "d12", SIZE);
}

static void set_in_place(fixture_t *f) {
    set_size(f, "d5", SIZE);
}

static void set_larger(fixture_t *f) {
    set_size(f, "d5", 1000);
}

static void set_evicting(fixture_t *f) {
    set_size(f, "d12", 500);
}

static void count(fixture_t *f) {
    const lf_dict_incr_t incr = {1, 0, 0};

    (void) lf_dict_incr(f->zone, lf_cstr("d12"), &incr, NULL);
    (void) lf_dict_incr(f->zone, lf_cstr("d12"), &incr, NULL);
}

static void expire_touched(fixture_t *f) {
    assert_int_equal(lf_dict_expire(f->zone, lf_cstr("d5"), 1), 0);
    f->z->now++;
}

static void get_expired(fixture_t *f) {
    char value[SIZE];
    size_t len = SIZE;

    assert_int_equal(lf_dict_get(f->zone, lf_cstr("d5"), value, &len), NGX_LINK_FUNC_NOT_FOUND);
}

static void delete_touched(fixture_t *f) {
    (void) lf_dict_delete(f->zone, lf_cstr("d5"));
}

static const operation_t operations[] = {
    {"new", nothing, new_key, 0},
    {"new over new", nothing, new_over_own, 0},
    {"new over put", nothing, new_over_put, 0},
    {"put over new", nothing, put_over_own, 0},
    {"remove what new made", nothing, remove_own, 0},
    {"remove what was put", nothing, remove_put, 0},
    {"remove, free and return", nothing, remove_and_leave, 0},
    {"remove and put again", nothing, remove_and_put, 0},
    {"one replacement too many", remove_64, new_key, 0},
    {"take the last slot", take_slots, new_key, 0},
    {"set", nothing, set_new, 0},
    {"set in place", nothing, set_in_place, 0},
    {"set another size", nothing, set_larger, 0},
    {"set and evict", leave_little, set_evicting, 1},
    {"incr", nothing, count, 0},
    {"get what has expired", expire_touched, get_expired, 0},
    {"delete", nothing, delete_touched, 0},
};

static void zone_is_sound_or_emptied_wherever_a_process_dies(void **state) {
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        fixture_t *f = calloc(1, sizeof(*f));

        assert_non_null(f);
        f->z = zone_new(ZONE_SIZE);
        f->zone = &f->z->zone;
        f->evicts = operations[i].evicts;
        populate(f);
        operations[i].prepare(f);
        f->copy = calloc(1, f->z->mapped);
        step_through(f, &operations[i]);
        print_message("# %s: died in %d states, %d emptied\n", operations[i].name, f->looks, f->emptied);
        assert_true(f->looks > 10 && f->emptied < f->looks);
        zone_free(f->z);
        free(f->copy);
        free(f);
    }
}

/* Each breaks something that an operation might leave half done. */

static void break_child_outside(lf_store_t *store) {
    store->cache->child[0] = (lf_node_t *) (void *) &operations;
}

static void break_child_unaligned(lf_store_t *store) {
    store->cache->child[0] = (lf_node_t *) (void *) ((char *) store->cache->child[0] + 1);
}

static void break_circle(lf_store_t *store) {
    store->dict->child[0] = store->dict;
}

static void break_hash(lf_store_t *store) {
    store->cache->child[0]->hash = ~store->cache->child[0]->hash;
}

static void break_length(lf_store_t *store) {
    store->cache->key_len = ZONE_SIZE;
}

static void break_kind(lf_store_t *store) {
    store->dict->kind = LF_NODE_PUT;
}

static void break_value(lf_store_t *store) {
    lf_entry_t *entry = (lf_entry_t *) store->cache;

    entry->node.kind = LF_NODE_OWN;
    entry->value = NULL;
}

static void break_item(lf_store_t *store) {
    ((lf_item_t *) store->dict)->len = SIZE_MAX;
}

static void break_count(lf_store_t *store) {
    store->cache_count++;
}

static void break_list(lf_store_t *store) {
    store->newest->older = store->newest->older->older;
}

static void break_list_end(lf_store_t *store) {
    store->oldest = store->newest;
}

static void break_list_circle(lf_store_t *store) {
    store->oldest->older = store->newest;
}

static void break_retired(lf_store_t *store) {
    store->retired->kind = LF_NODE_OWN;
}

static void break_queue(lf_store_t *store) {
    store->slots.slot[1].retired.last = NULL;
}

static void break_queue_count(lf_store_t *store) {
    store->slots.slot[1].retired.count--;
}

static void break_queue_waiting(lf_store_t *store) {
    store->waiting = store->slots.slot[1].retired;
}

static void break_waiting(lf_store_t *store) {
    store->waiting.first = (lf_entry_t *) store->dict;
}

static void break_slots(lf_store_t *store) {
    store->slots.next = (lf_slots_t *) (void *) &operations;
}

static void break_slots_circle(lf_store_t *store) {
    store->slots.next = &store->slots;
}

static void break_start(lf_store_t *store) {
    memset(store, 0, sizeof(*store));
}

static void check_finds_what_is_broken(void **state) {
    static void (*const breaks[])(lf_store_t *) = {
        break_child_outside, break_child_unaligned, break_circle,  break_hash,         break_length,
        break_kind,          break_value,           break_item,    break_count,        break_list,
        break_list_end,      break_list_circle,     break_retired, break_queue,        break_queue_count,
        break_queue_waiting, break_waiting,         break_slots,   break_slots_circle, break_start};
    size_t i;

    (void) state;
    for (i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        fixture_t f;
        char key[8];

        memset(&f, 0, sizeof(f));
        f.z = zone_new(ZONE_SIZE);
        f.zone = &f.z->zone;
        populate(&f);
        remove_own(&f);
        remove_put(&f);
        f.z->store->state = LF_IN_INDEX;
        assert_non_null(lf_cache_get(f.zone, NULL, key_of(key, 'c', 1)));
        assert_int_equal(f.z->reports[LF_EVENT_SOUND], 1);
        breaks[i](f.z->store);
        f.z->store->state = i + 1 == sizeof(breaks) / sizeof(breaks[0]) ? 0 : LF_IN_INDEX;
        assert_null(lf_cache_get(f.zone, NULL, key_of(key, 'c', 1)));
        if (f.z->reports[LF_EVENT_EMPTIED] != 1) {
            print_error("break %zu\n", i);
        }
        assert_int_equal(f.z->reports[LF_EVENT_EMPTIED], 1);
        assert_zone_empty(f.z);
        zone_free(f.z);
    }
}

/* The call that was running when the zone was emptied starts anew in it. */
static void call_goes_on_in_an_emptied_zone(void **state) {
    fixture_t f;
    char *value;

    (void) state;
    memset(&f, 0, sizeof(f));
    f.z = zone_new(ZONE_SIZE);
    f.zone = &f.z->zone;
    populate(&f);
    remove_own(&f);
    f.z->store->state = LF_IN_ALLOCATOR;
    value = lf_cache_new(f.zone, &f.victims, lf_cstr("k"), SIZE);
    assert_int_equal(f.z->store->cache_count, 1);
    assert_int_equal(f.victims.slot->owner.id, 2);
    assert_true(f.victims.slot->start > 0);
    assert_ptr_equal(lf_cache_remove(f.zone, &f.victims, lf_cstr("k")), value);
    assert_int_equal(value[0], 0);
    f.z->store->state = LF_IN_ALLOCATOR;
    assert_null(lf_cache_get(f.zone, NULL, lf_cstr("k")));
    zone_leave(&f.victims);
    assert_zone_empty(f.z);
    zone_free(f.z);
}

static void empty(fixture_t *f) {
    (void) lf_cache_get(f->zone, &f->victims, lf_cstr("k"));
}

/* Whoever comes next finds an empty store that cannot be taken for an earlier
 * one. */
static void look_at_generation(fixture_t *f, uint64_t before) {
    memcpy(f->copy, f->z, f->z->mapped);
    f->z->locked = 0;
    assert_null(lf_cache_get(f->zone, NULL, lf_cstr("c1")));
    assert_true(f->z->store->generation > before);
    assert_true(f->z->store->epoch >= f->z->store->generation << 32);
    memcpy(f->z, f->copy, f->z->mapped);
    f->looks++;
}

static void generation_goes_up_wherever_a_process_dies_that_empties_the_zone(void **state) {
    static const operation_t operation = {"empty", nothing, empty, 0};
    int status;
    fixture_t f;
    pid_t child;

    (void) state;
    memset(&f, 0, sizeof(f));
    f.z = zone_new(ZONE_SIZE);
    f.zone = &f.z->zone;
    populate(&f);
    f.copy = calloc(1, f.z->mapped);
    f.z->store->state = LF_IN_ALLOCATOR;
    child = fork();
    if (child == 0) {
        child_main(&f, &operation);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    while (WIFSTOPPED(status)) {
        if (memcmp(f.copy, f.z, f.z->mapped) != 0) {
            look_at_generation(&f, 1);
        }
        assert_int_equal(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
    }
    assert_true(f.looks > 10);
    free(f.copy);
    zone_free(f.z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zone_is_sound_or_emptied_wherever_a_process_dies),
        cmocka_unit_test(generation_goes_up_wherever_a_process_dies_that_empties_the_zone),
        cmocka_unit_test(check_finds_what_is_broken),
        cmocka_unit_test(call_goes_on_in_an_emptied_zone),
    };

    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
