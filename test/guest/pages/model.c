#include "model.h"

#include <stddef.h>
#include <stdlib.h>

#include <lwd/memory.h>

#include "model_page.h"

#define PAGES MODEL_PAGES
#define WORDS (LWD_MEMORY_PAGE / sizeof(uint64_t))
/* Patterns of 1, 4 and 512 pages, and the zeroes. */
#define PATTERNS 4

static const unsigned pattern_pages[PATTERNS] = { 1, 1, 4, 512 };

static const struct model_world *world;
static struct page pages[PAGES];
static struct lwd_memory_pattern *patterns[PATTERNS];
static uint64_t (*arena)[WORDS];

static uint64_t word_of(uint64_t rest, size_t index)
{
    return rest ? rest << 16 | index : 0;
}

static void expect(const char *what, long page, long long is, long long should_be)
{
    if (is != should_be)
        world->fail(what, page, is, should_be);
}

/* --- touching --- */

static void check_word(size_t page, size_t index)
{
    const struct page *model = &pages[page];
    uint64_t value = 0;
    bool allowed = model->access != LWD_MEMORY_NONE;

    if (!allowed && world->read == NULL)
        return;
    if (world->read)
        expect("reading is allowed", (long)page, world->read(&arena[page][index], &value), allowed);
    else
        value = ((volatile uint64_t *)arena[page])[index];
    if (allowed)
        expect("a word", (long)page, (long long)value, (long long)(index ? word_of(model->rest, index) : model->first));
}

static void write_page(size_t page)
{
    struct page *model = &pages[page];
    uint64_t value = world->pick(1u << 20) + 1;
    bool allowed = model->access & LWD_MEMORY_WRITE;

    if (world->write)
        expect("writing is allowed", (long)page, world->write(&arena[page][0], value), allowed);
    else if (allowed)
        ((volatile uint64_t *)arena[page])[0] = value;
    if (!allowed)
        return;
    if (!page_is_own(model))
        page_show_fresh(model);
    model->first = value;
    model->dirty = true;
}

/* --- ranges --- */

struct range {
    size_t first, count;
};

/* Whole blocks, a few pages, or anything; a multiple of `unit`. */
static struct range pick_range(size_t unit)
{
    size_t first, count;

    switch (world->pick(4)) {
    case 0:
        first = 512 * world->pick(PAGES / 512);
        count = 512 * (1 + world->pick((PAGES - first) / 512));
        break;
    case 1:
        first = world->pick(PAGES);
        count = 1 + world->pick(PAGES - first);
        break;
    default:
        first = world->pick(PAGES);
        count = 1 + world->pick(PAGES - first < 24 ? PAGES - first : 24);
    }
    first -= first % unit;
    count = (count + unit - 1) / unit * unit;
    return (struct range){ first, first + count > PAGES ? PAGES - first : count };
}

static size_t bytes(struct range range)
{
    return range.count * LWD_MEMORY_PAGE;
}

static void project(void)
{
    size_t which = world->pick(PATTERNS);
    struct range range = pick_range(pattern_pages[which]);
    unsigned access = world->pick(3) ? LWD_MEMORY_READ | LWD_MEMORY_WRITE : LWD_MEMORY_READ;

    expect("project", (long)range.first, lwd_memory_project(arena[range.first], bytes(range), patterns[which], access), 0);
    for (size_t i = range.first; i < range.first + range.count; i++) {
        page_clear(&pages[i]);
        page_show(&pages[i], COMMON);
        pages[i].access = access;
        pages[i].rest = which ? which * 1000 + i % pattern_pages[which] : 0;
        pages[i].first = word_of(pages[i].rest, 0);
    }
}

/* Zeroes of the range's own. In the blocks that are covered whole they may be in superpages. */
static void project_superpages(void)
{
    struct range range = pick_range(1);
    int result = lwd_memory_project(arena[range.first], bytes(range), NULL, LWD_MEMORY_WRITE | LWD_MEMORY_SUPERPAGES);

    if (result == -95)
        return;
    expect("project superpages", (long)range.first, result, 0);
    for (size_t i = range.first; i < range.first + range.count; i++) {
        size_t block = i - i % 512;

        page_clear(&pages[i]);
        page_show_fresh(&pages[i]);
        pages[i].access = LWD_MEMORY_READ | LWD_MEMORY_WRITE;
        pages[i].loose = pages[i].wants || (block >= range.first && block + 512 <= range.first + range.count);
    }
}

