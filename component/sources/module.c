#include "component/sources/module.h"

#include "base/jid.h"
#include "base/log.h"
#include "base/parse.h"
#include "component/sources/sources_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

/* Questions about persons under way at once. */
#define ASKING_MAX 32
/* Of persons in one iq whatever the module says, and what is taken for its word. */
#define MAX_MAX 10000
#define LEASE_MIN_S 3
#define LEASE_MAX_S 86400
#define ABILITIES_MAX 16
#define ABILITY_SIZE 24
/* After a question that got no answer. */
#define PAUSE_MS 2000
/* How often a server without the module is asked for it again: it can be loaded at run
 * time. */
#define HELLO_AGAIN_MS 60000
/* The pause before a new round doubles from the first to the second of these
 * while rounds end soon; the first one is begun anew at once. */
#define ANEW_MS 1000
#define ANEW_MAX_MS 60000
/* A round that lasted so long ended well. */
#define ROUND_MS 10000
/* A module that keeps no more answers is asked anew where no more than these
 * count: the others are of strangers who came once. */
#define SIGHTS_FEW 100000

/* What the server says of one watcher of a person. */
struct watched {
	struct name *watcher; // owned reference; first, for names_place()
	struct sight sight;
	bool asked; // in this round, or about to be
};

/* What was asked about a person in this round. */
struct asked {
	struct person *person;
	struct watched *list; // owned, sorted by the pointer `watcher`
	size_t n;
	size_t cap;
	struct asked *queue_before; // in module::queue: some of the list wait
	struct asked *queue_after;
	bool queued;
	bool under_way;
};

struct module {
	struct domain *domain;
	struct module_facts facts;
	bool saying_hello;
	bool listening; // the answer to the last hello has come, its feed counts
	bool said_forbidden;
	int64_t seq; // of the last feed
	int64_t lease_ms;
	int64_t greeted_ms;   // monotonic, of the last hello
	int64_t anew_ms;      // the pause before the next one
	size_t n_watched;     // of all persons
	bool full;            // it keeps no more answers
	int64_t said_full_ms; // monotonic; 0: never
	char abilities[ABILITIES_MAX][ABILITY_SIZE];
	size_t n_abilities;
	struct timer alive; // monotonic: says that we are still here
	struct timer anew;  // monotonic: hello after a pause
	struct timer ask;   // monotonic: what waits is asked
	struct asked *queue;
	unsigned asking;
};

/* ------------------------------------------------------------------ who sees whom */

static size_t place(const struct asked *asked, const struct name *watcher)
{
	return names_place(asked->list, asked->n, sizeof(*asked->list), watcher);
}

static struct watched *find_watched(const struct asked *asked, const struct name *watcher)
{
	size_t at = asked ? place(asked, watcher) : 0;

	return asked && at < asked->n && asked->list[at].watcher == watcher
		       ? &asked->list[at]
		       : NULL;
}

struct sight module_sight(const struct person *person, const struct name *watcher)
{
	const struct watched *watched = find_watched(person->asked, watcher);

	return watched ? watched->sight : (struct sight){0};
}

static struct watched *add_watched(struct asked *asked, struct name *watcher)
{
	size_t at = place(asked, watcher);
	struct watched *watched;

	if (asked->n == asked->cap) {
		size_t cap = asked->cap == 0 ? 4 : asked->cap * 2;
		struct watched *list = realloc(asked->list, cap * sizeof(*list));

		if (!list)
			return NULL;
		asked->list = list;
		asked->cap = cap;
	}
	watched = &asked->list[at];
	memmove(watched + 1, watched, (asked->n++ - at) * sizeof(*watched));
	*watched = (struct watched){.watcher = name_ref(watcher)};
	asked->person->domain->module->n_watched++;
	return watched;
}

void module_drop_person(struct person *person)
{
	struct names *names = person->people->names;
	struct asked *asked = person->asked;

	if (!asked)
		return;
	if (asked->queued)
		DL_DELETE2(
			person->domain->module->queue, asked, queue_before, queue_after);
	for (size_t i = 0; i < asked->n; i++)
		names_put(names, asked->list[i].watcher);
	person->domain->module->n_watched -= asked->n;
	free(asked->list);
	free(asked);
	person->asked = NULL;
}

