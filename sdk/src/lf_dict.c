#include "lf_dict.h"

#include "lf_call.h"

/* How far from the end of the list an expired entry is looked for. */
#define LF_DICT_EXPIRED_REACH 16

/* The same for one as large as a block that is needed. */
#define LF_DICT_ROOM_REACH 64

/* No item is smaller, so none starts elsewhere in a page. */
#define LF_DICT_STEP 64

static size_t lf_dict_value_at(size_t key_len) {
    return (sizeof(lf_item_t) + key_len + 7) & ~(size_t) 7;
}

static void *lf_dict_data(lf_item_t *item) {
    return (char *) item + lf_dict_value_at(item->node.key_len);
}

lf_str_t lf_dict_value(const lf_item_t *item) {
    return lf_str((const char *) item + lf_dict_value_at(item->node.key_len), (size_t) item->len);
}

static size_t lf_dict_size(const lf_item_t *item) {
    return lf_dict_value_at(item->node.key_len) + (size_t) item->len;
}

size_t lf_dict_room(const lf_op_t *op, const lf_item_t *item) {
    return op->zone->room(op->zone->zone, lf_dict_size(item));
}

static void lf_dict_list_push(lf_store_t *store, lf_item_t *item) {
    item->newer = NULL;
    item->older = store->newest;
    if (store->newest == NULL) {
        store->oldest = item;
    } else {
        store->newest->newer = item;
    }
    store->newest = item;
}

static void lf_dict_list_take(lf_store_t *store, lf_item_t *item) {
    if (item->newer == NULL) {
        store->newest = item->older;
    } else {
        item->newer->older = item->older;
    }
    if (item->older == NULL) {
        store->oldest = item->newer;
    } else {
        item->older->newer = item->newer;
    }
}

static void lf_dict_touch(lf_store_t *store, lf_item_t *item) {
    if (item != store->newest) {
        lf_dict_list_take(store, item);
        lf_dict_list_push(store, item);
    }
}

/* An item enters the reckoning, or leaves it. */
static void lf_dict_count(const lf_op_t *op, const lf_item_t *item, int in) {
    size_t bytes = lf_dict_room(op, item);
    lf_store_t *store = op->store;

    store->dict_count += in ? (size_t) 1 : (size_t) -1;
    store->dict_bytes += in ? bytes : (size_t) 0 - bytes;
    store->dict_mortal += in ? (size_t) (item->expires != 0) : (size_t) 0 - (size_t) (item->expires != 0);
}

static void lf_dict_set_expires(lf_store_t *store, lf_item_t *item, uint64_t expires) {
    store->dict_mortal += (size_t) (expires != 0) - (size_t) (item->expires != 0);
    item->expires = expires;
}

void lf_dict_drop(const lf_op_t *op, lf_item_t *item) {
    lf_store_t *store = op->store;

    lf_store_doom(store, item, NULL);
    lf_dict_count(op, item, 0);
    lf_dict_list_take(store, item);
    lf_index_unlink(lf_index_slot(&store->dict, item->node.hash, lf_node_key(&item->node)));
    lf_store_free_doomed(op);
}

static int lf_dict_is_expired(const lf_op_t *op, const lf_item_t *item) {
    return item->expires != 0 && op->zone->now(op->zone->zone) >= item->expires;
}

/* NULL when there is none. */
static lf_item_t *lf_dict_find_expired(const lf_op_t *op) {
    lf_item_t *item = op->store->oldest;
    int i;

    if (op->store->dict_mortal == 0) {
        return NULL;
    }
    for (i = 0; item != NULL && i < LF_DICT_EXPIRED_REACH; i++) {
        if (item != op->keep && lf_dict_is_expired(op, item)) {
            return item;
        }
        item = item->newer;
    }
    return NULL;
}

static void lf_dict_drop_evicted(const lf_op_t *op, lf_item_t *item) {
    op->store->evictions++;
    lf_dict_drop(op, item);
}

/* From `item` on, the first whose room alone is enough for the block; NULL when
 * there is none near. */
static lf_item_t *lf_dict_find_room(const lf_op_t *op, lf_item_t *item, size_t size) {
    size_t wanted = op->zone->room(op->zone->zone, size);
    int i;

    for (i = 0; item != NULL && i < LF_DICT_ROOM_REACH; i++) {
        size_t room = lf_dict_room(op, item);

        if (item != op->keep && (room == wanted || (room > wanted && room >= op->zone->page))) {
            return item;
        }
        item = item->newer;
    }
    return NULL;
}

