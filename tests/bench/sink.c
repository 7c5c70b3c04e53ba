/* ppoll() */
#define _GNU_SOURCE

/*
 * The other end of the benchmarks: a server that speaks just enough XEP-0114 to one
 * component at a time. It says that everybody is online, asks for their presence in the
 * name of their watchers, answers iq, and tells when the first and the last of the
 * expected "dnd" came: presences to watchers, or persons told to the module.
 *
 *   bench-sink EXPECTED [PEOPLE WATCHERS [module] [prosody] [CHANGES]]
 *
 * Person i is u<i>@example.test; its watchers are the WATCHERS people behind it. It
 * grants the privileges, or has our module (urn:calpresence:server:1) with the word
 * "module"; by disco#info it is Prosody with the word "prosody". SIGUSR1 makes so many
 * CHANGES of people's own presence, one person after the other, the last of each to
 * "dnd".
 *
 * On stdout, a line each: "port N", "up", "subscribed N", "changes N" (all are written),
 * "sample STANZA", "shown N" (presences, or persons told, since the last line of these)
 * and behind it "dnd N FIRST_US LAST_US" (the wall clock in microseconds).
 */
#include "base/buf.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DOMAIN "example.test"
#define COMPONENT "meet.example.test"
#define MODULE_NS "urn:calpresence:server:1"
#define BUFFER_MAX ((size_t)256 * 1024 * 1024)
#define READ_SIZE ((size_t)256 * 1024)
#define ATTRIBUTE_SIZE 3072
/* What is written ahead; the rest is made when it is due. */
#define AHEAD ((size_t)256 * 1024)
/* Of clients in one stanza of the module. */
#define FEED_MAX 100

struct sink {
	int64_t expected;
	int64_t people;
	int64_t watchers;
	int64_t changes;
	bool has_module;
	bool is_prosody;
	bool asked; // for all subscriptions, in some stream
	int fd;
	/* What was made of what is to be said. */
	int64_t presences;
	int64_t requests;
	int64_t changed;
	int64_t seq;
	bool changing;
	int64_t shown;
	sigset_t waiting; // signals that are let through while nothing else is done
	struct buf in;
	struct buf out;
	size_t sent; // bytes of `out`
	int64_t subscribed;
	int64_t dnd;
	int64_t first_us;
	int64_t last_us;
};

static int64_t wall_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool contains(const char *stanza, size_t n, const char *text)
{
	size_t len = strlen(text);
	const char *end = stanza + n;

	for (const char *p = stanza; (size_t)(end - p) >= len; p++) {
		p = memchr(p, text[0], (size_t)(end - p) - len + 1);
		if (!p)
			return false;
		if (memcmp(p, text, len) == 0)
			return true;
	}
	return false;
}

/* The raw value of an attribute of the stanza's own tag; "" if it has none. */
static void attribute(
	const char *stanza, const char *name, char out_value[static ATTRIBUTE_SIZE])
{
	const char *end = strchr(stanza, '>');
	size_t len = strlen(name);

	out_value[0] = '\0';
	for (const char *p = strchr(stanza, ' '); p && p < end; p = strchr(p + 1, ' ')) {
		if (strncmp(p + 1, name, len) == 0 && p[len + 1] == '=') {
			char quote = p[len + 2];
			const char *value = p + len + 3;
			size_t n = strcspn(value, (char[]){quote, '\0'});

			assert(n < ATTRIBUTE_SIZE);
			memcpy(out_value, value, n);
			out_value[n] = '\0';
			return;
		}
	}
}

/* ------------------------------------------------------------------ what is said */

static void begin_feed(struct sink *sink)
{
	buf_printf(&sink->out,
		"<message from='" DOMAIN "' to='" COMPONENT "'><feed xmlns='" MODULE_NS
		"' seq='%" PRId64 "'>",
		++sink->seq);
}

static void end_feed(struct sink *sink)
{
	buf_puts(&sink->out, "</feed></message>");
}

/* As servers stamp it, with the language of the client's stream. */
static void say_presence(struct sink *sink, int64_t person, const char *inside)
{
	if (sink->has_module)
		buf_printf(&sink->out,
			"<client jid='u%" PRId64 "@" DOMAIN "/pc' priority='5'>%s"
			"</client>",
			person, inside);
	else
		buf_printf(&sink->out,
			"<presence xml:lang='en' from='u%" PRId64 "@" DOMAIN
			"/pc' to='" COMPONENT "'>%s<priority>5</priority></presence>",
			person, inside);
}

