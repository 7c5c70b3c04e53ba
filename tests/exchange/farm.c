#include "exchange/farm.h"

#include "exchange/arguments.h"

#include <stdio.h>
#include <string.h>

static bool copy_name(char out_name[CALENDAR_SERVER], const char *name, size_t n)
{
	if (n == 0 || n >= CALENDAR_SERVER)
		return false;
	memcpy(out_name, name, n);
	out_name[n] = '\0';
	return true;
}

static bool read_fronts(struct farm *farm, const char *names, const char *refusing)
{
	farm->n_fronts = 0;
	while (*names != '\0') {
		size_t n = strcspn(names, ",");
		struct farm_front *front = farm->fronts + farm->n_fronts;

		if (farm->n_fronts == FARM_FRONTS || !copy_name(front->name, names, n))
			return false;
		front->refuses = refusing != NULL && strcmp(refusing, front->name) == 0;
		farm->n_fronts++;
		names += n;
		names += *names == ',';
	}
	return true;
}

unsigned farm_servers(struct visit *visit, struct buf *out)
{
	struct farm *farm = &visit->sim->farm;
	const char *names = argument(visit, "names");

	if (names == NULL || !read_fronts(farm, names, argument(visit, "refusing"))) {
		farm->n_fronts = 0;
		return argument_wrong(out, "names= of up to 8 servers are needed");
	}
	return 200;
}

static struct farm_sick *find_sick(struct farm *farm, const char *name)
{
	for (size_t i = 0; i < farm->n_sick; i++) {
		if (strcmp(farm->sick[i].name, name) == 0)
			return farm->sick + i;
	}
	return NULL;
}

unsigned farm_health(struct visit *visit, struct buf *out)
{
	struct farm *farm = &visit->sim->farm;
	const char *name = argument(visit, "server");
	struct farm_sick *sick = name != NULL ? find_sick(farm, name) : NULL;
	bool is_busy = false;

	argument_flag(visit, "busy", &is_busy);
	if (sick != NULL)
		*sick = farm->sick[--farm->n_sick];
	if (!is_busy)
		return name != NULL ? 200 : argument_wrong(out, "server= is needed");
	sick = farm->sick + farm->n_sick;
	*sick = (struct farm_sick){.backoff = "1000"};
	if (name == NULL || farm->n_sick == FARM_SICK ||
		!copy_name(sick->name, name, strlen(name)) ||
		!argument_copy(visit, "backoff", sick->backoff, sizeof sick->backoff))
		return argument_wrong(out, "server= or backoff= is wrong");
	farm->n_sick++;
	return 200;
}

uint64_t farm_connect(struct farm *farm)
{
	return farm->next++;
}

const struct farm_front *farm_front(const struct farm *farm, uint64_t number)
{
	return farm->n_fronts > 0 ? farm->fronts + number % farm->n_fronts : NULL;
}

const struct farm_sick *farm_sick(
	const struct farm *farm, const struct calendar_mailbox *mailbox)
{
	for (size_t i = 0; mailbox != NULL && i < farm->n_sick; i++) {
		if (strcmp(farm->sick[i].name, mailbox->server) == 0)
			return farm->sick + i;
	}
	return NULL;
}