/* The item that starts there, or NULL.  Other blocks may hold anything, even
 * what looks like one: only the index knows. */
static lf_item_t *lf_dict_at(const lf_op_t *op, char *at) {
    lf_node_t node;
    lf_str_t key;

    memcpy(&node, at, sizeof(node));
    if (node.kind != LF_NODE_ITEM || node.key_at != sizeof(lf_item_t)
        || node.key_len > (size_t) (op->zone->end - at) - sizeof(lf_item_t)) {
        return NULL;
    }
    key = lf_str(at + sizeof(lf_item_t), node.key_len);
    return (char *) *lf_index_slot(&op->store->dict, node.hash, key) == at ? (lf_item_t *) (void *) at : NULL;
}

typedef struct {
    const lf_op_t *op;
    size_t count;
} lf_dict_clearing_t;

static void lf_dict_clear_place(void *data, char *place) {
    lf_dict_clearing_t *clearing = data;
    lf_item_t *item = lf_dict_at(clearing->op, place);

    if (item != NULL && item != clearing->op->keep) {
        lf_dict_drop_evicted(clearing->op, item);
        clearing->count++;
    }
}

/* Blocks are aligned in their page. */
static void lf_dict_each_place(const lf_zone_t *zone, lf_item_t *item, size_t pages, lf_visit_t visit,
                               void *data) {
    char *at = (char *) item - (size_t) ((char *) item - zone->start) % zone->page;
    size_t left = pages * zone->page;

    for (; left >= LF_DICT_STEP && zone->end - at >= LF_DICT_STEP; left -= LF_DICT_STEP) {
        visit(data, at);
        at += LF_DICT_STEP;
    }
}

/* Evicts what stands on the page of the item, and on the next ones when the
 * block needs several. */
static size_t lf_dict_clear(const lf_op_t *op, lf_item_t *item, size_t size) {
    const lf_zone_t *zone = op->zone;
    size_t room = zone->room(zone->zone, size);
    size_t pages = room < zone->page ? 1 : room / zone->page;
    lf_dict_clearing_t clearing = {op, 0};

    if (zone->each_place == NULL) {
        lf_dict_each_place(zone, item, pages, lf_dict_clear_place, &clearing);
    } else {
        zone->each_place(zone->zone, item, pages, lf_dict_clear_place, &clearing);
    }
    return clearing.count;
}

size_t lf_dict_evict(const lf_op_t *op, size_t size) {
    lf_item_t *item = lf_dict_find_expired(op), *enough;

    if (item != NULL) {
        op->store->expirations++;
        lf_dict_drop(op, item);
        return 1;
    }
    item = op->store->oldest;
    if (item != NULL && item == op->keep) {
        item = item->newer;
    }
    if (item == NULL) {
        return 0;
    }
    enough = op->zone->page == 0 ? item : lf_dict_find_room(op, item, size);
    if (enough == NULL) {
        return lf_dict_clear(op, item, size);
    }
    lf_dict_drop_evicted(op, enough);
    return 1;
}

/* NULL when the key is absent or has just expired. */
static lf_item_t *lf_dict_find(const lf_op_t *op, uint64_t hash, lf_str_t key) {
    lf_item_t *item = (lf_item_t *) *lf_index_slot(&op->store->dict, hash, key);

    if (item != NULL && lf_dict_is_expired(op, item)) {
        op->store->expirations++;
        lf_dict_drop(op, item);
        return NULL;
    }
    return item;
}

static uint64_t lf_dict_expires(const lf_op_t *op, uint64_t ttl) {
    uint64_t now;

    if (ttl == 0) {
        return 0;
    }
    now = op->zone->now(op->zone->zone);
    return ttl > UINT64_MAX - now ? UINT64_MAX : now + ttl;
}

/* An item that nothing leads to yet. */
static lf_item_t *lf_dict_item_new(const lf_op_t *op, uint64_t hash, lf_str_t key, lf_str_t value) {
    lf_item_t *item = lf_store_alloc(op, lf_dict_value_at(key.len) + value.len, 0);

    if (item == NULL) {
        return NULL;
    }
    item->node.hash = hash;
    item->node.key_len = (uint32_t) key.len;
    item->node.key_at = sizeof(*item);
    item->node.kind = LF_NODE_ITEM;
    item->expires = 0;
    item->len = value.len;
    if (key.len > 0) {
        memcpy(item + 1, key.data, key.len);
    }
    if (value.len > 0) {
        memcpy(lf_dict_data(item), value.data, value.len);
    }
    return item;
}

