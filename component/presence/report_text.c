#include "component/presence/report.h"

#include "base/clock.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* "2026-11-21 17:58:00 UTC (in 12 min)", or "never". */
static void put_time(struct buf *out, const json_t *time, int64_t now)
{
	char stamp[CLOCK_TEXT_SIZE];
	int64_t at = json_integer_value(time);
	int64_t away = at > now ? at - now : now - at;

	if (!json_is_integer(time)) {
		buf_puts(out, "never");
		return;
	}
	clock_print(at * 1000, stamp);
	buf_printf(out, "%s (%s", stamp, at > now ? "in " : "");
	if (away < 120)
		buf_printf(out, "%lld s", (long long)away);
	else if (away < 7200)
		buf_printf(out, "%lld min", (long long)away / 60);
	else
		buf_printf(out, "%lld h", (long long)away / 3600);
	buf_puts(out, at > now ? ")" : " ago)");
}

/* What went wrong, in words and, if there is one, by Exchange's name of it. */
static void put_problem(struct buf *out, const char *label, const json_t *problem)
{
	buf_printf(out, "  %s: %s", label, text_of(problem, "text"));
	if (text_of(problem, "code")[0] != '\0')
		buf_printf(out, " (%s)", text_of(problem, "code"));
	buf_puts(out, "\n");
}

static void put_next_try(struct buf *out, const json_t *what, int64_t now)
{
	if (!json_is_integer(json_object_get(what, "next_try")))
		return;
	buf_puts(out, "  next try: ");
	put_time(out, json_object_get(what, "next_try"), now);
	buf_puts(out, "\n");
}

static void put_link(struct buf *out, const json_t *link)
{
	buf_printf(out, "link to the IM server: %s for %lld s, last loss: %s",
		text_of(link, "state"), number_of(link, "for_s"),
		text_of(link, "last_loss"));
	if (json_is_integer(json_object_get(link, "next_try_in_s")))
		buf_printf(out, ", next try in %lld s", number_of(link, "next_try_in_s"));
	buf_puts(out, "\n");
	if (is_true(link, "shared"))
		buf_printf(out,
			"  another stream has our name and gets %lld %% of what is for "
			"us: "
			"end it\n",
			number_of(link, "lost_percent"));
}

/* Only mode `user` finds that out. */
static const char *trust_text(const json_t *domain)
{
	const char *trust = text_of(domain, "trusted");

	return strcmp(trust, "unknown") == 0 ? "not tried" : trust;
}

static void put_domain(struct buf *out, const json_t *domain)
{
	buf_printf(out, "domain %s\n  presence source: %s%s\n", text_of(domain, "domain"),
		text_of(domain, "source"),
		is_true(domain, "complete") ? ""
		: strcmp(text_of(domain, "source"), "none") == 0
			? ""
			: " (partial: lost sessions are found by asking, within "
			  "minutes)");
	buf_printf(out, "  contact lists: %s, block lists: %s, speaking as users: %s\n",
		is_true(domain, "roster") ? "readable" : "not readable",
		is_true(domain, "blocking") ? "readable" : "not readable",
		trust_text(domain));
	if (text_of(domain, "software")[0] != '\0')
		buf_printf(out, "  software: %s\n", text_of(domain, "software"));
}

static void put_gateway(struct buf *out, const json_t *gateway, int64_t now)
{
	buf_printf(out, "gateway %s: %s", text_of(gateway, "name"),
		text_of(gateway, "health"));
	if (number_of(gateway, "pid") == 0)
		buf_puts(out, " (worker not running)");
	else if (number_of(gateway, "watched") == 0)
		buf_puts(out, " (nobody's calendar is to be read)");
	if (text_of(gateway, "endpoint")[0] != '\0')
		buf_printf(out, "\n  at %s", text_of(gateway, "endpoint"));
	buf_printf(out, "\n  watched %lld, read %lld, requests %lld, failed %lld\n",
		number_of(gateway, "watched"), number_of(gateway, "mailboxes_read"),
		number_of(gateway, "requests"), number_of(gateway, "failed_requests"));
	if (is_true(gateway, "notifications"))
		buf_printf(out, "  %lld of %lld mailboxes notify\n",
			number_of(gateway, "notified"), number_of(gateway, "watched"));
	buf_puts(out, "  last good answer: ");
	put_time(out, json_object_get(gateway, "last_success"), now);
	buf_printf(out, "\n  every mailbox within: %lld s\n",
		number_of(gateway, "reached_interval"));
	if (text_of(gateway, "request_version")[0] != '\0')
		buf_printf(out,
			"  asked as %s, since it takes nothing newer: who works "
			"elsewhere is "
			"not told\n",
			text_of(gateway, "request_version"));
	if (text_of(gateway, "text")[0] != '\0')
		put_problem(out, "last problem", gateway);
	put_next_try(out, gateway, now);
}

