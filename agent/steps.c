#include "control.h"

struct step steps[STEPS];
struct context contexts[CONTEXTS];
static u32 pending;

static bool valid_context(const char *name) {
  size_t length = text_length(name);
  u32 slashes = 0;
  for (size_t at = 0; at < length; at++) slashes += name[at] == '/';
  return length > 0 && length < sizeof contexts[0].name && slashes <= 1 && name[0] != '/' && name[length - 1] != '/';
}

int context_find(const char *name) {
  for (int at = 0; at < CONTEXTS; at++) {
    if (contexts[at].used && text_equal(contexts[at].name, name)) return at;
  }
  return NONE;
}

/* The context of this name; a new one takes the place of one that was never used or is neither alive nor waited for. */
static int context_of(const char *name) {
  int found = context_find(name);
  for (int at = 0; at < CONTEXTS && found == NONE; at++) {
    struct context *context = &contexts[at];
    if (context->used && (context->first != NONE || context->process != NONE)) continue;
    *context = (struct context){.used = true, .first = NONE, .last = NONE, .process = NONE};
    text_copy(context->name, sizeof context->name, name);
    found = at;
  }
  return found;
}

bool context_bind(const char *name, int process, int thread) {
  int context = context_of(name);
  if (context == NONE) return false;
  contexts[context].process = process;
  contexts[context].thread = thread;
  return true;
}

static void refuse_line(u32 id, const char *reason) {
  char buffer[512];
  struct json json;
  json_begin(&json, buffer, sizeof buffer);
  json_raw(&json, "{\"kind\":\"unknown\",\"status\":\"refused\",\"data\":{");
  json_number_field(&json, "step", id);
  json_text_field(&json, "reason", reason);
  json_raw(&json, "},\"meta\":{}}");
  frame_send_json(&json);
  live_answered(id, json.start, (size_t)(json.at - json.start));
  control.steps_done++;
}

static int free_step(void) {
  static int hint;
  for (int tried = 0; tried < STEPS; tried++) {
    int at = (hint + tried) % STEPS;
    if (steps[at].used) continue;
    hint = at + 1;
    return at;
  }
  return NONE;
}

bool steps_full(void) { return pending == STEPS; }

u32 steps_pending(void) { return pending; }

bool step_pending(u32 id) {
  for (int at = 0; at < CONTEXTS; at++) {
    if (!contexts[at].used) continue;
    for (int step = contexts[at].first; step != NONE; step = steps[step].next_of_context) {
      if (steps[step].id == id) return true;
    }
  }
  return false;
}

/* CONTEXT AFTER DEADLINE NAME OPERATION OPERAND… */
static void step_enter(int at, u32 id, char *line) {
  struct step *step = &steps[at];
  const char *name = next_word(&line);
  step->after = name == NULL ? NULL : next_word(&line);
  bool timed = step->after != NULL && next_number(&line, DEADLINE_MS, &step->deadline_ms);
  step->name = timed ? next_word(&line) : NULL;
  step->operation = step->name == NULL ? NULL : next_word(&line);
  step->operands = line;
  int context = step->operation != NULL && valid_context(name) ? context_of(name) : NONE;
  if (context == NONE) {
    if (step->mapped != NULL) sys_unmap(step->mapped, step->mapped_bytes);
    refuse_line(id, step->operation == NULL ? "the line is not a step" : "the process or thread cannot be named so");
    return;
  }
  step->used = true;
  step->running = step->handed = false;
  step->id = id;
  step->context = context;
  step->next_of_context = NONE;
  pending++;
  struct context *owner = &contexts[context];
  if (owner->first == NONE) owner->first = at;
  else steps[owner->last].next_of_context = at;
  owner->last = at;
}

void step_add(u32 id, char *line) {
  int at = free_step();
  steps[at].mapped = NULL;
  step_enter(at, id, line);
}

bool step_add_copy(u32 id, const char *line, size_t length) {
  int at = free_step();
  if (at == NONE) return false;
  struct step *step = &steps[at];
  step->mapped = NULL;
  char *copy = step->line;
  if (length >= INLINE_BYTES) {
    step->mapped_bytes = length + 1;
    copy = step->mapped = sys_map(step->mapped_bytes, false);
    if (copy == NULL) return false;
  }
  memcpy(copy, line, length);
  copy[length] = 0;
  step_enter(at, id, copy);
  return true;
}

void step_finish(int at, const char *json, size_t length) {
  struct step *step = &steps[at];
  enum fault fault = FAULT_NONE;
  if (text_equal(step->operation, "fault")) {
    if (text_equal(step->operands, "drop-frame")) fault = FAULT_DROP;
    if (text_equal(step->operands, "garble-frame")) fault = FAULT_GARBLE;
  }
  frame_send(json, length, fault);
  live_answered(step->id, json, length);
  control.steps_done++;
  struct context *context = &contexts[step->context];
  context->first = step->next_of_context;
  if (context->first == NONE) context->last = NONE;
  if (step->mapped != NULL) sys_unmap(step->mapped, step->mapped_bytes);
  step->used = false;
  pending--;
}

static char answer_buffer[FRAME_BYTES];

void answer_begin(struct json *json, int at, const char *kind, const char *status) {
  json_begin(json, answer_buffer, sizeof answer_buffer);
  json_raw(json, "{");
  json_text_field(json, "kind", kind);
  json_text_field(json, "status", status);
  json_raw(json, ",\"data\":{");
  if (at != NONE) json_number_field(json, "step", steps[at].id);
}

void answer_finish(struct json *json, int at) {
  json_raw(json, "},\"meta\":{");
  json_text_field(json, "context", contexts[steps[at].context].name);
  json_raw(json, "}}");
  step_finish(at, json->start, (size_t)(json->at - json->start));
}

void answer_refused(int at, const char *kind, const char *reason) {
  struct json json;
  answer_begin(&json, at, kind, "refused");
  json_text_field(&json, "reason", reason);
  answer_finish(&json, at);
}

static bool may_begin(const struct step *step) {
  const char *after = step->after;
  for (u32 id; next_in_list(&after, &id);) {
    if (step_pending(id)) return false;
  }
  return true;
}

static void step_begin(int at) {
  struct step *step = &steps[at];
  if (!text_equal(step->name, "-")) {
    char number[24], name[NAME_BYTES * 3 + 1];
    format_u64(number, step->id);
    text_copy(name, sizeof name, step->name);
    unescape_word(name);
    console_say("step ", number, " ", name, NULL);
  }
  /* In a one-shot run the next step may be the kernel's last: everything that was said has to be out before it. */
  if (!control.plan.live) {
    frames_release();
    outputs_drain();
  }
  step->running = true;
  step->until_ns = clock_ns() + step->deadline_ms * NS_PER_MS;
  if (!control_perform(at)) process_hand(at, step->operation, step->operands);
}

bool steps_dispatch(void) {
  bool any = false;
  for (int at = 0; at < CONTEXTS && !control.ending; at++) {
    int first = contexts[at].used ? contexts[at].first : NONE;
    if (first == NONE || steps[first].running || !may_begin(&steps[first])) continue;
    step_begin(first);
    any = true;
  }
  return any;
}