/* Of a block of the same room; whoever comes after a process that died in here
 * removes it. */
static void lf_dict_overwrite(const lf_op_t *op, lf_item_t *item, lf_str_t value, uint64_t expires) {
    lf_store_t *store = op->store;

    store->torn = item;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    lf_dict_set_expires(store, item, expires);
    item->len = value.len;
    if (value.len > 0) {
        memcpy(lf_dict_data(item), value.data, value.len);
    }
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    store->torn = NULL;
    lf_dict_touch(store, item);
}

/* The slot is looked up only here, because making room changes the index. */
static void lf_dict_link(const lf_op_t *op, lf_item_t *item, lf_item_t *old) {
    lf_store_t *store = op->store;

    if (old == NULL) {
        lf_index_link(&store->dict, &item->node);
    } else {
        lf_store_doom(store, old, NULL);
        lf_dict_count(op, old, 0);
        lf_dict_list_take(store, old);
        lf_index_replace(lf_index_slot(&store->dict, item->node.hash, lf_node_key(&item->node)), &item->node);
    }
    lf_dict_list_push(store, item);
    lf_dict_count(op, item, 1);
    store->fresh[0] = NULL;
    if (old != NULL) {
        lf_store_free_doomed(op);
    }
}

/* Whether a block can be that large at all. */
static int lf_dict_is_possible(lf_str_t key, lf_str_t value) {
    return key.len <= LF_KEY_MAX && value.len <= SIZE_MAX / 2;
}