void report_text_status(const json_t *status, struct buf *out)
{
	const json_t *people = json_object_get(status, "people");
	const json_t *outbox = json_object_get(status, "outbox");
	int64_t now = number_of(status, "now");
	const json_t *entry;
	size_t i;

	buf_printf(out, "calpresence %s, process %lld, configuration %lld\n",
		text_of(status, "version"), number_of(status, "pid"),
		number_of(status, "generation"));
	put_link(out, json_object_get(status, "link"));
	json_array_foreach (json_object_get(status, "domains"), i, entry)
		put_domain(out, entry);
	json_array_foreach (json_object_get(status, "gateways"), i, entry)
		put_gateway(out, entry, now);
	buf_printf(out,
		"people: %lld known, %lld online, %lld calendars to read, %lld overlaid, "
		"%lld unknown, %lld watchers\n",
		number_of(people, "known"), number_of(people, "online"),
		number_of(people, "watched"), number_of(people, "overlaid"),
		number_of(people, "unknown"), number_of(people, "watchers"));
	buf_printf(out, "outbox: %lld waiting, %lld sent, %lld replaced by newer\n",
		number_of(outbox, "length"), number_of(outbox, "sent"),
		number_of(outbox, "merged"));
}

static void put_presence(struct buf *out, const json_t *presence)
{
	buf_puts(out, text_of(presence, "show"));
	if (text_of(presence, "status")[0] != '\0')
		buf_printf(out, ", \"%s\"", text_of(presence, "status"));
}

static void put_resources(struct buf *out, const json_t *why)
{
	const json_t *resources = json_object_get(why, "resources");
	const json_t *entry;
	size_t i;

	if (text_of(why, "room")[0] != '\0') {
		buf_printf(out, "the room %s, seen by its calendar alone\n",
			text_of(why, "room"));
		return;
	}
	if (json_array_size(resources) == 0)
		buf_printf(out, "own presence: %s\n",
			is_true(why, "synced") ? "offline"
					       : "not known, as `status` explains");
	json_array_foreach (resources, i, entry) {
		buf_printf(out, "own presence of %s (priority %lld%s): ",
			text_of(entry, "resource"), number_of(entry, "priority"),
			is_true(entry, "confirmed") ? "" : ", unconfirmed");
		put_presence(out, entry);
		buf_puts(out, "\n");
		if (number_of(entry, "contacts_told") > 0)
			buf_printf(out, "  contacts who see the overlay instead: %lld\n",
				number_of(entry, "contacts_told"));
	}
}

/* Where the mailbox is read, and why there. */
static void put_mailbox(struct buf *out, const json_t *calendar)
{
	const char *gateway = text_of(calendar, "gateway");
	const char *configured = text_of(calendar, "configured_gateway");

	buf_printf(out, "  mailbox %s by gateway %s", text_of(calendar, "mailbox"),
		gateway[0] == '\0' ? "none" : gateway);
	if (is_true(calendar, "looked_for"))
		buf_puts(out, ", where it is looked for: others do not have it");
	else if (strcmp(gateway, configured) != 0)
		buf_printf(out, ", where it was found: gateway %s does not have it",
			configured);
	buf_puts(out, "\n");
}