/* So many of the next presences, in one stanza of the module. */
static void say_presences(struct sink *sink)
{
	int64_t end = sink->presences + FEED_MAX;

	if (sink->has_module)
		begin_feed(sink);
	for (; sink->presences < end && sink->presences < sink->people; sink->presences++)
		say_presence(sink, sink->presences, "");
	if (sink->has_module && sink->presences == sink->people)
		buf_puts(&sink->out, "<end/>");
	if (sink->has_module)
		end_feed(sink);
}

static void ask_to_see(struct sink *sink)
{
	int64_t person = sink->requests / sink->watchers;
	int64_t watcher = person + 1 + sink->requests % sink->watchers;

	buf_printf(&sink->out,
		"<presence type='subscribe' from='u%" PRId64 "@" DOMAIN "' to='u%" PRId64
		"@" COMPONENT "'/>",
		watcher % sink->people, person);
	sink->requests++;
}

static void change(struct sink *sink)
{
	static const char *const insides[] = {
		"<show>away</show><status>Back in a minute</status>",
		"<show>xa</show><status>Out for lunch</status>",
	};
	int64_t person = sink->changed % sink->people;
	bool is_last = sink->changed + sink->people >= sink->changes;

	if (sink->has_module)
		begin_feed(sink);
	say_presence(sink, person,
		is_last ? "<show>dnd</show><status>Writing</status>"
			: insides[sink->changed / sink->people % 2]);
	if (sink->has_module)
		end_feed(sink);
	if (++sink->changed == sink->changes)
		printf("changes %" PRId64 "\n", sink->changes);
}

/* Makes more of what is to be said; false: all is. */
static bool say_more(struct sink *sink)
{
	if (sink->presences < sink->people) {
		say_presences(sink);
		return true;
	}
	if (sink->requests < sink->people * sink->watchers) {
		ask_to_see(sink);
		return true;
	}
	if (sink->changing && sink->changed < sink->changes) {
		change(sink);
		return true;
	}
	return false;
}

/* Of a component that was here before the server knows that it was let in. */
static void greet(struct sink *sink)
{
	sink->presences = 0;
	sink->requests = sink->asked ? sink->people * sink->watchers : 0;
	sink->asked = true;
}

static void welcome(struct sink *sink)
{
	struct buf *out = &sink->out;

	printf("up\n");
	buf_puts(out, "<handshake/>");
	if (sink->people == 0 || sink->has_module)
		return;
	buf_puts(out, "<message from='" DOMAIN "' to='" COMPONENT "'>"
		      "<privilege xmlns='urn:xmpp:privilege:2'>"
		      "<perm access='roster' type='both'/>"
		      "<perm access='presence' type='managed_entity'/>"
		      "</privilege></message>");
	greet(sink);
}

static void put_hello(struct sink *sink)
{
	buf_puts(&sink->out,
		"<hello xmlns='" MODULE_NS "' version='1' server='sink'"
		" server-version='1' lease='120' max='500'><ability name='overlays'/>"
		"<ability name='clients'/><ability name='sees'/></hello>");
}

/* Everybody sees her. */
static void put_sees(struct sink *sink, const char *stanza, size_t n)
{
	char jid[ATTRIBUTE_SIZE];
	const char *end = stanza + n;
	const char *at = strstr(stanza, "<sees");

	attribute(at, "jid", jid);
	buf_printf(&sink->out, "<sees xmlns='" MODULE_NS "' jid='%s'>", jid);
	while ((at = strstr(at + 1, "<watcher")) != NULL && at < end) {
		attribute(at, "jid", jid);
		buf_printf(&sink->out, "<watcher jid='%s' sees='true' blocked='false'/>",
			jid);
	}
	buf_puts(&sink->out, "</sees>");
}

static void begin_answer(struct sink *sink, const char *stanza, const char *type)
{
	char id[ATTRIBUTE_SIZE];
	char from[ATTRIBUTE_SIZE];
	char to[ATTRIBUTE_SIZE];

	attribute(stanza, "id", id);
	attribute(stanza, "from", from);
	attribute(stanza, "to", to);
	buf_printf(&sink->out, "<iq type='%s' id='%s' from='%s' to='%s'>", type, id, to,
		from);
}