/* `old` is the item of the key, or NULL. */
static int lf_dict_store(lf_op_t *op, uint64_t hash, lf_str_t key, lf_item_t *old, lf_str_t value,
                         uint64_t ttl) {
    uint64_t expires = lf_dict_expires(op, ttl);
    lf_item_t *item;

    if (old != NULL
        && lf_dict_room(op, old) == op->zone->room(op->zone->zone, lf_dict_value_at(key.len) + value.len)) {
        lf_dict_overwrite(op, old, value, expires);
        return NGX_LINK_FUNC_OK;
    }
    op->keep = old;
    item = lf_dict_item_new(op, hash, key, value);
    if (item == NULL) {
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    item->expires = expires;
    lf_dict_link(op, item, old);
    return NGX_LINK_FUNC_OK;
}

int lf_dict_get(const lf_zone_t *zone, lf_str_t key, void *buf, size_t *len) {
    uint64_t hash = lf_hash(zone->seed, key);
    int result = NGX_LINK_FUNC_OK;
    lf_op_t op = lf_op_begin(zone, NULL);
    lf_item_t *item = lf_dict_find(&op, hash, key);

    if (item == NULL) {
        lf_op_end(&op);
        return NGX_LINK_FUNC_NOT_FOUND;
    }
    if (item->len > *len) {
        result = NGX_LINK_FUNC_INVALID;
    } else if (item->len > 0) {
        memcpy(buf, lf_dict_data(item), (size_t) item->len);
    }
    *len = (size_t) item->len;
    lf_dict_touch(op.store, item);
    lf_op_end(&op);
    return result;
}

int lf_dict_set(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, lf_str_t value, uint64_t ttl) {
    uint64_t hash = lf_hash(zone->seed, key);
    int result = NGX_LINK_FUNC_NO_MEMORY;
    lf_op_t op = lf_op_begin(zone, call);

    if (lf_dict_is_possible(key, value)) {
        lf_item_t *old = (lf_item_t *) *lf_index_slot(&op.store->dict, hash, key);

        result = lf_dict_store(&op, hash, key, old, value, ttl);
    } else {
        lf_store_full(&op);
    }
    lf_op_end(&op);
    return result;
}

int lf_dict_add(const lf_zone_t *zone, lf_call_t *call, lf_str_t key, lf_str_t value, uint64_t ttl) {
    uint64_t hash = lf_hash(zone->seed, key);
    int result = NGX_LINK_FUNC_EXISTS;
    lf_op_t op = lf_op_begin(zone, call);

    if (!lf_dict_is_possible(key, value)) {
        lf_store_full(&op);
        result = NGX_LINK_FUNC_NO_MEMORY;
    } else if (lf_dict_find(&op, hash, key) == NULL) {
        result = lf_dict_store(&op, hash, key, NULL, value, ttl);
    }
    lf_op_end(&op);
    return result;
}

static int lf_dict_incr_new(lf_op_t *op, uint64_t hash, lf_str_t key, const lf_dict_incr_t *incr,
                            int64_t *sum) {
    if (__builtin_add_overflow(incr->init, incr->by, sum)) {
        return NGX_LINK_FUNC_INVALID;
    }
    if (key.len > LF_KEY_MAX) {
        lf_store_full(op);
        return NGX_LINK_FUNC_NO_MEMORY;
    }
    return lf_dict_store(op, hash, key, NULL, lf_str((const char *) sum, sizeof(*sum)), incr->ttl);
}

static int lf_dict_incr_old(const lf_op_t *op, lf_item_t *item, int64_t by, int64_t *sum) {
    int64_t *number = lf_dict_data(item);

    if (item->len != sizeof(*number)) {
        return NGX_LINK_FUNC_TYPE;
    }
    if (__builtin_add_overflow(*number, by, sum)) {
        return NGX_LINK_FUNC_INVALID;
    }
    *number = *sum;
    lf_dict_touch(op->store, item);
    return NGX_LINK_FUNC_OK;
}

int lf_dict_incr(const lf_zone_t *zone, lf_str_t key, const lf_dict_incr_t *incr, int64_t *out) {
    uint64_t hash = lf_hash(zone->seed, key);
    lf_op_t op = lf_op_begin(zone, NULL);
    lf_item_t *item = lf_dict_find(&op, hash, key);
    int64_t sum = 0;
    int result = item == NULL ? lf_dict_incr_new(&op, hash, key, incr, &sum)
                              : lf_dict_incr_old(&op, item, incr->by, &sum);

    lf_op_end(&op);
    if (result == NGX_LINK_FUNC_OK && out != NULL) {
        *out = sum;
    }
    return result;
}

int lf_dict_delete(const lf_zone_t *zone, lf_str_t key) {
    uint64_t hash = lf_hash(zone->seed, key);
    lf_op_t op = lf_op_begin(zone, NULL);
    lf_item_t *item = lf_dict_find(&op, hash, key);

    if (item != NULL) {
        lf_dict_drop(&op, item);
    }
    lf_op_end(&op);
    return item == NULL ? NGX_LINK_FUNC_NOT_FOUND : NGX_LINK_FUNC_OK;
}

static int64_t lf_dict_left(const lf_op_t *op, const lf_item_t *item) {
    uint64_t now;

    if (item->expires == 0) {
        return -1;
    }
    now = op->zone->now(op->zone->zone);
    if (now >= item->expires) {
        return 0;
    }
    return item->expires - now > INT64_MAX ? INT64_MAX : (int64_t) (item->expires - now);
}

int lf_dict_ttl(const lf_zone_t *zone, lf_str_t key, int64_t *ttl) {
    uint64_t hash = lf_hash(zone->seed, key);
    lf_op_t op = lf_op_begin(zone, NULL);
    const lf_item_t *item = lf_dict_find(&op, hash, key);

    if (item != NULL) {
        *ttl = lf_dict_left(&op, item);
    }
    lf_op_end(&op);
    return item == NULL ? NGX_LINK_FUNC_NOT_FOUND : NGX_LINK_FUNC_OK;
}

int lf_dict_expire(const lf_zone_t *zone, lf_str_t key, uint64_t ttl) {
    uint64_t hash = lf_hash(zone->seed, key);
    lf_op_t op = lf_op_begin(zone, NULL);
    lf_item_t *item = lf_dict_find(&op, hash, key);

    if (item != NULL) {
        lf_dict_set_expires(op.store, item, lf_dict_expires(&op, ttl));
    }
    lf_op_end(&op);
    return item == NULL ? NGX_LINK_FUNC_NOT_FOUND : NGX_LINK_FUNC_OK;
}

void lf_dict_stats(const lf_zone_t *zone, ngx_link_func_dict_stats_t *stats) {
    lf_op_t op = lf_op_begin(zone, NULL);

    (void) lf_call_reclaim_from_dead(&op);
    stats->capacity = zone->capacity;
    stats->free = zone->free_bytes(zone->zone);
    stats->entries = op.store->dict_count;
    stats->evictions = op.store->evictions;
    stats->expirations = op.store->expirations;
    lf_op_end(&op);
}
