#include "actor.h"

bool barrier_meet(u32 number, u32 parties, u64 until_ns) {
  struct barrier *barrier = &shared_page->barriers[number];
  u32 generation = barrier->generation;
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL) >= parties) {
    barrier->arrived = 0;
    __atomic_add_fetch(&barrier->generation, 1, __ATOMIC_ACQ_REL);
    os_wake(&barrier->generation);
    return true;
  }
  /* Where each has a processor the others are here within microseconds, and a wake-up would set them apart. */
  for (int spins = 0; spins < 2000 && barrier->generation == generation; spins++) pause_cpu();
  while (barrier->generation == generation) {
    u64 now = clock_ns();
    if (now >= until_ns) {
      __atomic_sub_fetch(&barrier->arrived, 1, __ATOMIC_ACQ_REL);
      return false;
    }
    os_wait(&barrier->generation, generation, until_ns - now);
  }
  return true;
}

/* barrier NUMBER PARTIES */
void perform_barrier(struct actor *actor, char *cursor) {
  u64 number, parties;
  if (!next_number(&cursor, BARRIERS - 1, &number) || !next_number(&cursor, 4096, &parties)) {
    reply_refused(actor, "barrier", "the number or the parties are out of range");
    return;
  }
  bool met = barrier_meet((u32)number, (u32)parties, actor->until_ns);
  reply_begin(actor, "barrier", met ? "ok" : "timed-out");
  json_number_field(&actor->json, "barrier", (i64)number);
  reply_end(actor);
}
