#ifndef TESTS_UNIT_COMPONENT_LINK_FIXTURE_H
#define TESTS_UNIT_COMPONENT_LINK_FIXTURE_H

#include "component/fake_server.h"
#include "component/xmpp/link.h"
#include "test.h"

#include <stdio.h>

/* A link and a server, turned together. */
struct link_fixture {
	struct fake_server server;
	struct link *link;
	struct secret secret;
	int64_t now;
	unsigned ups;
	unsigned downs;
	enum link_loss down;
	struct buf stanzas; // names of all that came
	bool close_on_stanza;
	FILE *log;
	char *lines;
	size_t lines_size;
};

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int set_up(void **state);
int tear_down(void **state);

/* Puts a link to another place into the fixture. */
void make_link(struct link_fixture *f, const char *host, unsigned short port);
/* One turn of the loop. The clock stands still: who wants time to pass moves it. */
void turn(struct link_fixture *f);
/* Turns until it is so; fails after thousands of turns. */
void turn_until(struct link_fixture *f, bool (*is_so)(const struct link_fixture *f));
/* Opens the link and turns until it is up. */
void open_up(struct link_fixture *f);
/* How often a text stands in the log. */
size_t count_log(struct link_fixture *f, const char *text);

bool is_up(const struct link_fixture *f);
bool is_waiting(const struct link_fixture *f); // for the next try
bool is_idle(const struct link_fixture *f);
bool is_accepted(const struct link_fixture *f);
bool is_all_said(const struct link_fixture *f);
bool has_a_stanza(const struct link_fixture *f);
bool was_sent_the_end(const struct link_fixture *f); // <end/>
bool was_pinged(const struct link_fixture *f);

#endif
