#include "actor.h"

#define STACK_BYTES 131072
/* An earlier thread of the same slot was told to exit; this is only its way out of the kernel. */
#define GONE_NS (5000 * NS_PER_MS)

static struct {
  struct actor *actor;
  void *stack;
} slots[THREADS_PER_PROCESS + 1];

static void thread_main(void *argument) {
  struct actor *actor = argument;
  actor_run(actor);
  os_thread_exit(&actor->os);
}

/* thread SLOT NAME; the agent has chosen the slot. */
void perform_thread(struct actor *actor, char *cursor) {
  u64 slot;
  if (!next_number(&cursor, THREADS_PER_PROCESS, &slot) || slot == 0) {
    reply_refused(actor, "thread", "the thread's place is out of range");
    return;
  }
  char context[sizeof actor->context];
  text_copy(context, sizeof context, actor->context);
  size_t length = text_length(context);
  const char *name = next_word(&cursor);
  context[length++] = '/';
  text_copy(context + length, sizeof context - length, name == NULL ? "" : name);
  if (slots[slot].actor == NULL) {
    slots[slot].stack = sys_map(STACK_BYTES, false);
    slots[slot].actor = actor_make(actor->process, (int)slot, context);
  }
  struct actor *made = slots[slot].actor;
  if (made == NULL || slots[slot].stack == NULL) {
    reply_refused(actor, "thread", "there is no memory for a thread");
    return;
  }
  if (!os_thread_gone(&made->os, GONE_NS)) {
    reply_refused(actor, "thread", "the thread that had this place before is still there");
    return;
  }
  text_copy(made->context, sizeof made->context, context);
  made->results_count = 0;
  struct result started = os_thread_start(&made->os, slots[slot].stack, STACK_BYTES, thread_main, made);
  if (started.error != 0) {
    reply_errno(actor, "thread", started.error);
    return;
  }
  reply_begin(actor, "thread", "ok");
  json_number_field(&actor->json, "tid", made->os.tid);
  reply_end(actor);
}

/* join SLOT NAME */
void perform_join(struct actor *actor, char *cursor) {
  u64 slot;
  bool known = next_number(&cursor, THREADS_PER_PROCESS, &slot) && slots[slot].actor != NULL;
  if (!known) {
    reply_refused(actor, "join", "there was no such thread");
    return;
  }
  u64 now = clock_ns();
  bool gone = os_thread_gone(&slots[slot].actor->os, actor->until_ns > now ? actor->until_ns - now : 0);
  reply_begin(actor, "join", gone ? "ok" : "timed-out");
  reply_end(actor);
}
