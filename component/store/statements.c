#include "component/store/internal.h"

/* A person is touched once an hour at most: a sweep that puts 100,000 calendars every
 * five minutes would else write twice the rows. */
static const char *const statement_sql[STORE_STATEMENTS] = {
	[STORE_BEGIN] = "BEGIN IMMEDIATE",
	[STORE_COMMIT] = "COMMIT",
	[STORE_ROLLBACK] = "ROLLBACK",
	[STORE_TOUCH_PERSON] = "INSERT INTO person VALUES (?1, ?2) ON CONFLICT DO UPDATE "
			       "SET seen = ?2 WHERE ?2 - seen >= 3600",

	[STORE_PUT_SUBSCRIPTION] = "INSERT INTO subscription VALUES (?1, ?2, ?3, ?4) "
				   "ON CONFLICT DO UPDATE SET state = ?3, since = ?4",
	[STORE_DEL_SUBSCRIPTION] =
		"DELETE FROM subscription WHERE person = ?1 AND watcher = ?2",
	[STORE_EACH_SUBSCRIPTION] =
		"SELECT person, watcher, state, since FROM subscription "
		"ORDER BY person, watcher",
	[STORE_PUT_SOURCE] = "INSERT INTO source VALUES (?1, ?2, ?3) "
			     "ON CONFLICT DO UPDATE SET state = ?2, since = ?3",
	[STORE_EACH_SOURCE] = "SELECT person, state, since FROM source ORDER BY person",

	[STORE_PUT_PRESENCE] = "INSERT INTO presence VALUES (?1, ?2, ?3) "
			       "ON CONFLICT DO UPDATE SET own = ?3",
	[STORE_DEL_PRESENCE] = "DELETE FROM presence WHERE person = ?1 AND resource = ?2",
	[STORE_EACH_PRESENCE] =
		"SELECT person, resource, own FROM presence ORDER BY person, resource",
	[STORE_PUT_CALENDAR] =
		"INSERT INTO calendar VALUES (?1, ?2, ?3, ?4) "
		"ON CONFLICT DO UPDATE SET mailbox = ?2, read_at = ?3, events = ?4",
	[STORE_EACH_CALENDAR] =
		"SELECT person, mailbox, read_at, events FROM calendar ORDER BY person",
	[STORE_PUT_REPLIES] =
		"INSERT INTO replies VALUES (?1, ?2, ?3, ?4, ?5) "
		"ON CONFLICT DO UPDATE SET mailbox = ?2, at = ?3, starts = ?4, ends = ?5",
	[STORE_EACH_REPLIES] =
		"SELECT person, mailbox, at, starts, ends FROM replies ORDER BY person",
	[STORE_PUT_HOME] = "INSERT INTO home VALUES (?1, ?2, ?3) "
			   "ON CONFLICT DO UPDATE SET mailbox = ?2, gateway = ?3",
	[STORE_DEL_HOME] = "DELETE FROM home WHERE person = ?1",
	[STORE_EACH_HOME] = "SELECT person, mailbox, gateway FROM home ORDER BY person",
	[STORE_PUT_BREAKER] = "INSERT INTO breaker VALUES (?1, ?2, ?3, ?4, ?5) "
			      "ON CONFLICT DO UPDATE SET changed = ?2, refusals = ?3, "
			      "bad_before = ?4, bad_last = ?5",
	[STORE_DEL_BREAKER] = "DELETE FROM breaker WHERE id = ?1",
	[STORE_EACH_BREAKER] = "SELECT id, refusals, bad_before, bad_last FROM breaker "
			       "ORDER BY changed",
	[STORE_EACH_SALT] = "SELECT bytes FROM salt",

	[STORE_PAST_CALENDARS] = "DELETE FROM calendar WHERE read_at < ?1",
	[STORE_PAST_REPLIES] = "DELETE FROM replies WHERE at < ?1",
	[STORE_PAST_SUBSCRIPTIONS] = "DELETE FROM subscription "
				     "WHERE state != 2 AND since < ?1",
	[STORE_PAST_SOURCES] = "DELETE FROM source WHERE person NOT IN "
			       "(SELECT jid FROM person WHERE seen >= ?1)",
	[STORE_PAST_PRESENCES] = "DELETE FROM presence WHERE person NOT IN "
				 "(SELECT jid FROM person WHERE seen >= ?1)",
	[STORE_PAST_HOMES] = "DELETE FROM home WHERE person NOT IN "
			     "(SELECT jid FROM person WHERE seen >= ?1)",
	[STORE_PAST_BREAKERS] = "DELETE FROM breaker WHERE changed < ?1",
	[STORE_PAST_PEOPLE] = "DELETE FROM person WHERE seen < ?1",

	[STORE_FORGET_SUBSCRIPTIONS] = "DELETE FROM subscription "
				       "WHERE person = ?1 OR watcher = ?1",
	[STORE_FORGET_SOURCE] = "DELETE FROM source WHERE person = ?1",
	[STORE_FORGET_PRESENCES] = "DELETE FROM presence WHERE person = ?1",
	[STORE_FORGET_CALENDAR] = "DELETE FROM calendar WHERE person = ?1",
	[STORE_FORGET_REPLIES] = "DELETE FROM replies WHERE person = ?1",
	[STORE_FORGET_PERSON] = "DELETE FROM person WHERE jid = ?1",
};

const char *store_statement_sql(enum store_statement id)
{
	return statement_sql[id];
}
