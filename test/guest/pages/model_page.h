/*
 * What the model knows of a page.
 */
#ifndef LWD_TEST_MODEL_PAGE_H
#define LWD_TEST_MODEL_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_PAGES (4 * 512)

#define COMMON 0
#define NONE -1

struct page {
    int frame;                  /* NONE: bare; COMMON: a pattern's; else whose */
    uint64_t first;             /* word 0 */
    uint64_t rest;              /* what words 1 and up are made of; 0: zeroes */
    unsigned access;
    bool dirty;
    bool wants;                 /* a superpage, when it is written */
    bool loose;                 /* maybe in a superpage, where it is dirty if any page is */
};

/* Nobody shows any frame. */
void page_forget_all(void);

/* The page shows this frame, or one that nobody else shows, in place of what it showed. */
void page_show(struct page *page, int frame);
void page_show_fresh(struct page *page);

/* Does it show a frame that nobody else does? */
bool page_is_own(const struct page *page);

/* It is bare, with zeroes. */
void page_clear(struct page *page);

#endif
