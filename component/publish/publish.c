#include "component/publish/publish.h"

#include "component/publish/component_mode.h"
#include "component/publish/user_mode.h"

const struct publish_mode *const publish_modes[PUBLISH_MODES] = {
	&component_mode,
	&user_mode,
};

bool publish_is_on(const struct people *people, const struct publish_mode *mode)
{
	return (people->config->publish.modes & mode->bit) != 0;
}

bool publish_init(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (!publish_modes[i]->init(people))
			return false;
	}
	return true;
}

void publish_finish(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++)
		publish_modes[i]->finish(people);
}

bool publish_restore(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_modes[i]->restore && !publish_modes[i]->restore(people))
			return false;
	}
	return true;
}

bool publish_dress(struct person *person)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_modes[i]->dress && !publish_modes[i]->dress(person))
			return false;
	}
	return true;
}

void publish_undress(struct person *person)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_modes[i]->undress)
			publish_modes[i]->undress(person);
	}
}

void publish_link_down(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_modes[i]->link_down)
			publish_modes[i]->link_down(people);
	}
}

bool publish_needs(const struct person *person)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_is_on(person->people, publish_modes[i]) &&
			publish_modes[i]->needs(person))
			return true;
	}
	return false;
}

int64_t publish_show(struct person *person)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		int64_t at_ms = INT64_MAX;

		if (publish_is_on(person->people, publish_modes[i]))
			at_ms = publish_modes[i]->show(person);
		if (at_ms < next_ms)
			next_ms = at_ms;
	}
	return next_ms;
}

void publish_settled(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		if (publish_modes[i]->settled)
			publish_modes[i]->settled(people);
	}
}

struct publish_loss publish_loss(const struct person *person, const struct config *next)
{
	struct publish_loss all = {0};

	for (size_t i = 0; i < PUBLISH_MODES; i++) {
		struct publish_loss loss = publish_modes[i]->loss(person, next);

		all.seen += loss.seen;
		all.ended += loss.ended;
		all.kept += loss.kept;
	}
	return all;
}

void publish_retract(struct person *person, const struct config *next)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++)
		publish_modes[i]->retract(person, next);
}

void publish_stop(struct people *people)
{
	for (size_t i = 0; i < PUBLISH_MODES; i++)
		if (publish_modes[i]->stop)
			publish_modes[i]->stop(people);
}
