#include "base/timers.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAP 64

void timers_init(struct timers *timers)
{
	*timers = (struct timers){.firing_at = INT64_MIN};
}

static void finish(struct timers_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		list->all[i].timer->slot = 0;
	free(list->all);
}

void timers_finish(struct timers *timers)
{
	if (timers == NULL)
		return;
	finish(&timers->heap);
	finish(&timers->waiting);
	timers_init(timers);
}

static void make_room(struct timers_list *list)
{
	size_t cap = list->cap > 0 ? 2 * list->cap : FIRST_CAP;
	struct timers_entry *all = list->all;

	if (list->n < list->cap)
		return;
	all = realloc(all, cap * sizeof(*all));
	if (all == NULL)
		abort();
	list->all = all;
	list->cap = cap;
}

/* ------------------------------------------------------------------ the heap */

static bool is_before(const struct timers_entry *a, const struct timers_entry *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void place(struct timers_list *heap, struct timers_entry entry, size_t i)
{
	heap->all[i] = entry;
	entry.timer->slot = i + 1;
}

static void sift_up(struct timers_list *heap, struct timers_entry entry, size_t i)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!is_before(&entry, &heap->all[parent]))
			break;
		place(heap, heap->all[parent], i);
		i = parent;
	}
	place(heap, entry, i);
}

static void sift_down(struct timers_list *heap, struct timers_entry entry, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < heap->n &&
			is_before(&heap->all[child + 1], &heap->all[child]))
			child++;
		if (child >= heap->n || !is_before(&heap->all[child], &entry))
			break;
		place(heap, heap->all[child], i);
		i = child;
	}
	place(heap, entry, i);
}

static void push(struct timers_list *heap, struct timers_entry entry)
{
	make_room(heap);
	heap->n++;
	sift_up(heap, entry, heap->n - 1);
}

static void remove_from_heap(struct timers_list *heap, size_t i)
{
	struct timers_entry last = heap->all[--heap->n];

	if (i == heap->n)
		return;
	if (i > 0 && is_before(&last, &heap->all[(i - 1) / 2]))
		sift_up(heap, last, i);
	else
		sift_down(heap, last, i);
}

/* ------------------------------------------------------------------ those that wait */

static bool waits(const struct timer *timer)
{
	return timer->slot > SIZE_MAX / 2;
}

static void put_waiting(struct timers_list *waiting, struct timers_entry entry, size_t i)
{
	waiting->all[i] = entry;
	entry.timer->slot = ~i;
}

static void remove_waiting(struct timers_list *waiting, size_t i)
{
	struct timers_entry last = waiting->all[--waiting->n];

	if (i < waiting->n)
		put_waiting(waiting, last, i);
}

/* ------------------------------------------------------------------ both */

void timers_set(struct timers *timers, struct timer *timer, int64_t at_ms)
{
	assert(timer->fire != NULL);
	timers_cancel(timers, timer);
	timer->at = at_ms;
	struct timers_entry entry = {at_ms, timers->next_order++, timer};
	if (at_ms <= timers->firing_at) {
		make_room(&timers->waiting);
		put_waiting(&timers->waiting, entry, timers->waiting.n++);
	} else {
		push(&timers->heap, entry);
	}
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
	if (!timer_is_set(timer))
		return;
	if (waits(timer))
		remove_waiting(&timers->waiting, ~timer->slot);
	else
		remove_from_heap(&timers->heap, timer->slot - 1);
	timer->slot = 0;
}

bool timer_is_set(const struct timer *timer)
{
	return timer->slot != 0;
}

int64_t timers_next(const struct timers *timers)
{
	int64_t next = timers->heap.n > 0 ? timers->heap.all[0].at : INT64_MAX;

	for (size_t i = 0; i < timers->waiting.n; i++) {
		if (timers->waiting.all[i].at < next)
			next = timers->waiting.all[i].at;
	}
	return next;
}

size_t timers_fire(struct timers *timers, int64_t now_ms, size_t most)
{
	struct timers_list *heap = &timers->heap;
	size_t fired = 0;

	assert(timers->firing_at == INT64_MIN);
	timers->firing_at = now_ms;
	while (fired < most && heap->n > 0 && heap->all[0].at <= now_ms) {
		struct timer *timer = heap->all[0].timer;

		timers_cancel(timers, timer);
		timer->fire(timer, now_ms);
		fired++;
	}
	timers->firing_at = INT64_MIN;
	while (timers->waiting.n > 0)
		push(heap, timers->waiting.all[--timers->waiting.n]);
	return fired;
}
