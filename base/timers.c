#include "base/timers.h"

#include <assert.h>
#include <stdlib.h>

#define TIMERS_FIRST_CAP 64
#define SLOT_WAITING SIZE_MAX

void timers_init(struct timers *timers)
{
	*timers = (struct timers){.firing_at = INT64_MIN};
}

void timers_finish(struct timers *timers)
{
	if (timers == NULL)
		return;
	while (timers->waiting != NULL)
		timers_cancel(timers, timers->waiting);
	for (size_t i = 0; i < timers->n; i++)
		timers->heap[i]->slot = 0;
	free(timers->heap);
	timers_init(timers);
}

static bool is_before(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void place(struct timers *timers, struct timer *timer, size_t i)
{
	timers->heap[i] = timer;
	timer->slot = i + 1;
}

static void sift_up(struct timers *timers, struct timer *timer, size_t i)
{
	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!is_before(timer, timers->heap[parent]))
			break;
		place(timers, timers->heap[parent], i);
		i = parent;
	}
	place(timers, timer, i);
}

static void sift_down(struct timers *timers, struct timer *timer, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < timers->n &&
			is_before(timers->heap[child + 1], timers->heap[child]))
			child++;
		if (child >= timers->n || !is_before(timers->heap[child], timer))
			break;
		place(timers, timers->heap[child], i);
		i = child;
	}
	place(timers, timer, i);
}

static void push(struct timers *timers, struct timer *timer)
{
	if (timers->n == timers->cap) {
		size_t cap = timers->cap > 0 ? 2 * timers->cap : TIMERS_FIRST_CAP;
		struct timer **heap = realloc(timers->heap, cap * sizeof(struct timer *));

		if (heap == NULL)
			abort();
		timers->heap = heap;
		timers->cap = cap;
	}
	timers->n++;
	sift_up(timers, timer, timers->n - 1);
}

static void remove_waiting(struct timers *timers, struct timer *timer)
{
	struct timer **link = &timers->waiting;

	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->next = NULL;
}

static void remove_from_heap(struct timers *timers, struct timer *timer)
{
	size_t i = timer->slot - 1;
	struct timer *last;

	assert(i < timers->n && timers->heap[i] == timer);
	last = timers->heap[--timers->n];
	if (last == timer)
		return;
	if (i > 0 && is_before(last, timers->heap[(i - 1) / 2]))
		sift_up(timers, last, i);
	else
		sift_down(timers, last, i);
}

void timers_set(struct timers *timers, struct timer *timer, int64_t at_ms)
{
	assert(timer->fire != NULL);
	timers_cancel(timers, timer);
	timer->at = at_ms;
	timer->order = timers->next_order++;
	if (at_ms <= timers->firing_at) {
		timer->slot = SLOT_WAITING;
		timer->next = timers->waiting;
		timers->waiting = timer;
	} else {
		push(timers, timer);
	}
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
	if (!timer_is_set(timer))
		return;
	if (timer->slot == SLOT_WAITING)
		remove_waiting(timers, timer);
	else
		remove_from_heap(timers, timer);
	timer->slot = 0;
}

bool timer_is_set(const struct timer *timer)
{
	return timer->slot != 0;
}

int64_t timers_next(const struct timers *timers)
{
	int64_t next = timers->n > 0 ? timers->heap[0]->at : INT64_MAX;

	for (const struct timer *timer = timers->waiting; timer != NULL;
		timer = timer->next) {
		if (timer->at < next)
			next = timer->at;
	}
	return next;
}

size_t timers_fire(struct timers *timers, int64_t now_ms, size_t most)
{
	size_t fired = 0;

	assert(timers->firing_at == INT64_MIN);
	timers->firing_at = now_ms;
	while (fired < most && timers->n > 0 && timers->heap[0]->at <= now_ms) {
		struct timer *timer = timers->heap[0];

		timers_cancel(timers, timer);
		timer->fire(timer, now_ms);
		fired++;
	}
	timers->firing_at = INT64_MIN;
	while (timers->waiting != NULL) {
		struct timer *timer = timers->waiting;

		remove_waiting(timers, timer);
		push(timers, timer);
	}
	return fired;
}
