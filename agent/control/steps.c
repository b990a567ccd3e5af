#include "control/steps.h"

#include "base/sys.h"
#include "base/words.h"
#include "control/channel.h"
#include "control/run.h"

/* What long requests may take together; a guest may have little memory. */
#define MAPPED_BYTES (32u << 20)

struct step steps[STEPS];
void (*steps_answered)(u32 id, const char *json, size_t length);
static u32 pending;
static size_t mapped_bytes;

static void answered(u32 id, const char *json, size_t length, enum fault fault) {
  frame_send(json, length, fault);
  if (steps_answered != NULL) steps_answered(id, json, length);
  run.steps_done++;
}

static void refuse_line(u32 id, const char *reason) {
  char buffer[JSON_BYTES];
  struct json json;
  json_begin(&json, buffer, sizeof buffer, "unknown", "refused");
  json_number(&json, "step", id);
  json_text(&json, "reason", reason);
  json_meta(&json);
  answered(id, json.start, json_end(&json), FAULT_NONE);
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

bool steps_running(void) {
  for (int at = 0; at < CONTEXTS; at++) {
    if (contexts[at].used && contexts[at].first != NONE && steps[contexts[at].first].running) return true;
  }
  return false;
}

bool step_pending(u32 id) {
  for (int at = 0; at < CONTEXTS; at++) {
    if (!contexts[at].used) continue;
    for (int step = contexts[at].first; step != NONE; step = steps[step].next_of_context) {
      if (steps[step].id == id) return true;
    }
  }
  return false;
}

int step_handed_in(int context, int process) {
  const struct context *one = &contexts[context];
  if (!one->used || one->process != process || one->first == NONE) return NONE;
  return steps[one->first].handed ? one->first : NONE;
}

static void release_line(struct step *step) {
  if (step->mapped == NULL) return;
  sys_unmap(step->mapped, step->mapped_bytes);
  mapped_bytes -= step->mapped_bytes;
  step->mapped = NULL;
}

/* CONTEXT AFTER DEADLINE NAME OPERATION OPERAND… Null when it is one, else what is wrong. */
static const char *parse_line(struct step *step, char *line) {
  if (text_length(line) > LINE_BYTES) return "the line is longer than 262144 bytes";
  const char *context = next_word(&line);
  step->after = context == NULL ? NULL : next_word(&line);
  bool timed = step->after != NULL && next_number(&line, DEADLINE_MS, &step->deadline_ms);
  step->name = timed ? next_word(&line) : NULL;
  step->operation = step->name == NULL ? NULL : next_word(&line);
  step->operands = line;
  if (step->operation == NULL) return "the line is not a step";
  if (!context_name_valid(context)) return "the process or thread cannot be named so";
  step->context = context_of(context);
  return step->context == NONE ? "too many processes and threads live or are waited for" : NULL;
}

static void enter(int at, u32 id, char *line) {
  struct step *step = &steps[at];
  const char *wrong = parse_line(step, line);
  if (wrong != NULL) {
    release_line(step);
    refuse_line(id, wrong);
    return;
  }
  step->used = true;
  step->running = step->handed = false;
  step->id = id;
  step->next_of_context = NONE;
  pending++;
  struct context *owner = &contexts[step->context];
  if (owner->first == NONE) owner->first = at;
  else steps[owner->last].next_of_context = at;
  owner->last = at;
}

void step_add(u32 id, char *line) {
  int at = free_step();
  steps[at].mapped = NULL;
  enter(at, id, line);
}

bool step_add_copy(u32 id, const char *line, size_t length) {
  int at = free_step();
  if (at == NONE) return false;
  struct step *step = &steps[at];
  step->mapped = NULL;
  char *copy = step->line;
  if (length >= INLINE_BYTES) {
    if (mapped_bytes + length + 1 > MAPPED_BYTES) return false;
    copy = step->mapped = sys_map(length + 1, false);
    if (copy == NULL) return false;
    step->mapped_bytes = length + 1;
    mapped_bytes += step->mapped_bytes;
  }
  memcpy(copy, line, length);
  copy[length] = 0;
  enter(at, id, copy);
  return true;
}

void step_finish(int at, const char *json, size_t length) {
  struct step *step = &steps[at];
  enum fault fault = FAULT_NONE;
  if (text_equal(step->operation, "fault")) {
    if (text_equal(step->operands, "drop-frame")) fault = FAULT_DROP;
    if (text_equal(step->operands, "garble-frame")) fault = FAULT_GARBLE;
  }
  answered(step->id, json, length, fault);
  struct context *context = &contexts[step->context];
  context->first = step->next_of_context;
  if (context->first == NONE) context->last = NONE;
  release_line(step);
  step->used = false;
  pending--;
}

static char answer_buffer[JSON_BYTES];

void answer_begin(struct json *json, int at, const char *kind, const char *status) {
  json_begin(json, answer_buffer, sizeof answer_buffer, kind, status);
  if (at != NONE) json_number(json, "step", steps[at].id);
}

void answer_finish(struct json *json, int at) {
  json_meta(json);
  json_text(json, "context", contexts[steps[at].context].name);
  step_finish(at, json->start, json_end(json));
}

void answer_refused(int at, const char *kind, const char *reason) {
  struct json json;
  answer_begin(&json, at, kind, "refused");
  json_text(&json, "reason", reason);
  answer_finish(&json, at);
}

void answer_send(struct json *json) {
  json_meta(json);
  json_text(json, "component", "agent");
  frame_send(json->start, json_end(json), FAULT_NONE);
}

void send_stack(void *step, const char *text, size_t length) {
  char buffer[JSON_BYTES];
  struct json json;
  /* It is worth less than the answers that wait. */
  if (!frames_fit()) return;
  json_begin(&json, buffer, sizeof buffer, "part", "more");
  json_number(&json, "step", ((const struct step *)step)->id);
  json_text(&json, "of", "stack");
  json_bytes(&json, "text", text, length);
  json_meta(&json);
  frame_send(json.start, json_end(&json), FAULT_NONE);
}
