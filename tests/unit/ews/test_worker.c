#include "ews/ews.h"
#include "gateway/worker.h"

#include "gateway/protocol/channel.h"
#include "http_server.h"
#include "test.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define M "http://schemas.microsoft.com/exchange/services/2006/messages"
#define MANY 60000 // mailboxes
#define T "http://schemas.microsoft.com/exchange/services/2006/types"

/* In between the worker and libcurl, in the worker's process. What ended since it was
 * looked for has no socket and no timer any more: nobody would wake the worker. */
static bool is_unlooked;

int __real_curl_multi_perform(void *multi, int *running);
int __wrap_curl_multi_perform(void *multi, int *running);
int __wrap_curl_multi_perform(void *multi, int *running)
{
	is_unlooked = true;
	return __real_curl_multi_perform(multi, running);
}

void *__real_curl_multi_info_read(void *multi, int *left);
void *__wrap_curl_multi_info_read(void *multi, int *left);
void *__wrap_curl_multi_info_read(void *multi, int *left)
{
	void *message = __real_curl_multi_info_read(multi, left);
	is_unlooked = message != NULL;
	return message;
}

int __real_curl_multi_poll(
	void *multi, void *fds, unsigned n, int timeout_ms, int *ready);
int __wrap_curl_multi_poll(
	void *multi, void *fds, unsigned n, int timeout_ms, int *ready);
int __wrap_curl_multi_poll(void *multi, void *fds, unsigned n, int timeout_ms, int *ready)
{
	if (is_unlooked && timeout_ms != 0)
		abort();
	return __real_curl_multi_poll(multi, fds, n, timeout_ms, ready);
}

/* A worker in a process of its own, the main process' end of its socket, and an Exchange.
 */
struct scene {
	struct http_server server;
	bool denies;
	atomic_bool waits; // with what is not there
	char reply[4096];
	pid_t pid;
	struct channel channel;
	struct gateway_message message; // the last one
	unsigned n_failures;            // heard by tell_at_last()
};

static struct http_reply reply(void *context, unsigned nth, const char *request)
{
	(void)nth;
	struct scene *scene = context;
	static const char denied[] =
		"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
	static const char body[] =
		"<s:Envelope "
		"xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>"
		"<GetUserAvailabilityResponse xmlns=\"" M "\"><FreeBusyResponseArray>"
		"<FreeBusyResponse><ResponseMessage ResponseClass=\"Success\">"
		"<ResponseCode>NoError</ResponseCode></ResponseMessage>"
		"<FreeBusyView><FreeBusyViewType xmlns=\"" T
		"\">FreeBusy</FreeBusyViewType>"
		"<CalendarEventArray xmlns=\"" T "\"><CalendarEvent>"
		"<StartTime>2027-01-15T08:00:00</StartTime>"
		"<EndTime>2027-01-15T09:00:00</EndTime><BusyType>Busy</BusyType>"
		"</CalendarEvent></CalendarEventArray></FreeBusyView></FreeBusyResponse>"
		"</FreeBusyResponseArray></GetUserAvailabilityResponse></s:Body></"
		"s:Envelope>";
	static const char absent[] =
		"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
	while (!strstr(request, "<t:Address>") && atomic_load(&scene->waits))
		(void)poll(NULL, 0, 1);
	if (!strstr(request, "<t:Address>"))
		return (struct http_reply){.bytes = absent, .n = strlen(absent)};
	if (!strstr(request, "<t:Address>alice@example.com</t:Address>"))
		return (struct http_reply){0};
	if (scene->denies)
		return (struct http_reply){.bytes = denied, .n = strlen(denied)};
	(void)snprintf(scene->reply, sizeof scene->reply,
		"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %zu\r\n"
		"Date: Fri, 15 Jan 1999 08:00:00 GMT\r\n\r\n%s",
		strlen(body), body);
	return (struct http_reply){.bytes = scene->reply, .n = strlen(scene->reply)};
}

static void tell(struct scene *scene, const struct gateway_message *message)
{
	assert_true(channel_send(&scene->channel, message));
	assert_int_equal(channel_flush(&scene->channel), 0);
}

