/*
 * A page of the model, and the frames that several may show.
 */
#include "model_page.h"

/* How many pages show a frame. */
static unsigned viewers[MODEL_PAGES + 1];

void page_forget_all(void)
{
    for (int i = 0; i <= MODEL_PAGES; i++)
        viewers[i] = 0;
}

static void leave(struct page *page)
{
    if (page->frame > COMMON)
        viewers[page->frame]--;
    page->frame = NONE;
}

void page_show(struct page *page, int frame)
{
    leave(page);
    page->frame = frame;
    if (frame > COMMON)
        viewers[frame]++;
}

void page_show_fresh(struct page *page)
{
    int frame = COMMON + 1;

    leave(page);
    while (viewers[frame])
        frame++;
    page_show(page, frame);
}

bool page_is_own(const struct page *page)
{
    return page->frame > COMMON && viewers[page->frame] == 1;
}

void page_clear(struct page *page)
{
    leave(page);
    page->first = page->rest = 0;
    page->dirty = false;
    page->loose = page->wants;
}
