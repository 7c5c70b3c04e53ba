#include "component/fake_server.h"

#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>

#define STREAM_ID "3BF96D32"

static const char header[] =
	"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
	"xmlns:stream='http://etherx.jabber.org/streams' id='" STREAM_ID
	"' from='" FAKE_JID "'>";

static void set_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
}

void fake_server_start(struct fake_server *server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int small = 4096;

	*server = (struct fake_server){.peer = -1};
	buf_init(&server->in, (size_t)64 * 1024 * 1024);
	buf_init(&server->out, (size_t)64 * 1024 * 1024);
	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(server->listener >= 0);
	set_nonblocking(server->listener);
	assert_int_equal(setsockopt(server->listener, SOL_SOCKET, SO_RCVBUF, &small,
				 sizeof(small)),
		0);
	assert_int_equal(
		bind(server->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	assert_int_equal(
		getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
	server->port = ntohs(address.sin_port);
}

void fake_server_drop(struct fake_server *server)
{
	if (server->peer >= 0)
		(void)close(server->peer);
	server->peer = -1;
	server->leaving = false;
	buf_reset(&server->out);
}

void fake_server_stop(struct fake_server *server)
{
	fake_server_drop(server);
	(void)close(server->listener);
	buf_finish(&server->in);
	buf_finish(&server->out);
}

void fake_server_say(struct fake_server *server, const char *xml)
{
	buf_puts(&server->out, xml);
}

void fake_server_refuse(struct fake_server *server, const char *condition)
{
	buf_printf(&server->out,
		"<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
		"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>no</text>"
		"</stream:error></stream:stream>",
		condition);
	server->leaving = true;
}

static void take_in(struct fake_server *server)
{
	server->peer = accept(server->listener, NULL, NULL);
	if (server->peer < 0)
		return;
	set_nonblocking(server->peer);
	buf_reset(&server->in);
	buf_reset(&server->out);
	server->connections++;
	server->greeted = false;
	server->let_in = false;
	server->leaving = false;
}

/* XEP-0114: the lower-case hexadecimal SHA-1 of the stream's id and the secret. */
static bool is_digest(const char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[41];
	size_t size = sizeof(digest);

	assert_int_equal(EVP_Q_digest(NULL, "SHA1", NULL, STREAM_ID FAKE_SECRET,
				 strlen(STREAM_ID FAKE_SECRET), digest, &size),
		1);
	for (size_t i = 0; i < 20; i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	hex[40] = '\0';
	return strncmp(text, hex, 40) == 0;
}

static void greet(struct fake_server *server)
{
	const char *in = buf_text(&server->in);
	const char *end = strstr(in, "</handshake>");

	if (!server->greeted && strstr(in, " to='" FAKE_JID "'")) {
		server->greeted = true;
		fake_server_say(server, header);
		if (server->refusal)
			fake_server_refuse(server, server->refusal);
	}
	if (server->leaving || server->let_in || !end)
		return;
	if (is_digest(end - 40)) {
		server->let_in = true;
		fake_server_say(server, "<handshake/>");
	} else {
		fake_server_refuse(server, "not-authorized");
	}
}

static void read_all(struct fake_server *server)
{
	char bytes[16384];
	ssize_t n;

	while ((n = recv(server->peer, bytes, sizeof(bytes), 0)) > 0)
		buf_add(&server->in, bytes, (size_t)n);
	if (n == 0)
		fake_server_drop(server);
}

static void write_some(struct fake_server *server)
{
	size_t n = server->out.len;
	ssize_t written;

	if (server->slice > 0 && n > server->slice)
		n = server->slice;
	if (n > 0) {
		written = send(server->peer, server->out.data, n, MSG_NOSIGNAL);
		if (written > 0)
			buf_consume(&server->out, (size_t)written);
	}
	if (server->leaving && server->out.len == 0)
		fake_server_drop(server);
}

void fake_server_turn(struct fake_server *server)
{
	if (server->peer < 0)
		take_in(server);
	if (server->peer >= 0 && !server->deaf)
		read_all(server);
	if (server->peer >= 0 && !server->silent)
		greet(server);
	if (server->peer >= 0)
		write_some(server);
}