static void copy(void)
{
    struct range from = pick_range(1);
    /* Mostly so that whole page tables can be shared. */
    size_t to = world->pick(PAGES - from.count + 1), shift = world->pick(3) ? (to - from.first) % 512 : 0;

    to = to >= shift && (world->pick(3) || to - shift + from.count > PAGES) ? to - shift : to;
    bool overlaps = to < from.first + from.count && from.first < to + from.count;
    int result = lwd_memory_copy(arena[to], arena[from.first], bytes(from));

    unsigned access = pages[from.first].access;
    bool refused = false;

    for (size_t i = 0; i < from.count; i++)
        refused = refused || !(pages[to + i].access | access);
    expect("copy", (long)to, result, overlaps ? -22 : refused ? -13 : 0);
    for (size_t i = 0; i < from.count && !overlaps && !refused; i++) {
        struct page *target = &pages[to + i];
        const struct page *source = &pages[from.first + i];

        page_clear(target);
        if (source->frame != NONE)
            page_show(target, source->frame);
        target->first = source->first;
        target->rest = source->rest;
        target->loose = source->loose || target->wants;
        target->access = target->access ? target->access : access;
    }
}

static void want_superpages(void)
{
    struct range range = pick_range(1);
    bool wanted = world->pick(2);

    expect("want superpages", (long)range.first, lwd_memory_want_superpages(arena[range.first], bytes(range), wanted), 0);
    for (size_t i = range.first; i < range.first + range.count; i++) {
        pages[i].wants = wanted;
        pages[i].loose = pages[i].loose || wanted;
    }
}

static void discard(void)
{
    struct range range = pick_range(1);

    expect("discard", (long)range.first, lwd_memory_discard(arena[range.first], bytes(range)), 0);
    for (size_t i = range.first; i < range.first + range.count; i++)
        page_clear(&pages[i]);
}

static void protect(void)
{
    static const unsigned accesses[] = { LWD_MEMORY_NONE, LWD_MEMORY_READ, LWD_MEMORY_READ | LWD_MEMORY_WRITE };
    struct range range = pick_range(1);
    unsigned access = accesses[world->pick(3)];

    expect("protect", (long)range.first, lwd_memory_protect(arena[range.first], bytes(range), access), 0);
    for (size_t i = range.first; i < range.first + range.count; i++)
        pages[i].access = access;
}

static void populate(void)
{
    struct range range = pick_range(1);
    bool allowed = true;

    range.count = range.count > 200 ? 200 : range.count;
    for (size_t i = range.first; i < range.first + range.count; i++)
        allowed = allowed && pages[i].access;
    if (!allowed)
        return;
    expect("populate", (long)range.first, lwd_memory_populate(arena[range.first], bytes(range)), 0);
    for (size_t i = range.first; i < range.first + range.count; i++)
        if (!page_is_own(&pages[i]))
            page_show_fresh(&pages[i]);
}

/* New contents, by a copy or by pages of their own. */
static void fill(void)
{
    static uint64_t contents[24][WORDS];
    struct range range = pick_range(1);
    uint64_t rest = 10000 + world->pick(1000);
    bool publishes = world->pick(2);
    unsigned access = world->pick(2) ? LWD_MEMORY_WRITE : LWD_MEMORY_READ;

    range.count = range.count > 24 ? 24 : range.count;
    for (size_t i = 0; i < range.count * WORDS; i++)
        contents[i / WORDS][i % WORDS] = word_of(rest + i / WORDS, i % WORDS);
    if (publishes) {
        uint64_t *taken = lwd_memory_take(bytes(range));

        expect("take", (long)range.first, taken != NULL, true);
        for (size_t i = 0; i < range.count * WORDS; i++)
            taken[i] = contents[i / WORDS][i % WORDS];
        expect("publish", (long)range.first, lwd_memory_publish(arena[range.first], taken, bytes(range), access), 0);
    } else {
        expect("fill", (long)range.first, lwd_memory_fill(arena[range.first], contents, bytes(range), access), 0);
    }
    for (size_t i = range.first; i < range.first + range.count; i++) {
        page_clear(&pages[i]);
        page_show_fresh(&pages[i]);
        pages[i].rest = rest + i - range.first;
        pages[i].first = word_of(pages[i].rest, 0);
        if (!pages[i].access)
            pages[i].access = LWD_MEMORY_READ | LWD_MEMORY_WRITE;
    }
}

/* What handlers permit means nothing where there is none: the next touch sets it right. */
static void permit(void)
{
    static const unsigned accesses[] = { LWD_MEMORY_NONE, LWD_MEMORY_READ, LWD_MEMORY_WRITE };
    struct range range = pick_range(1);
    bool writable = true;

    for (size_t i = range.first; i < range.first + range.count; i++)
        writable = writable && (pages[i].access & LWD_MEMORY_WRITE);
    if (writable)
        expect("permit", (long)range.first,
               lwd_memory_permit(arena[range.first], bytes(range), accesses[world->pick(3)]), 0);
}

/* --- questions --- */