/* Every question gets an empty answer: to a ping that is all, of a roster it means that
 * it is empty. */
static void answer_iq(struct sink *sink, const char *stanza, size_t n)
{
	char type[ATTRIBUTE_SIZE];
	bool is_hello = contains(stanza, n, "<hello ");

	attribute(stanza, "type", type);
	if (strcmp(type, "get") != 0 && strcmp(type, "set") != 0)
		return;
	if (contains(stanza, n, MODULE_NS) && !sink->has_module) {
		begin_answer(sink, stanza, "error");
		buf_puts(&sink->out, "<error type='cancel'><service-unavailable xmlns="
				     "'urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
				     "</iq>");
		return;
	}
	begin_answer(sink, stanza, "result");
	if (is_hello)
		put_hello(sink);
	if (contains(stanza, n, "<sees "))
		put_sees(sink, stanza, n);
	if (contains(stanza, n, "disco#info") && sink->is_prosody)
		buf_puts(&sink->out,
			"<query xmlns='http://jabber.org/protocol/disco#info'><identity"
			" category='server' type='im' name='Prosody'/></query>");
	if (contains(stanza, n, "jabber:iq:version"))
		buf_puts(&sink->out, "<query xmlns='jabber:iq:version'><name>sink</name>"
				     "<version>1</version></query>");
	if (contains(stanza, n, "jabber:iq:roster"))
		buf_puts(&sink->out, "<query xmlns='jabber:iq:roster'/>");
	buf_puts(&sink->out, "</iq>");
	if (is_hello) {
		sink->seq = 0;
		greet(sink);
	}
}

/* ------------------------------------------------------------------ what is shown */

static void count_dnd(struct sink *sink, int64_t now_us)
{
	if (sink->dnd++ == 0)
		sink->first_us = now_us;
	sink->last_us = now_us;
	if (sink->dnd != sink->expected)
		return;
	printf("shown %" PRId64 "\ndnd %" PRId64 " %" PRId64 " %" PRId64 "\n",
		sink->shown, sink->dnd, sink->first_us, sink->last_us);
	sink->shown = 0;
	sink->dnd = 0;
}

/* Persons in an iq to the module. */
static void count_persons(struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	const char *end = stanza + n;
	char show[ATTRIBUTE_SIZE];

	while ((stanza = strstr(stanza, "<person ")) != NULL && stanza < end) {
		sink->shown++;
		attribute(stanza, "show", show);
		if (strcmp(show, "dnd") == 0)
			count_dnd(sink, now_us);
		stanza++;
	}
}

static void count_presence(
	struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	if (contains(stanza, n, "subscribed")) {
		if (++sink->subscribed == sink->people * sink->watchers)
			printf("subscribed %" PRId64 "\n", sink->subscribed);
		return;
	}
	sink->shown++;
	if (!contains(stanza, n, "<show>dnd</show>"))
		return;
	if (sink->dnd == 0)
		printf("sample %.*s\n", (int)n, stanza);
	count_dnd(sink, now_us);
}

static void take_iq(struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	if (contains(stanza, n, "<overlays "))
		count_persons(sink, stanza, n, now_us);
	answer_iq(sink, stanza, n);
}

static void take_stanza(struct sink *sink, const char *stanza, size_t n, int64_t now_us)
{
	if (strncmp(stanza, "<presence", 9) == 0)
		count_presence(sink, stanza, n, now_us);
	else if (strncmp(stanza, "<iq", 3) == 0)
		take_iq(sink, stanza, n, now_us);
	else if (strncmp(stanza, "<handshake", 10) == 0)
		welcome(sink);
}

/* The length of the element at the front, 0 if it is not whole. The opening of the stream
 * and what is between elements count as elements. */
static size_t element_length(const char *text, size_t n)
{
	size_t pos = 0;
	int depth = 0;

	if (n > 0 && text[0] != '<') {
		const char *tag = memchr(text, '<', n);

		return tag ? (size_t)(tag - text) : n;
	}
	do {
		const char *open = memchr(text + pos, '<', n - pos);
		const char *close =
			open ? memchr(open, '>', n - (size_t)(open - text)) : NULL;

		if (!close)
			return 0;
		pos = (size_t)(close - text) + 1;
		if (open[1] == '/')
			depth--;
		else if (open[1] != '?' && close[-1] != '/' &&
			 strncmp(open, "<stream:stream", 14) != 0)
			depth++;
	} while (depth > 0);
	return pos;
}

