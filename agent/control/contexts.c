#include "control/contexts.h"

struct context contexts[CONTEXTS];

bool context_name_valid(const char *name) {
  size_t length = text_length(name);
  u32 slashes = 0;
  for (size_t at = 0; at < length; at++) slashes += name[at] == '/';
  return length > 0 && length < sizeof contexts[0].name && slashes <= 1 && name[0] != '/' && name[length - 1] != '/';
}

static int context_find(const char *name) {
  for (int at = 0; at < CONTEXTS; at++) {
    if (contexts[at].used && text_equal(contexts[at].name, name)) return at;
  }
  return NONE;
}

/* A new one takes the place of one that was never used, or that neither lives nor is waited for. */
int context_of(const char *name) {
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
