#include "control/plan.h"

#include "base/sys.h"
#include "base/words.h"
#include "limits.h"

const char *plan_load(const char *path, char **text, size_t *length) {
  struct result opened = sys_open(path, OPEN_READ, 0), got = {1, 0};
  if (opened.error != 0) return "the plan cannot be opened";
  *text = sys_map(PLAN_BYTES + 1, false);
  if (*text == NULL) return "the guest has no memory for the plan";
  for (*length = 0; got.value > 0 && *length < PLAN_BYTES; *length += (size_t)got.value) {
    do got = sys_read((int)opened.value, *text + *length, PLAN_BYTES - *length);
    while (got.error == ERROR_INTR);
    if (got.error != 0) return "the plan cannot be read";
  }
  sys_close((int)opened.value);
  return *length < PLAN_BYTES ? NULL : "the plan has 8 MiB or more";
}

static char *next_line(char **cursor, const char *end) {
  char *line = *cursor;
  if (line >= end) return NULL;
  char *at = line;
  while (at < end && *at != '\n') at++;
  *at = 0;
  *cursor = at + 1;
  return line;
}

static const char *parse_field(struct plan *plan, const char *key, const char *value) {
  u64 number;
  if (text_equal(key, "run-id")) {
    text_copy(plan->run_id, sizeof plan->run_id, value);
  } else if (text_equal(key, "transport")) {
    plan->live = text_equal(value, "live");
    if (!plan->live && !text_equal(value, "oneshot")) return "the transport is neither oneshot nor live";
  } else if (text_equal(key, "channel")) {
    if (plan->channel_count == CHANNELS) return "there are more than eight channels";
    text_copy(plan->channels[plan->channel_count++], sizeof plan->channels[0], value);
  } else if (text_equal(key, "console")) {
    text_copy(plan->console, sizeof plan->console, value);
  } else if (text_equal(key, "deadline")) {
    if (!parse_number(value, &number) || number > DEADLINE_MS) return "the deadline is out of range";
    plan->deadline_ms = number;
  } else if (text_equal(key, "at-end")) {
    plan->power_off = text_equal(value, "power-off");
    if (!plan->power_off && !text_equal(value, "exit")) return "at-end is neither power-off nor exit";
  } else {
    return "the header has a field that this agent does not know";
  }
  return NULL;
}

const char *plan_parse(struct plan *plan, char *text, size_t length) {
  char *cursor = text;
  plan->end = text + length;
  char *line = next_line(&cursor, plan->end);
  if (line == NULL || !text_equal(line, "kernlane-plan 1")) return "the first line is not \"kernlane-plan 1\"";
  while ((line = next_line(&cursor, plan->end)) != NULL && !text_equal(line, "begin")) {
    char *key = next_word(&line), *value = key == NULL ? NULL : next_word(&line);
    if (value == NULL) return "a line of the header is malformed";
    const char *wrong = parse_field(plan, key, value);
    if (wrong != NULL) return wrong;
  }
  if (line == NULL) return "there is no \"begin\"";
  if (plan->channel_count == 0) return "no channel is named";
  plan->steps = cursor;
  return NULL;
}

char *plan_next_step(struct plan *plan) {
  char *line = next_line(&plan->steps, plan->end);
  if (line != NULL && text_equal(line, "end")) {
    plan->steps = plan->end;
    line = NULL;
  }
  return line;
}
