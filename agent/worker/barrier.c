#include "worker/barrier.h"

#include "worker/reply.h"

#define SPINS 2000
#define MOST_PARTIES 4096

static bool exchange(volatile u64 *word, u64 *expected, u64 wanted) {
  return __atomic_compare_exchange_n(word, expected, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* The half that changes when a barrier is met. */
static volatile u32 *meetings(volatile u64 *barrier) { return (volatile u32 *)barrier + 1; }

bool barrier_leave(int process, int thread) {
  volatile u64 *waiting = &shared_page->waiting[process][thread];
  u64 place = *waiting, number = (u32)place;
  if (number == 0 || number > BARRIERS) return false;
  volatile u64 *barrier = &shared_page->barriers[number - 1];
  u64 seen = *barrier;
  bool waits;
  do {
    waits = seen >> 32 == place >> 32 && (u32)seen > 0;
  } while (waits && !exchange(barrier, &seen, seen - 1));
  *waiting = 0;
  return waits;
}

bool barrier_meet(const struct actor *actor, u32 number, u32 parties) {
  volatile u64 *barrier = &shared_page->barriers[number];
  volatile u64 *waiting = &shared_page->waiting[actor->process][actor->thread];
  u64 seen = *barrier;
  bool last;
  do {
    /* Said before it is counted: an actor that dies between the two leaves one too few, which is seen, never one too many. */
    *waiting = (seen >> 32 << 32) | (number + 1);
    last = (u32)seen + 1 >= parties;
  } while (!exchange(barrier, &seen, last ? ((seen >> 32) + 1) << 32 : seen + 1));
  u32 met = (u32)(seen >> 32);
  if (last) os_wake(meetings(barrier));
  /* Where each has a processor the others are here within microseconds, and a wake-up would set them apart. */
  for (int spins = 0; spins < SPINS && *meetings(barrier) == met; spins++) pause_cpu();
  while (*meetings(barrier) == met) {
    u64 now = clock_ns();
    if (now < actor->until_ns) os_wait(meetings(barrier), met, actor->until_ns - now);
    else if (barrier_leave(actor->process, actor->thread)) return false;
  }
  *waiting = 0;
  return true;
}

void perform_barrier(struct actor *actor, char *cursor) {
  u64 number, parties;
  if (!next_number(&cursor, BARRIERS - 1, &number) || !next_number(&cursor, MOST_PARTIES, &parties)) {
    reply_refused(actor, "barrier", "the number or the parties are out of range");
    return;
  }
  bool met = barrier_meet(actor, (u32)number, (u32)parties);
  reply_begin(actor, "barrier", met ? "ok" : "timed-out");
  json_number(&actor->json, "barrier", (i64)number);
  reply_end(actor);
}
