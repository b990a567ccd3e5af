#include "worker/perform.h"
#include "worker/reply.h"
#include "worker/results.h"

/*
 * How long calls take: each between two readings of the monotonic clock, less what two readings take by themselves.
 * Percentiles are those of the samples that were kept; of more than SAMPLES calls that is every n-th.
 */

struct timing {
  u32 *samples;
  u32 kept;
  u64 count, stride;
  u64 least, most;
  double mean, squares;
  u32 distinct;
  u64 others;
  struct {
    struct result result;
    u64 count;
  } results[DISTINCT_RESULTS];
};

static void count_result(struct timing *timing, struct result result) {
  for (u32 at = 0; at < timing->distinct; at++) {
    if (timing->results[at].result.value != result.value || timing->results[at].result.error != result.error) continue;
    timing->results[at].count++;
    return;
  }
  if (timing->distinct == DISTINCT_RESULTS) {
    timing->others++;
    return;
  }
  timing->results[timing->distinct].result = result;
  timing->results[timing->distinct++].count = 1;
}

/* Mean and sum of squared distances by Welford's method, which keeps its precision over millions of values. */
static void count_sample(struct timing *timing, u64 sample_ns) {
  if (timing->count % timing->stride == 0 && timing->kept < SAMPLES) {
    timing->samples[timing->kept++] = sample_ns > UINT32_MAX ? UINT32_MAX : (u32)sample_ns;
  }
  timing->count++;
  if (timing->count == 1 || sample_ns < timing->least) timing->least = sample_ns;
  if (sample_ns > timing->most) timing->most = sample_ns;
  double distance = (double)sample_ns - timing->mean;
  timing->mean += distance / (double)timing->count;
  timing->squares += distance * ((double)sample_ns - timing->mean);
}

static void sift_down(u32 *heap, u32 root, u32 count) {
  for (u32 child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && heap[child] < heap[child + 1]) child++;
    if (heap[root] >= heap[child]) return;
    u32 swapped = heap[root];
    heap[root] = heap[child];
    heap[child] = swapped;
  }
}

static void sort(u32 *values, u32 count) {
  for (u32 root = count / 2; root-- > 0;) sift_down(values, root, count);
  for (u32 end = count; end-- > 1;) {
    u32 swapped = values[0];
    values[0] = values[end];
    values[end] = swapped;
    sift_down(values, 0, end);
  }
}

/* The smallest kept sample that at least permille of a thousand do not exceed. */
static u32 percentile(const struct timing *timing, u32 permille) {
  u64 rank = ((u64)timing->kept * permille + 999) / 1000;
  return timing->samples[rank == 0 ? 0 : rank - 1];
}

/* The median of what two readings in a row say has passed. */
static u64 clock_cost_ns(u32 *scratch) {
  enum { READINGS = 101 };
  for (u32 at = 0; at < READINGS; at++) {
    u64 before = clock_ns();
    scratch[at] = (u32)(clock_ns() - before);
  }
  sort(scratch, READINGS);
  return scratch[READINGS / 2];
}

static void measure(struct timing *timing, struct actor *actor, const struct call *call, u64 count, u64 cost_ns) {
  volatile u32 *progress = &shared_page->progress[actor->process][actor->thread];
  for (u64 at = 0; at < count; at++) {
    *progress = (u32)at;
    u64 before = clock_ns();
    struct result result = call_make(call);
    u64 took = clock_ns() - before;
    count_sample(timing, took > cost_ns ? took - cost_ns : 0);
    count_result(timing, result);
  }
}

static void add_results(struct json *json, const struct timing *timing) {
  char text[DISTINCT_RESULTS * 48 + 32];
  size_t length = 0;
  for (u32 at = 0; at < timing->distinct; at++) {
    if (at > 0) text[length++] = ',';
    length += format_result(text + length, timing->results[at].result);
    text[length++] = '*';
    length += format_u64(text + length, timing->results[at].count);
  }
  if (timing->others > 0) {
    memcpy(text + length, ",other*", 7);
    length += 7 + format_u64(text + length + 7, timing->others);
  }
  json_bytes(json, "results", text, length);
}

static void answer(struct actor *actor, struct timing *timing, u64 cost_ns) {
  sort(timing->samples, timing->kept);
  struct json *json = &actor->json;
  double variance = timing->count > 1 ? timing->squares / (double)(timing->count - 1) : 0;
  reply_begin(actor, "time", "ok");
  json_number(json, "count", (i64)timing->count);
  json_number(json, "kept", timing->kept);
  json_number(json, "min", (i64)timing->least);
  json_number(json, "median", percentile(timing, 500));
  json_number(json, "p95", percentile(timing, 950));
  json_number(json, "p99", percentile(timing, 990));
  json_number(json, "max", (i64)timing->most);
  json_number(json, "mean", (i64)(timing->mean + 0.5));
  json_number(json, "stddev", (i64)(__builtin_sqrt(variance) + 0.5));
  json_number(json, "clock", (i64)cost_ns);
  add_results(json, timing);
  reply_end(actor);
}

/* time COUNT WARMUP CALL */
void perform_time(struct actor *actor, char *cursor) {
  u64 count, warmup;
  struct call call;
  if (!next_number(&cursor, REPEATS, &count) || count == 0 || !next_number(&cursor, REPEATS, &warmup)) {
    reply_refused(actor, "time", "the count or the warm-up is out of range");
    return;
  }
  const char *wrong = call_parse(actor, &cursor, &call);
  if (wrong == NULL) wrong = call_refusal(&call);
  struct timing timing = {.samples = wrong == NULL ? sys_map(SAMPLES * sizeof(u32), false) : NULL};
  if (timing.samples == NULL) {
    reply_refused(actor, "time", wrong != NULL ? wrong : "there is no memory for the samples");
    return;
  }
  u64 cost_ns = clock_cost_ns(timing.samples);
  for (u64 at = 0; at < warmup; at++) call_make(&call);
  timing.stride = (count + SAMPLES - 1) / SAMPLES;
  measure(&timing, actor, &call, count, cost_ns);
  answer(actor, &timing, cost_ns);
  sys_unmap(timing.samples, SAMPLES * sizeof(u32));
}
