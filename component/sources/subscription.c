#include "base/jid.h"
#include "base/log.h"
#include "component/sources/sources_private.h"

#include <string.h>

/* Our own subscription to people's presence (RFC 6121 section 3). */

/* A request that got no decision is repeated after a day, not at every start. */
#define ASK_AGAIN_S 86400

static void send(struct people *people, const char *type, const char *to)
{
	struct buf text;

	buf_init(&text, OUTBOX_STANZA_MAX);
	stanza_presence(&text, type, people->self->text, to, NULL);
	if (!text.failed)
		(void)outbox_stanza(people->outbox, NULL, NULL, text.data, text.len);
	buf_finish(&text);
}

static void set_approval(struct person *person, enum store_source approval)
{
	person->approval = approval;
	store_put_source(person->people->store, person->jid->text, approval,
		people_now_s(person->people));
}

void subscription_on_presence(
	struct people *people, const struct jid *from, enum presence_type type)
{
	char text[JID_SIZE];
	struct person *person;

	jid_print_bare(from, text);
	/* The other half of a mutual subscription: nothing to see, but polite. */
	if (type == PRESENCE_SUBSCRIBE)
		send(people, "subscribed", text);
	person = people_find(people, text);
	/* Who was never asked has nothing to answer. */
	if (!person || person->approval == 0)
		return;
	if (type == PRESENCE_SUBSCRIBED && person->approval != STORE_SOURCE_APPROVED) {
		set_approval(person, STORE_SOURCE_APPROVED);
		send(people, "probe", text);
	} else if (type == PRESENCE_UNSUBSCRIBED &&
		   person->approval != STORE_SOURCE_REFUSED) {
		log_info("a person does not let us see her presence jid=\"%s\"", text);
		set_approval(person, STORE_SOURCE_REFUSED);
		/* She may be online, but we are not told any more. */
		while (person->domain->source == SOURCE_SUBSCRIPTION && person->clients)
			own_presence_gone(person->clients);
	}
}

static void ask_people(struct domain *domain)
{
	struct people *people = domain->people;

	for (size_t i = 0; i < people->config->n_users; i++) {
		struct person *person = people_get(people, people->config->users[i].jid);

		if (!person || person->domain != domain)
			continue;
		if (person->approval == STORE_SOURCE_APPROVED) {
			send(people, "probe", person->jid->text);
		} else if (person->approval == 0) {
			set_approval(person, STORE_SOURCE_ASKED);
			send(people, "subscribe", person->jid->text);
		}
	}
}

/* The answer to a question behind all probes comes behind their answers, or nearly so;
 * who is heard of later is simply shown later. */
static void on_probed(void *context, struct name *subject, enum iq_answer answer,
	const struct element *iq)
{
	struct people *people = context;
	struct domain *domain = people_domain(people, subject->text);

	(void)answer;
	(void)iq;
	if (domain && people->up && !domain->synced)
		sources_synced(domain);
}

void subscription_begin(struct domain *domain)
{
	ask_people(domain);
	if (!people_ask(domain->people, domain->jid, "get",
		    "<ping xmlns='urn:xmpp:ping'/>", on_probed))
		sources_synced(domain);
}

static void restore(
	void *context, const char *jid, enum store_source approval, int64_t since)
{
	struct people *people = context;
	struct person *person = people_get(people, jid);

	if (!person)
		return;
	person->approval = approval;
	if (approval == STORE_SOURCE_ASKED && people_now_s(people) - since >= ASK_AGAIN_S)
		person->approval = 0;
}

bool subscription_restore(struct people *people)
{
	return store_each_source(people->store, restore, people);
}