void module_keep_sights(struct person *person, const void *entries, size_t n, size_t size)
{
	struct asked *asked = person->asked;
	size_t kept = 0;

	for (size_t i = 0; asked && i < asked->n; i++) {
		struct watched watched = asked->list[i];
		size_t at = names_place(entries, n, size, watched.watcher);
		const char *entry = (const char *)entries + at * size;

		if (at < n &&
			*(struct name *const *)(const void *)entry == watched.watcher)
			asked->list[kept++] = watched;
		else
			names_put(person->people->names, watched.watcher);
	}
	if (!asked)
		return;
	person->domain->module->n_watched -= asked->n - kept;
	asked->n = kept;
}

static void drop_all_asked(const struct domain *domain)
{
	for (struct person *person = domain->people->all; person;
		person = person->after) {
		if (person->domain == domain)
			module_drop_person(person);
	}
}

static void ask_in(struct module *module, int64_t ms)
{
	struct people *people = module->domain->people;

	if (!timer_is_set(&module->ask))
		timers_set(&people->mono, &module->ask, people->now.mono_ms + ms);
}

static void queue(struct module *module, struct asked *asked)
{
	if (asked->queued || asked->under_way)
		return;
	asked->queued = true;
	DL_APPEND2(module->queue, asked, queue_before, queue_after);
}

void module_want_sight(struct person *person, struct name *watcher)
{
	struct module *module = person->domain->module;

	if (!module_can(person->domain, "sees") || find_watched(person->asked, watcher))
		return;
	if (!person->asked) {
		person->asked = calloc(1, sizeof(*person->asked));
		if (!person->asked)
			return;
		person->asked->person = person;
	}
	if (!add_watched(person->asked, watcher))
		return;
	queue(module, person->asked);
	/* At the beginning of the next turn, when all of this one are known. */
	ask_in(module, 0);
}

static void set_sight(struct watched *watched, const struct element *element)
{
	const char *sees = element_attr(element, "sees");
	const char *blocked = element_attr(element, "blocked");

	watched->asked = true;
	watched->sight = (struct sight){
		.known = true,
		.sees = sees && strcmp(sees, "true") == 0,
		.blocked = blocked && strcmp(blocked, "true") == 0,
	};
}

/* The watchers in a <sees/>, be it an answer or what has changed since. */
static void read_sees(
	const struct people *people, struct asked *asked, const struct element *sees)
{
	struct module *module = asked->person->domain->module;
	const struct element *child = element_first(sees);

	for (; child; child = element_next(child)) {
		const char *jid = element_attr(child, "jid");
		const struct name *watcher = jid ? names_find(people->names, jid) : NULL;
		struct watched *watched = watcher ? find_watched(asked, watcher) : NULL;
		const char *once = element_attr(child, "once");

		module->full |= once && strcmp(once, "true") == 0;
		if (watched && element_is(child, MODULE_NS, "watcher"))
			set_sight(watched, child);
	}
}

static bool has_waiting(const struct asked *asked)
{
	size_t i = 0;

	while (i < asked->n && asked->list[i].asked)
		i++;
	return i < asked->n;
}

/* What was asked and not answered: a refusal means that he sees nothing, silence and any
 * other error that it is asked again. */
static void close_answer(struct asked *asked, bool refused)
{
	for (size_t i = 0; i < asked->n; i++) {
		struct watched *watched = &asked->list[i];

		if (!watched->asked || watched->sight.known)
			continue;
		watched->asked = refused;
		watched->sight.known = refused;
	}
}

/* It clears its memory with the next hello. */
static void on_full(struct module *module)
{
	struct people *people = module->domain->people;

	module->full = false;
	if (module->n_watched < SIGHTS_FEW)
		module_begin_anew(module->domain);
	else if (people_may_say(people, &module->said_full_ms))
		log_warning(
			"mod_calpresence of \"%s\" keeps no more answers: who may see "
			"whom is noticed late",
			module->domain->jid->text);
}