static void scan(void)
{
    static uint64_t bitmap[PAGES / 64];
    struct range range = pick_range(1);
    bool clears = world->pick(2);
    bool any_loose = false;
    size_t granularity;
    long dirty = lwd_memory_scan(arena[range.first], bytes(range), LWD_MEMORY_DIRTY | (clears ? LWD_MEMORY_CLEAR : 0),
                                 bitmap, &granularity), count = 0, in_runs = 0;
    struct lwd_memory_run run = { 0 };

    for (size_t i = 0; i < range.count; i++) {
        struct page *page = &pages[range.first + i];
        bool found = (bitmap[i / 64] >> i % 64) & 1;

        if (!page->loose || page->dirty)
            expect("dirty", (long)(range.first + i), found, page->dirty);
        count += found;
        any_loose = any_loose || page->loose;
        page->dirty = page->dirty && !clears;
    }
    expect("how many are dirty", (long)range.first, dirty, count);
    while (lwd_memory_next_run(bitmap, range.count, &run))
        in_runs += (long)run.count;
    expect("how many are in runs", (long)range.first, in_runs, count);
    if (!any_loose || granularity < LWD_MEMORY_BLOCK)
        expect("granularity", (long)range.first, (long long)granularity, LWD_MEMORY_PAGE);
}

static void ask_private(void)
{
    struct range range = pick_range(1);
    long most = 0, least = 0, is;

    /* Zeroes may have got frames of their own ahead of being written. */
    for (size_t i = range.first; i < range.first + range.count; i++) {
        least += page_is_own(&pages[i]);
        most += page_is_own(&pages[i]) || (!pages[i].first && !pages[i].rest);
    }
    is = lwd_memory_private_pages(arena[range.first], bytes(range));
    if (is > most)
        expect("private pages", (long)range.first, is, most);
    if (is < least)
        expect("private pages", (long)range.first, is, least);
}

static void check_all(void)
{
    for (size_t i = 0; i < PAGES; i++)
        check_word(i, world->pick(WORDS));
}

/* --- the run --- */

static void make_patterns(void)
{
    static uint64_t contents[512][WORDS];

    for (size_t which = 1; which < PATTERNS; which++) {
        for (size_t i = 0; i < pattern_pages[which] * WORDS; i++)
            contents[i / WORDS][i % WORDS] = word_of(which * 1000 + i / WORDS, i % WORDS);
        patterns[which] = lwd_memory_pattern_new(contents, pattern_pages[which] * LWD_MEMORY_PAGE);
        expect("a pattern", (long)which, patterns[which] != NULL, true);
    }
}

static void step(void)
{
    static void (*const kinds[])(void) = { project, project_superpages, want_superpages, copy, copy, discard, protect,
                                           populate, fill, permit, scan, scan, ask_private };
    size_t kind = world->pick(4 * sizeof kinds / sizeof *kinds);
    size_t page = world->pick(PAGES);

    if (kind < sizeof kinds / sizeof *kinds)
        kinds[kind]();
    else if (kind % 2)
        write_page(page);
    else
        check_word(page, world->pick(WORDS));
}

/* As many regions as there can be, and the zeroes: what these take is not given back. */
static void take_what_stays(void)
{
    static bool done;

    if (done)
        return;
    for (size_t i = 0; i < PAGES; i += 2)
        expect("protect", (long)i, lwd_memory_protect(arena[i], LWD_MEMORY_PAGE, LWD_MEMORY_NONE), 0);
    expect("project", 0, lwd_memory_project(arena, LWD_MEMORY_PAGE, NULL, LWD_MEMORY_READ), 0);
    expect("protect", 0, lwd_memory_protect(arena, LWD_MEMORY_PAGE, LWD_MEMORY_NONE), 0);
    expect("discard", 0, lwd_memory_discard(arena, LWD_MEMORY_PAGE), 0);
    done = true;
}

void model_run(const struct model_world *which, unsigned steps)
{
    world = which;
    arena = world->zeroes ? world->zeroes(PAGES * LWD_MEMORY_PAGE)
                          : lwd_memory_reserve(PAGES * LWD_MEMORY_PAGE, LWD_MEMORY_BLOCK);
    expect("reserve", 0, arena != NULL, true);
    page_forget_all();
    for (size_t i = 0; i < PAGES; i++) {
        pages[i] = (struct page){ .frame = NONE };
        if (world->zeroes) {
            page_show_fresh(&pages[i]);
            pages[i].access = LWD_MEMORY_READ | LWD_MEMORY_WRITE;
            pages[i].loose = true;
        }
    }
    if (!world->zeroes)
        take_what_stays();
    make_patterns();
    while (steps--)
        step();
    check_all();
    /* A pattern's pages live on where they are shown. */
    for (size_t i = 1; i < PATTERNS; i++)
        lwd_memory_pattern_free(patterns[i]);
    check_all();
    /* By parts, in any order. */
    size_t middle = world->pick(PAGES);

    expect("release", (long)middle, lwd_memory_release(arena[middle], (PAGES - middle) * LWD_MEMORY_PAGE), 0);
    expect("release twice", (long)middle, lwd_memory_release(arena[middle], (PAGES - middle) * LWD_MEMORY_PAGE), -22);
    if (middle)
        expect("release", 0, lwd_memory_release(arena, middle * LWD_MEMORY_PAGE), 0);
}
