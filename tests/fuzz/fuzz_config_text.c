#include "component/settings/config.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses the text of a string that stands where the syntax goes wrong. The
 * name is LeakSanitizer's. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

/* A text is either a snapshot or has errors, each with its file; and what a snapshot says
 * of its own people can be found in it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_errors errors = {0};
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	/* Files that the text happens to name are not part of the test. */
	if (strstr(text, "_file"))
		goto out;
	struct config *config = config_load_text("f", text, 1, &errors);
	assert((config == NULL) == (errors.n > 0));
	for (size_t i = 0; i < errors.kept; i++)
		assert(strncmp(errors.list[i].text, "f:", 2) == 0);
	for (size_t i = 0; config && i < config->n_users; i++) {
		struct config_mailbox mailbox;

		assert(config_mailbox_for(config, config->users[i].jid, &mailbox));
		assert(strcmp(mailbox.address, config->users[i].mailbox) == 0);
	}
	config_free(config);
	config_errors_finish(&errors);
out:
	free(text);
	return 0;
}