static void on_sees(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	const char *at = strchr(subject->text, '@');
	struct domain *domain = at ? people_domain(people, at + 1) : NULL;
	struct module *module = domain ? domain->module : NULL;
	struct person *person = subject->person;
	struct asked *asked = person ? person->asked : NULL;
	const struct element *sees =
		answer == IQ_RESULT ? element_child(iq, MODULE_NS, "sees") : NULL;
	bool refused;

	if (!module)
		return;
	refused = answer == IQ_ERROR && iq_error_is(iq, "bad-request");
	module->asking--;
	if (asked) {
		asked->under_way = false;
		if (sees)
			read_sees(people, asked, sees);
		close_answer(asked, sees || refused);
		if (has_waiting(asked))
			queue(module, asked);
		person_touch(person);
	}
	if (answer == IQ_ERROR && iq_error_is(iq, "unexpected-request"))
		module_begin_anew(domain);
	else if (module->queue)
		ask_in(module, sees || refused ? 0 : PAUSE_MS);
	if (module->full)
		on_full(module);
}

static void put_watchers(
	const struct module *module, struct asked *asked, struct buf *inside)
{
	size_t n = 0;

	for (size_t i = 0; i < asked->n && n < module->facts.max; i++) {
		struct watched *watched = &asked->list[i];

		/* One address more, escaped, has to fit. */
		if (watched->asked ||
			inside->len + 6 * JID_SIZE > OUTBOX_STANZA_MAX - 1024)
			continue;
		watched->asked = true;
		n++;
		buf_puts(inside, "<watcher jid='");
		buf_put_xml(inside, watched->watcher->text);
		buf_puts(inside, "'/>");
	}
}

static bool ask(struct module *module, struct asked *asked)
{
	struct people *people = module->domain->people;
	struct iq_question question = {
		.type = "get",
		.to = module->domain->jid->text,
		.answered = on_sees,
		.subject = asked->person->jid,
	};
	struct buf inside;
	bool done;

	buf_init(&inside, OUTBOX_STANZA_MAX);
	buf_puts(&inside, "<sees xmlns='" MODULE_NS "' jid='");
	buf_put_xml(&inside, asked->person->jid->text);
	buf_puts(&inside, "'>");
	put_watchers(module, asked, &inside);
	buf_puts(&inside, "</sees>");
	question.inside = buf_text(&inside);
	done = !inside.failed && iqs_ask(people->iqs, &question, people->now.mono_ms);
	buf_finish(&inside);
	if (!done)
		close_answer(asked, false);
	return done;
}

static void on_ask(struct timer *timer, int64_t now_ms)
{
	struct module *module = TIMER_OF(timer, struct module, ask);

	(void)now_ms;
	while (module->facts.there && module->queue && module->asking < ASKING_MAX) {
		struct asked *asked = module->queue;

		DL_DELETE2(module->queue, asked, queue_before, queue_after);
		asked->queued = false;
		if (!has_waiting(asked))
			continue;
		if (!ask(module, asked)) {
			queue(module, asked);
			ask_in(module, PAUSE_MS);
			return;
		}
		asked->under_way = true;
		module->asking++;
	}
}

/* ------------------------------------------------------------------ the feed */

static void read_priority(const struct element *client, struct presence_in *in)
{
	const char *text = element_attr(client, "priority");
	int64_t priority = 0;

	if (text && parse_int64(text, strlen(text), -128, 127, &priority))
		in->priority = (int)priority;
}

/* A full JID of the domain; out_text has it, and out_bare without the resource. */
static bool read_jid(const struct domain *domain, const struct element *element,
	char out_bare[JID_SIZE], char out_full[JID_SIZE])
{
	const char *text = element_attr(element, "jid");
	struct jid jid;

	if (!text || !jid_parse(text, &jid) || *jid.local == '\0' ||
		*jid.resource == '\0' || strcmp(jid.domain, domain->jid->text) != 0)
		return false;
	jid_print_bare(&jid, out_bare);
	jid_print(&jid, out_full);
	return true;
}

static void on_client(struct domain *domain, const struct element *element)
{
	struct presence_in in;
	char bare[JID_SIZE];
	char full[JID_SIZE];

	if (!read_jid(domain, element, bare, full))
		return;
	presence_in_read(element, &in);
	read_priority(element, &in);
	own_presence_available(domain->people, bare, full, &in);
}

static void on_gone(struct domain *domain, const struct element *element)
{
	char bare[JID_SIZE];
	char full[JID_SIZE];
	struct client *client;

	if (!read_jid(domain, element, bare, full))
		return;
	client = own_presence_client(domain->people, full);
	if (client)
		own_presence_gone(client);
}