/* What rules made of the entries at present. */
static void put_ruled(struct buf *out, const json_t *calendar, int64_t now)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (json_object_get(calendar, "ruled"), i, entry) {
		buf_printf(out, "  an entry that is %s counts as %s by rule %lld, until ",
			text_of(entry, "state"), text_of(entry, "as"),
			number_of(entry, "rule"));
		put_time(out, json_object_get(entry, "end"), now);
		buf_puts(out, "\n");
	}
}

static void put_calendar(struct buf *out, const json_t *calendar, int64_t now)
{
	const json_t *failure = json_object_get(calendar, "failure");

	buf_printf(out, "calendar: %s (%s)\n", text_of(calendar, "state"),
		text_of(calendar, "reason"));
	if (text_of(calendar, "mailbox")[0] != '\0')
		put_mailbox(out, calendar);
	put_ruled(out, calendar, now);
	buf_puts(out, "  last good reading: ");
	put_time(out, json_object_get(calendar, "read_at"), now);
	buf_puts(out, "\n");
	if (text_of(calendar, "gateway_problem")[0] != '\0')
		buf_printf(out, "  problem of the gateway: %s\n",
			text_of(calendar, "gateway_problem"));
	if (json_is_object(failure)) {
		put_problem(out, "last failure", failure);
		put_next_try(out, failure, now);
	}
}

/* "automatic replies until ...", or what else is known of them. */
static void put_replies(struct buf *out, const json_t *replies, int64_t now)
{
	const char *state = text_of(replies, "state");
	const json_t *to = json_object_get(replies, "to");
	bool planned = strcmp(state, "planned") == 0;

	if (!json_is_object(replies))
		return;
	buf_puts(out, "automatic replies");
	if (planned) {
		buf_puts(out, " from ");
		put_time(out, json_object_get(replies, "from"), now);
	}
	if (!planned && strcmp(state, "on") != 0) {
		buf_printf(out, ": %s", state);
	} else if (json_is_integer(to)) {
		buf_puts(out, " until ");
		put_time(out, to, now);
	} else {
		buf_puts(out, " until further notice");
	}
	buf_puts(out, "; last heard of: ");
	put_time(out, json_object_get(replies, "at"), now);
	buf_puts(out, "\n");
}

static void put_watchers(struct buf *out, const json_t *why)
{
	buf_printf(out, "watchers: %lld admitted, %lld waiting; ",
		number_of(why, "admitted"), number_of(why, "waiting"));
	if (is_true(why, "contacts_read"))
		buf_printf(out, "contacts who may see her: %lld\n",
			number_of(why, "contacts"));
	else
		buf_puts(out, "her contact list has not been read\n");
}

/* A reading that is not renewed loses its word at last, too. */
static void put_until(struct buf *out, const json_t *why, int64_t now)
{
	const json_t *stale_at =
		json_object_get(json_object_get(why, "calendar"), "stale_at");
	const json_t *until = json_object_get(why, "until");

	buf_puts(out, "until: ");
	put_time(out, until, now);
	if (json_is_integer(until) && json_equal(until, stale_at))
		buf_puts(out, ", unless her calendar is read again before");
	buf_puts(out, "\n");
}

void report_text_why(const json_t *why, struct buf *out)
{
	const json_t *overlay = json_object_get(why, "overlay");
	const json_t *published = json_object_get(why, "published");
	int64_t now = number_of(why, "now");

	buf_printf(out, "%s", text_of(why, "jid"));
	if (text_of(why, "address")[0] != '\0')
		buf_printf(out, ", shown as %s", text_of(why, "address"));
	buf_puts(out, "\n");
	put_resources(out, why);
	put_calendar(out, json_object_get(why, "calendar"), now);
	put_replies(out, json_object_get(why, "replies"), now);
	buf_puts(out, "overlay: ");
	if (json_is_object(overlay))
		put_presence(out, overlay);
	else
		buf_puts(out, "none");
	buf_puts(out, "\n");
	if (json_is_object(published)) {
		buf_puts(out, "published: ");
		put_presence(out, published);
		buf_puts(out, ", since ");
		put_time(out, json_object_get(published, "at"), now);
		buf_puts(out, "\n");
	}
	put_watchers(out, why);
	put_until(out, why, now);
}