static void take_input(struct sink *sink, int64_t now_us)
{
	const char *text = buf_text(&sink->in);
	size_t pos = 0;
	size_t n;

	while ((n = element_length(text + pos, sink->in.len - pos)) > 0) {
		const char *stanza = text + pos;

		if (strncmp(stanza, "<stream:stream", 14) == 0)
			buf_puts(&sink->out,
				"<?xml version='1.0'?><stream:stream id='1' "
				"from='" COMPONENT "' xmlns='jabber:component:accept'"
				" xmlns:stream='http://etherx.jabber.org/streams'>");
		else
			take_stanza(sink, stanza, n, now_us);
		pos += n;
	}
	buf_consume(&sink->in, pos);
	fflush(stdout);
}

static volatile sig_atomic_t has_signal;

static void on_signal(int number)
{
	(void)number;
	has_signal = 1;
}

/* False at the end of the connection. */
static bool turn(struct sink *sink)
{
	static char chunk[READ_SIZE];
	bool has_output;
	struct pollfd fd = {.fd = sink->fd, .events = POLLIN};
	ssize_t n;

	if (has_signal) {
		has_signal = 0;
		sink->changing = true;
		sink->changed = 0;
	}
	while (sink->out.len < AHEAD && say_more(sink))
		;
	has_output = sink->sent < sink->out.len;
	if (has_output)
		fd.events |= POLLOUT;
	fflush(stdout);
	if (ppoll(&fd, 1, NULL, &sink->waiting) < 0)
		return errno == EINTR;
	if (fd.revents & (POLLIN | POLLHUP | POLLERR)) {
		n = read(sink->fd, chunk, sizeof(chunk));
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		buf_add(&sink->in, chunk, (size_t)n);
		take_input(sink, wall_us());
	}
	if (fd.revents & POLLOUT) {
		n = send(sink->fd, sink->out.data + sink->sent,
			sink->out.len - sink->sent, MSG_NOSIGNAL);
		sink->sent += n > 0 ? (size_t)n : 0;
	}
	if (sink->sent == sink->out.len) {
		buf_reset(&sink->out);
		sink->sent = 0;
	}
	return !sink->in.failed && !sink->out.failed;
}

static int listen_on_loopback(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
		listen(fd, 1) < 0 ||
		getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		perror("bench-sink");
		exit(1);
	}
	printf("port %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void serve(struct sink *sink, int fd)
{
	buf_init(&sink->in, BUFFER_MAX);
	buf_init(&sink->out, BUFFER_MAX);
	sink->fd = fd;
	sink->sent = 0;
	sink->subscribed = 0;
	sink->dnd = 0;
	sink->shown = 0;
	/* Nothing is said before the component is let in. */
	sink->presences = sink->people;
	sink->requests = sink->people * sink->watchers;
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (turn(sink))
		;
	close(fd);
	buf_finish(&sink->in);
	buf_finish(&sink->out);
}

static int64_t count_of(const char *text)
{
	int64_t count;

	if (!parse_int64(text, strlen(text), 0, INT32_MAX, &count)) {
		fprintf(stderr, "bench-sink: not a count: %s\n", text);
		exit(2);
	}
	return count;
}

static void read_word(struct sink *sink, const char *word)
{
	if (strcmp(word, "module") == 0)
		sink->has_module = true;
	else if (strcmp(word, "prosody") == 0)
		sink->is_prosody = true;
	else
		sink->changes = count_of(word);
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct sink sink = {0};
	sigset_t changes;
	int listener;

	if (argc != 2 && argc < 4) {
		fprintf(stderr, "usage: bench-sink EXPECTED [PEOPLE WATCHERS [module] "
				"[prosody] [CHANGES]]\n");
		return 2;
	}
	sink.expected = count_of(argv[1]);
	sink.people = argc > 3 ? count_of(argv[2]) : 0;
	sink.watchers = argc > 3 ? count_of(argv[3]) : 0;
	for (int i = 4; i < argc; i++)
		read_word(&sink, argv[i]);
	sigemptyset(&changes);
	sigaddset(&changes, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &changes, &sink.waiting);
	(void)sigaction(SIGUSR1, &action, NULL);
	listener = listen_on_loopback();
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve(&sink, fd);
	}
}