static void on_changed_sees(struct domain *domain, const struct element *element)
{
	const char *jid = element_attr(element, "jid");
	struct person *person = jid ? people_find(domain->people, jid) : NULL;

	if (!person || person->domain != domain || !person->asked)
		return;
	read_sees(domain->people, person->asked, element);
	person_touch(person);
}

static void on_news(struct domain *domain, const struct element *element)
{
	bool is_source = domain->source == SOURCE_MODULE;

	if (element_is(element, MODULE_NS, "client")) {
		if (is_source)
			on_client(domain, element);
	} else if (element_is(element, MODULE_NS, "gone")) {
		if (is_source)
			on_gone(domain, element);
	} else if (element_is(element, MODULE_NS, "sees")) {
		on_changed_sees(domain, element);
	} else if (element_is(element, MODULE_NS, "end")) {
		if (is_source)
			sources_synced(domain);
	} else if (element_is(element, MODULE_NS, "bye")) {
		log_warning("mod_calpresence of \"%s\" was unloaded", domain->jid->text);
		module_begin_anew(domain);
	}
}

bool module_on_message(struct domain *domain, const struct element *message)
{
	const struct element *feed = element_child(message, MODULE_NS, "feed");
	struct module *module = domain->module;
	const char *text = feed ? element_attr(feed, "seq") : NULL;
	int64_t seq;

	if (!feed)
		return false;
	/* What was on its way before the hello belongs to an earlier round. */
	if (!module || !module->listening || !text ||
		!parse_int64(text, strlen(text), 1, INT64_MAX, &seq))
		return true;
	if (seq != module->seq + 1) {
		log_warning("news of mod_calpresence of \"%s\" were lost: they are asked "
			    "for anew",
			domain->jid->text);
		module_begin_anew(domain);
		return true;
	}
	module->seq = seq;
	for (feed = element_first(feed); feed && module->listening;
		feed = element_next(feed))
		on_news(domain, feed);
	return true;
}

/* ------------------------------------------------------------------ hello */

static void read_text(
	const struct element *hello, const char *name, char *out_text, size_t size)
{
	const char *text = element_attr(hello, name);

	(void)snprintf(out_text, size, "%s", text ? text : "");
}

static int64_t read_number(
	const struct element *hello, const char *name, int64_t least, int64_t most)
{
	const char *text = element_attr(hello, name);
	int64_t number = least;

	if (text && parse_int64(text, strlen(text), INT64_MIN, INT64_MAX, &number))
		number = number < least ? least : number > most ? most : number;
	return number;
}

static void read_hello(struct module *module, const struct element *hello)
{
	const struct element *child = element_first(hello);

	read_text(hello, "version", module->facts.version, sizeof(module->facts.version));
	read_text(hello, "server-version", module->facts.server_version,
		sizeof(module->facts.server_version));
	read_text(hello, "server", module->domain->software,
		sizeof(module->domain->software));
	module->lease_ms = read_number(hello, "lease", LEASE_MIN_S, LEASE_MAX_S) * 1000;
	module->facts.max = (size_t)read_number(hello, "max", 1, MAX_MAX);
	module->n_abilities = 0;
	for (; child && module->n_abilities < ABILITIES_MAX;
		child = element_next(child)) {
		if (element_is(child, MODULE_NS, "ability"))
			read_text(child, "name", module->abilities[module->n_abilities++],
				ABILITY_SIZE);
	}
}

static void be_alive(struct module *module)
{
	struct people *people = module->domain->people;

	timers_set(&people->mono, &module->alive,
		people->now.mono_ms + module->lease_ms / 3);
}

static void begin_round(struct module *module)
{
	struct people *people = module->domain->people;

	module->facts.there = true;
	module->listening = true;
	module->said_forbidden = false;
	module->domain->said_no_module = false;
	module->seq = 0;
	module->facts.round++;
	module->facts.since = people_now_s(people);
	drop_all_asked(module->domain);
	be_alive(module);
	log_info("mod_calpresence of \"%s\" answers version=%s server=\"%s %s\"",
		module->domain->jid->text, module->facts.version,
		module->domain->software, module->facts.server_version);
}

static void say_forbidden(struct module *module)
{
	if (!module->said_forbidden)
		log_error(
			"mod_calpresence of \"%s\" does not let this component in: name "
			"\"%s\" in calpresence_components of Prosody's host, or in "
			"components of ejabberd's mod_calpresence, and reload the server",
			module->domain->jid->text, module->domain->people->self->text);
	module->said_forbidden = true;
}

