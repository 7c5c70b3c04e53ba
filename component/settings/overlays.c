#include "component/settings/reader.h"

#include "base/parse.h"
#include "component/settings/limits.h"

#include <string.h>

/* The mapping where the file has none. */
static const struct status_text busy_text = {"", "In a meeting"};
static const struct status_text oof_text = {"", "Out of office"};

static const struct overlay_map standard = {
	.of[CAL_BUSY] = {.active = true, .show = SHOW_DND, .status = {1, &busy_text}},
	.of[CAL_OOF] = {.active = true, .show = SHOW_AWAY, .status = {1, &oof_text}},
};

/* A room where the file has no mapping for rooms: whatever takes it, it is taken. */
static const struct status_text in_use_text = {"", "In use"};

#define IN_USE                                                                  \
	{                                                                       \
		.active = true, .show = SHOW_DND, .status = { 1, &in_use_text } \
	}

static const struct overlay_map standard_of_rooms = {
	.of[CAL_BUSY] = IN_USE,
	.of[CAL_OOF] = IN_USE,
};

static void read_mapping(const struct config_input *in, const struct overlay_map *usual,
	struct overlay_map *map)
{
	if (!in->setting)
		*map = *usual;
	else if (config_check_group(in))
		config_read_keys(in, map);
}

void config_read_mapping(const struct config_input *in, void *field)
{
	read_mapping(in, &standard, field);
}

void config_read_room_mapping(const struct config_input *in, void *field)
{
	read_mapping(in, &standard_of_rooms, field);
}

void config_read_overlay(const struct config_input *in, void *field)
{
	struct config_overlay read = {.show = CONFIG_SHOW_KEEP};

	if (!in->setting || !config_check_group(in))
		return;
	config_read_keys(in, &read);
	bool keep = read.show == CONFIG_SHOW_KEEP;
	*(struct overlay *)field = (struct overlay){
		.active = true,
		.keep_show = keep,
		.show = keep ? SHOW_CHAT : (enum show)read.show,
		.status = read.status,
	};
}

static bool is_there(const struct status_text *texts, size_t n, const char *lang)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(texts[i].lang, lang) == 0)
			return true;
	return false;
}

static void read_texts(const struct config_input *in, struct status *status)
{
	size_t n = config_length(in);
	struct status_text *texts = config_reader_take(in->reader, n, sizeof(*texts));
	size_t filled = 0;

	for (size_t i = 0; texts && i < n; i++) {
		const struct config_input entry = config_entry(in, i);
		size_t errors = in->reader->errors->n;

		if (!config_check_group(&entry))
			continue;
		config_read_keys(&entry, &texts[filled]);
		if (in->reader->errors->n > errors)
			continue;
		if (is_there(texts, filled, texts[filled].lang))
			config_error(&entry, "has the language \"%s\" twice",
				texts[filled].lang);
		else
			filled++;
	}
	*status = (struct status){filled, texts};
}

/* A text, which is one in the stream's own language, or a list of texts. */
void config_read_status(const struct config_input *in, void *field)
{
	struct status *status = field;

	if (!in->setting)
		return;
	if (config_setting_is_list(in->setting)) {
		if (config_check_list(in, CONFIG_STATUS_TEXTS_MAX))
			read_texts(in, status);
		return;
	}
	const char *text = config_take_text(in);
	if (!text || text[0] == '\0')
		return;
	struct status_text *texts = config_reader_take(in->reader, 1, sizeof(*texts));
	if (!texts)
		return;
	*texts = (struct status_text){"", text};
	*status = (struct status){1, texts};
}