/* Waits until the worker has taken it, who speaks meanwhile. */
static void tell_at_last(struct scene *scene, const struct gateway_message *message)
{
	struct pollfd fd = {.fd = scene->channel.fd, .events = POLLIN | POLLOUT};

	tell(scene, message);
	while (channel_waiting(&scene->channel) > 0) {
		assert_int_equal(poll(&fd, 1, 60000), 1);
		assert_int_equal(channel_flush(&scene->channel), 0);
		if ((fd.revents & POLLIN) != 0)
			assert_int_equal(channel_read(&scene->channel), 0);
		while (channel_next(&scene->channel, &scene->message) > 0)
			scene->n_failures += scene->message.type == GATEWAY_FAILURE;
	}
}

static struct gateway_message settings_of(const struct scene *scene, const char *auth)
{
	return (struct gateway_message){.type = GATEWAY_CONFIGURE,
		.configure = {.name = "hq",
			.kind = "ews",
			.url = scene->server.url,
			.auth = auth,
			.username = "svc",
			.password = "secret",
			.password_len = 6,
			.poll_interval_s = 1,
			.timeout_s = 30,
			.concurrency = 4,
			.window_s = 86400}};
}

static void tell_settings(struct scene *scene, const char *auth)
{
	const struct gateway_message message = settings_of(scene, auth);

	tell(scene, &message);
}

static void tell_watch(struct scene *scene)
{
	tell(scene, &(struct gateway_message){.type = GATEWAY_WATCH,
			    .watch = {.mailbox = 7, .address = "alice@example.com"}});
}

static void open_scene(struct scene *scene)
{
	int ends[2];
	*scene = (struct scene){.server = {.reply = reply, .context = scene}};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	(void)fflush(NULL);
	scene->pid = fork(); // before there is a thread
	assert_true(scene->pid >= 0);
	if (scene->pid == 0) {
		(void)close(ends[0]);
		const struct gateway_kind *const kinds[] = {&ews_kind, NULL};
		exit(worker_run(kinds, ends[1])); // with a look for leaks
	}
	(void)close(ends[1]);
	assert_int_equal(channel_init(&scene->channel, ends[0], 1024 * 1024), 0);
	http_server_start(&scene->server);
}

/* Waits until the worker says something of this type; false: it is gone. */
static bool hear(struct scene *scene, enum gateway_message_type type)
{
	for (;;) {
		int got = channel_next(&scene->channel, &scene->message);
		assert_true(got >= 0);
		if (got > 0 && scene->message.type == type)
			return true;
		if (got > 0)
			continue;
		struct pollfd fd = {.fd = scene->channel.fd, .events = POLLIN};
		assert_int_equal(poll(&fd, 1, 60000), 1);
		if (channel_read(&scene->channel))
			return false;
	}
}

