#include "component/workers/breakers.h"

#include "base/buf.h"
#include "base/secret.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

/*
 * What stands for a secret in the store must not let whoever steals the file try millions
 * of passwords a second. A key would lie in the same file; so each guess is made to cost
 * what ours does: some hundredths of a second (RFC 8018 section 5.2).
 */
#define ROUNDS 100000
#define IDENTITY_MAX (64 * 1024)

void breakers_init(struct breakers *breakers, uint64_t seed,
	const unsigned char salt[BREAKERS_SALT_SIZE])
{
	*breakers = (struct breakers){.seed = seed};
	memcpy(breakers->salt, salt, sizeof(breakers->salt));
}

/* ------------------------------------------------------------------ who it is */

/* The length keeps "ab" "c" apart from "a" "bc". */
static void add(struct buf *buf, const char *text, bool folds)
{
	size_t n = text ? strlen(text) : 0;
	buf_put_u32(buf, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		buf_put_u8(buf, folds && text[i] >= 'A' && text[i] <= 'Z'
					? (uint8_t)(text[i] + 32)
					: (uint8_t)text[i]);
}

/* A file with a secret that is written anew is a new secret. */
static void add_file(struct buf *buf, const char *path)
{
	struct stat info;
	add(buf, path, false);
	if (!path || !path[0] || stat(path, &info) != 0)
		return;
	buf_put_i64(buf, (int64_t)info.st_size);
	buf_put_i64(buf, (int64_t)info.st_ino);
	buf_put_i64(buf, (int64_t)info.st_mtim.tv_sec);
	buf_put_i64(buf, (int64_t)info.st_mtim.tv_nsec);
}

static void put_identity(struct buf *buf, const struct gateway_configure *configure)
{
	const char *auth = configure->auth ? configure->auth : "";
	add(buf, strcmp(auth, "ntlm") == 0 ? "basic" : auth, false);
	add(buf, configure->username, true);
	add(buf, configure->principal, false);
	add(buf, configure->authority, false);
	add(buf, configure->tenant, true);
	add(buf, configure->client_id, true);
	add_file(buf, configure->keytab);
	add_file(buf, configure->certificate_file);
	add_file(buf, configure->key_file);
	add_file(buf, configure->token_file);
	if (configure->password)
		buf_add(buf, configure->password, configure->password_len);
}

/* FNV-1a */
static uint64_t hash_of(uint64_t seed, const char *bytes, size_t n)
{
	uint64_t hash = seed ^ UINT64_C(14695981039346656037);
	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return hash ? hash : 1;
}

static bool is_free(const struct breaker *breaker)
{
	static const unsigned char none[BREAKERS_ID_SIZE];
	return memcmp(breaker->id, none, sizeof(none)) == 0;
}

static struct breaker *find(struct breakers *breakers, uint64_t account)
{
	for (size_t i = 0; account != 0 && i < BREAKERS_MAX; i++)
		if (breakers->list[i].account == account)
			return &breakers->list[i];
	return NULL;
}

/* The entry with this id, else a new one in the place of the one used longest ago. */
static struct breaker *find_id(
	struct breakers *breakers, const unsigned char id[BREAKERS_ID_SIZE])
{
	struct breaker *oldest = &breakers->list[0];
	for (size_t i = 0; i < BREAKERS_MAX; i++) {
		struct breaker *breaker = &breakers->list[i];
		if (memcmp(breaker->id, id, BREAKERS_ID_SIZE) == 0)
			return breaker;
		if (!is_free(oldest) &&
			(is_free(breaker) || breaker->used < oldest->used))
			oldest = breaker;
	}
	*oldest = (struct breaker){.granted_ms = BREAKERS_NEVER};
	memcpy(oldest->id, id, BREAKERS_ID_SIZE);
	for (size_t i = 0; i < BREAKERS_BAD_MAX; i++)
		oldest->bad_ms[i] = oldest->out_ms[i] = BREAKERS_NEVER;
	return oldest;
}

uint64_t breakers_account(
	struct breakers *breakers, const struct gateway_configure *configure)
{
	unsigned char id[BREAKERS_ID_SIZE];
	struct buf buf;
	buf_init(&buf, IDENTITY_MAX);
	put_identity(&buf, configure);
	uint64_t account = hash_of(breakers->seed, buf.data, buf.len);
	struct breaker *breaker = find(breakers, account);
	if (!breaker && !buf.failed &&
		PKCS5_PBKDF2_HMAC(buf.data, (int)buf.len, breakers->salt,
			BREAKERS_SALT_SIZE, ROUNDS, EVP_sha256(), sizeof(id), id) == 1) {
		breaker = find_id(breakers, id);
		breaker->account = account;
	}
	if (breaker)
		breaker->used = ++breakers->used;
	secret_wipe(buf.data, buf.len);
	buf_finish(&buf);
	return account;
}

/* ------------------------------------------------------------------ who may try */

static unsigned count_since(const int64_t *times_ms, int64_t since_ms)
{
	unsigned n = 0;
	for (size_t i = 0; i < BREAKERS_BAD_MAX; i++)
		n += times_ms[i] > since_ms;
	return n;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t last_bad(const struct breaker *breaker)
{
	return breaker->bad_ms[BREAKERS_BAD_MAX - 1];
}

/* Nothing is in doubt: what failed meanwhile was no log-on. */
static bool is_known_good(const struct breaker *breaker, const struct breaker_user *user)
{
	return user->word == BREAKER_GRANTED && breaker->granted_ms >= last_bad(breaker);
}

/* From when on the user may try. */
static int64_t ready(const struct breaker *breaker, const struct breaker_user *user,
	bool others_granted)
{
	const int64_t pause_ms = BREAKERS_OPEN_MS + BREAKERS_MARGIN_MS;
	bool was_refused = user->word == BREAKER_REFUSED;
	if (is_known_good(breaker, user))
		return BREAKERS_NEVER;
	int64_t at_ms = breaker->bad_ms[0] + pause_ms;
	if (breaker->refusals > 0)
		at_ms = later(at_ms,
			last_bad(breaker) +
				(breaker->refusals > 1 ? pause_ms : BREAKERS_RETRY_MS));
	/* Where another gateway was granted what this one was refused, the other's next
	 * word says whether it was the password. */
	if (was_refused && (user->alone || others_granted))
		at_ms = later(at_ms, user->refused_ms + pause_ms);
	if (was_refused && breaker->refusals > 1)
		at_ms += BREAKERS_TURN_MS;
	return at_ms;
}

enum answer {
	GO,
	WAIT, // until ready()
	TURN, // until another one's log-on has ended
};

/* Whether the user may try a log-on now; with GO it has leave. */
static enum answer ask(struct breakers *breakers, struct breaker_user *user,
	bool others_granted, int64_t now_ms)
{
	struct breaker *breaker = find(breakers, user->account);
	user->has_leave = true;
	user->leave_ms = now_ms;
	if (!breaker)
		return GO; // nothing is known, and there is no room to learn it
	user->has_leave = false;
	if (ready(breaker, user, others_granted) > now_ms)
		return WAIT;
	unsigned bad = count_since(breaker->bad_ms, now_ms - BREAKERS_OPEN_MS);
	unsigned out = count_since(breaker->out_ms, BREAKERS_NEVER);
	unsigned most = breaker->refusals > 0          ? 1
			: is_known_good(breaker, user) ? BREAKERS_BAD_MAX
						       : BREAKERS_BAD_MAX - bad;
	if (out >= most)
		return TURN;
	size_t place = breaker->out_ms[0] == BREAKERS_NEVER ? 0 : 1;
	breaker->out_ms[place] = user->leave_ms;
	breaker->changed |= breaker->granted_ms == BREAKERS_NEVER;
	user->has_leave = true;
	return GO;
}

/* What was out is no more. */
static struct breaker *end(struct breakers *breakers, struct breaker_user *user)
{
	struct breaker *breaker = find(breakers, user->account);
	for (size_t i = 0; breaker && user->has_leave && i < BREAKERS_BAD_MAX; i++) {
		if (breaker->out_ms[i] != user->leave_ms)
			continue;
		breaker->out_ms[i] = BREAKERS_NEVER;
		breaker->changed = true;
		break;
	}
	user->has_leave = false;
	return breaker;
}

static void note_bad(struct breaker *breaker, int64_t at_ms)
{
	int64_t last_ms = last_bad(breaker);
	breaker->bad_ms[0] = later(breaker->bad_ms[0], at_ms < last_ms ? at_ms : last_ms);
	breaker->bad_ms[1] = later(last_ms, at_ms);
	breaker->changed = true;
}

static void refused(struct breakers *breakers, struct breaker_user *user, int64_t now_ms)
{
	struct breaker *breaker = end(breakers, user);
	user->word = BREAKER_REFUSED;
	user->refused_ms = now_ms;
	if (!breaker)
		return;
	note_bad(breaker, now_ms);
	if (user->alone)
		breaker->granted_ms = later(breaker->granted_ms, now_ms);
	else if (breaker->refusals < UINT32_MAX)
		breaker->refusals++;
}

static void granted(struct breakers *breakers, struct breaker_user *user, int64_t now_ms)
{
	struct breaker *breaker = end(breakers, user);
	user->word = BREAKER_GRANTED;
	user->alone = false;
	if (!breaker)
		return;
	breaker->changed |= breaker->refusals > 0;
	breaker->refusals = 0;
	breaker->granted_ms = now_ms;
}

void breakers_hear(struct breakers *breakers, struct breaker_user *user,
	enum gateway_log_on log_on, int64_t now_ms)
{
	/* Who has leave asks again only where the two words crossed. */
	user->wants_ms =
		log_on == GATEWAY_LOG_ON_WANTED && !user->has_leave ? now_ms : INT64_MAX;
	user->spoke |=
		log_on == GATEWAY_LOG_ON_GRANTED || log_on == GATEWAY_LOG_ON_REFUSED;
	switch (log_on) {
	case GATEWAY_LOG_ON_WANTED:
		return;
	case GATEWAY_LOG_ON_GRANTED:
		granted(breakers, user, now_ms);
		return;
	case GATEWAY_LOG_ON_REFUSED:
		refused(breakers, user, now_ms);
		return;
	case GATEWAY_LOG_ON_UNKNOWN: // nobody answered, or nothing was to be asked
		(void)end(breakers, user);
		return;
	}
}

void breakers_lost(struct breakers *breakers, struct breaker_user *user)
{
	bool had_leave = user->has_leave;
	struct breaker *breaker = end(breakers, user);
	user->wants_ms = INT64_MAX;
	if (breaker && had_leave &&
		(breaker->granted_ms == BREAKERS_NEVER ||
			breaker->granted_ms < last_bad(breaker)))
		note_bad(breaker, user->leave_ms);
}

struct gateway_breaker breakers_state(struct breakers *breakers,
	const struct breaker_user *user, bool others_granted, int64_t now_ms)
{
	const struct breaker *breaker = find(breakers, user->account);
	if (!breaker)
		return (struct gateway_breaker){0};
	int64_t wait_ms = ready(breaker, user, others_granted) - now_ms;
	if (wait_ms <= 0)
		return (struct gateway_breaker){.refusals = breaker->refusals};
	uint32_t refusals = breaker->refusals;
	bool tries_again = refusals == 1 &&
			   wait_ms <= last_bad(breaker) + BREAKERS_RETRY_MS - now_ms;
	if (refusals < BREAKERS_BAD_MAX && !tries_again)
		refusals = BREAKERS_BAD_MAX; // so many, of whichever gateway
	return (struct gateway_breaker){
		.refusals = refusals, .wait_ms = (uint32_t)wait_ms};
}

/* ------------------------------------------------------------------ all of them */

/* Whether another gateway with this account was granted its last log-on. */
static bool others_granted(
	struct breaker_user *const *users, size_t n, const struct breaker_user *user)
{
	for (size_t i = 0; i < n; i++)
		if (users[i] != user && users[i]->account == user->account &&
			users[i]->word == BREAKER_GRANTED)
			return true;
	return false;
}

/* The one that has wanted leave for longest, of those after this time and place; n: there
 * is none. */
static size_t next_in_turn(
	struct breaker_user *const *users, size_t n, int64_t after_ms, size_t after)
{
	size_t first = n;
	for (size_t i = 0; i < n; i++) {
		int64_t wants_ms = users[i]->wants_ms;
		bool is_after =
			wants_ms > after_ms || (wants_ms == after_ms && i > after);
		if (wants_ms != INT64_MAX && is_after &&
			(first == n || wants_ms < users[first]->wants_ms))
			first = i;
	}
	return first;
}

static void give_leave(struct breakers *breakers, struct breaker_user *const *users,
	size_t n, breaker_tell_fn *tell, void *context, int64_t now_ms)
{
	int64_t after_ms = INT64_MIN;
	size_t i = 0;
	while ((i = next_in_turn(users, n, after_ms, i)) < n) {
		bool granted = others_granted(users, n, users[i]);
		after_ms = users[i]->wants_ms;
		enum answer answer = ask(breakers, users[i], granted, now_ms);
		if (answer == TURN)
			continue;
		struct gateway_breaker told =
			answer == GO
				? (struct gateway_breaker){.leave = true}
				: breakers_state(breakers, users[i], granted, now_ms);
		users[i]->wants_ms = INT64_MAX;
		tell(context, i, &told);
	}
}

void breakers_settle(struct breakers *breakers, struct breaker_user *const *users,
	size_t n, breaker_tell_fn *tell, void *context, int64_t now_ms)
{
	for (size_t i = 0; i < n; i++) {
		/* Who is not looked after for want of room looks after itself. */
		bool is_known = find(breakers, users[i]->account);
		for (size_t j = 0; j < n && users[i]->spoke && is_known; j++) {
			struct breaker_user *other = users[j];
			if (other->account != users[i]->account)
				continue;
			other->alone |= users[i]->word == BREAKER_GRANTED &&
					other->word == BREAKER_REFUSED;
			struct gateway_breaker told = breakers_state(
				breakers, other, others_granted(users, n, other), now_ms);
			tell(context, j, &told);
		}
		users[i]->spoke = false;
	}
	give_leave(breakers, users, n, tell, context, now_ms);
}

/* ------------------------------------------------------------------ what lasts */

void breakers_load(struct breakers *breakers, const struct breaker_row *row,
	int64_t now_ms, int64_t utc_s)
{
	struct breaker *breaker = find_id(breakers, row->id);
	breaker->refusals = row->refusals;
	for (size_t i = 0; i < BREAKERS_BAD_MAX; i++) {
		int64_t past_s = row->bad[i] < utc_s ? utc_s - row->bad[i] : 0;
		if (row->bad[i] > 0)
			breaker->bad_ms[i] =
				now_ms - (past_s < 86400 ? past_s : 86400) * 1000;
	}
}

bool breakers_next_row(struct breakers *breakers, int64_t now_ms, int64_t utc_s,
	struct breaker_row *out_row)
{
	for (size_t i = 0; i < BREAKERS_MAX; i++) {
		struct breaker *breaker = &breakers->list[i];
		if (!breaker->changed)
			continue;
		breaker->changed = false;
		struct breaker last = *breaker;
		for (size_t j = 0; j < BREAKERS_BAD_MAX; j++)
			if (last.out_ms[j] != BREAKERS_NEVER &&
				last.granted_ms == BREAKERS_NEVER)
				note_bad(&last, last.out_ms[j]);
		*out_row = (struct breaker_row){.refusals = last.refusals};
		memcpy(out_row->id, last.id, sizeof(out_row->id));
		for (size_t j = 0; j < BREAKERS_BAD_MAX; j++)
			if (last.bad_ms[j] > now_ms - BREAKERS_OPEN_MS)
				out_row->bad[j] =
					utc_s - (now_ms - last.bad_ms[j]) / 1000;
		return true;
	}
	return false;
}