static void on_hello(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct domain *domain = people_domain(people, subject->text);
	struct module *module = domain ? domain->module : NULL;
	const struct element *hello =
		answer == IQ_RESULT ? element_child(iq, MODULE_NS, "hello") : NULL;

	if (!module)
		return;
	module->saying_hello = false;
	if (!people->up)
		return;
	if (answer == IQ_NONE && module->facts.there) {
		module_begin_anew(domain); // a server that is slow has not lost it
		return;
	}
	if (hello) {
		read_hello(module, hello);
		begin_round(module);
	} else {
		module_forget(domain);
		timers_set(&people->mono, &module->anew,
			people->now.mono_ms + HELLO_AGAIN_MS);
		if (answer == IQ_ERROR && iq_error_is(iq, "forbidden"))
			say_forbidden(module);
	}
	sources_on_hello(domain);
}

static void on_kept_alive(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct domain *domain = people_domain(context, subject->text);

	(void)iq;
	if (domain && answer == IQ_ERROR)
		module_begin_anew(domain);
}

static void on_alive(struct timer *timer, int64_t now_ms)
{
	struct module *module = TIMER_OF(timer, struct module, alive);

	(void)now_ms;
	if (!module->facts.there)
		return;
	(void)!people_ask(module->domain->people, module->domain->jid, "set",
		"<overlays xmlns='" MODULE_NS "'/>", on_kept_alive);
	be_alive(module);
}

static void on_anew(struct timer *timer, int64_t now_ms)
{
	(void)now_ms;
	module_hello(TIMER_OF(timer, struct module, anew)->domain);
}

static struct module *create(struct domain *domain)
{
	struct module *module = calloc(1, sizeof(*module));

	if (!module)
		return NULL;
	module->domain = domain;
	module->alive.fire = on_alive;
	module->anew.fire = on_anew;
	module->ask.fire = on_ask;
	return module;
}

void module_hello(struct domain *domain)
{
	struct people *people = domain->people;

	if (!domain->module)
		domain->module = create(domain);
	if (!domain->module || domain->module->saying_hello)
		return;
	domain->module->listening = false;
	domain->module->greeted_ms = people->now.mono_ms;
	domain->module->saying_hello = people_ask(people, domain->jid, "set",
		"<hello xmlns='" MODULE_NS "' version='1'/>", on_hello);
	if (!domain->module->saying_hello)
		timers_set(&people->mono, &domain->module->anew,
			people->now.mono_ms + PAUSE_MS);
}

void module_begin_anew(struct domain *domain)
{
	struct module *module = domain->module;
	struct people *people = domain->people;

	if (!module || module->saying_hello || timer_is_set(&module->anew))
		return;
	module->listening = false;
	if (people->now.mono_ms - module->greeted_ms >= ROUND_MS)
		module->anew_ms = 0;
	timers_set(&people->mono, &module->anew, people->now.mono_ms + module->anew_ms);
	module->anew_ms = module->anew_ms == 0 ? ANEW_MS : 2 * module->anew_ms;
	if (module->anew_ms > ANEW_MAX_MS)
		module->anew_ms = ANEW_MAX_MS;
}

void module_forget(struct domain *domain)
{
	struct module *module = domain->module;
	struct people *people = domain->people;

	if (!module)
		return;
	module->facts.there = false;
	module->listening = false;
	timers_cancel(&people->mono, &module->alive);
	timers_cancel(&people->mono, &module->anew);
	timers_cancel(&people->mono, &module->ask);
	drop_all_asked(module->domain);
}

void module_destroy(struct domain *domain)
{
	module_forget(domain);
	free(domain->module);
	domain->module = NULL;
}

/* ------------------------------------------------------------------ for all above */

const struct module_facts *module_facts(const struct domain *domain)
{
	static const struct module_facts none;

	return domain->module ? &domain->module->facts : &none;
}

bool module_can(const struct domain *domain, const char *ability)
{
	const struct module *module = domain->module;

	for (size_t i = 0; module && module->facts.there && i < module->n_abilities;
		i++) {
		if (strcmp(module->abilities[i], ability) == 0)
			return true;
	}
	return false;
}