static void close_scene(struct scene *scene, int expected)
{
	int status;
	assert_int_equal(waitpid(scene->pid, &status, 0), scene->pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
	channel_finish(&scene->channel);
	http_server_stop(&scene->server);
}

static void a_calendar_is_read_again_and_again(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell_settings(&scene, "basic");
	tell_watch(&scene);
	for (int i = 0; i < 3; i++) {
		assert_true(hear(&scene, GATEWAY_CALENDAR));
		const struct gateway_calendar *calendar = &scene.message.calendar;
		assert_int_equal(calendar->mailbox, 7);
		assert_int_equal(calendar->n, 1);
		assert_int_equal(calendar->events[0].busy, GATEWAY_BUSY_BUSY);
		assert_int_equal(calendar->events[0].start, 1800000000);
		assert_true(calendar->from < calendar->read_at);
	}
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	assert_false(hear(&scene, GATEWAY_PONG));
	close_scene(&scene, 0);
}

static void a_wrong_clock_is_told(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell_settings(&scene, "basic");
	tell_watch(&scene);
	do
		assert_true(hear(&scene, GATEWAY_STATE));
	while (scene.message.state.health != GATEWAY_UP);
	assert_non_null(strstr(scene.message.state.text, "clock"));
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	close_scene(&scene, 0);
}

static void a_ping_is_answered(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell(&scene, &(struct gateway_message){.type = GATEWAY_PING});
	assert_true(hear(&scene, GATEWAY_PONG));
	(void)shutdown(scene.channel.fd, SHUT_RDWR); // our end closes
	close_scene(&scene, 0);
}

static void a_refused_logon_is_told(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	scene.denies = true;
	tell_settings(&scene, "basic");
	tell_watch(&scene);
	do
		assert_true(hear(&scene, GATEWAY_STATE));
	while (scene.message.state.health == GATEWAY_STARTING);
	assert_int_equal(scene.message.state.health, GATEWAY_DOWN);
	assert_int_equal(scene.message.state.fault, GATEWAY_FAULT_AUTH);
	assert_true(scene.message.state.next_try > 0);
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	close_scene(&scene, 0);
}

static void settings_that_cannot_work_are_told(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell_settings(&scene, "smoke");
	tell_watch(&scene);
	do
		assert_true(hear(&scene, GATEWAY_STATE));
	while (scene.message.state.health == GATEWAY_STARTING);
	assert_int_equal(scene.message.state.fault, GATEWAY_FAULT_CONFIG);
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	close_scene(&scene, 0);
}

static void a_worker_that_may_block_says_so_before(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell_settings(&scene, "negotiate");
	tell_watch(&scene);
	assert_true(hear(&scene, GATEWAY_GRACE));
	assert_int_equal(scene.message.grace_s, 180);
	/* There was no ticket to be had, and nothing that waits for one. */
	assert_true(hear(&scene, GATEWAY_GRACE));
	assert_int_equal(scene.message.grace_s, 0);
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	close_scene(&scene, 0);
}

/* More than may wait for the main process to take it. */
static void what_fails_for_everybody_is_said_of_each(void **state)
{
	(void)state;
	struct scene scene;
	struct gateway_message message;
	char address[64];
	open_scene(&scene);
	atomic_store(&scene.waits, true);
	message = settings_of(&scene, "basic");
	message.configure.url = "";
	message.configure.autodiscover = true;
	message.configure.autodiscover_url = scene.server.url;
	tell(&scene, &message);
	for (unsigned i = 1; i <= MANY; i++) {
		(void)snprintf(address, sizeof address, "person%u@example.com", i);
		tell_at_last(
			&scene, &(struct gateway_message){.type = GATEWAY_WATCH,
					.watch = {.mailbox = i, .address = address}});
	}
	assert_int_equal(scene.n_failures, 0);
	atomic_store(&scene.waits, false);
	for (; scene.n_failures < MANY; scene.n_failures++)
		assert_true(hear(&scene, GATEWAY_FAILURE));
	tell(&scene, &(struct gateway_message){.type = GATEWAY_STOP});
	close_scene(&scene, 0);
}

static void it_is_configured_once_and_before_all_else(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell_watch(&scene);
	close_scene(&scene, 1);
	open_scene(&scene);
	tell_settings(&scene, "basic");
	tell_settings(&scene, "basic");
	close_scene(&scene, 1);
}

static void nonsense_ends_it(void **state)
{
	(void)state;
	struct scene scene;
	open_scene(&scene);
	tell(&scene, &(struct gateway_message){.type = GATEWAY_PONG});
	close_scene(&scene, 1);
	open_scene(&scene);
	assert_int_equal(send(scene.channel.fd, "\0\0\0\0\0\0", 6, MSG_NOSIGNAL), 6);
	close_scene(&scene, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_calendar_is_read_again_and_again),
		cmocka_unit_test(a_wrong_clock_is_told),
		cmocka_unit_test(a_ping_is_answered),
		cmocka_unit_test(a_refused_logon_is_told),
		cmocka_unit_test(settings_that_cannot_work_are_told),
		cmocka_unit_test(a_worker_that_may_block_says_so_before),
		cmocka_unit_test(what_fails_for_everybody_is_said_of_each),
		cmocka_unit_test(it_is_configured_once_and_before_all_else),
		cmocka_unit_test(nonsense_ends_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
