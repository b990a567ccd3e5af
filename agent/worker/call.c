#include "worker/call.h"

/* An argument that is the address of a buffer: known when all buffers are. */
struct reference {
  u32 arg, buffer;
  u64 offset;
};

struct parsing {
  struct actor *actor;
  struct call *call;
  u32 arg_count, reference_count;
  u32 used;
  struct reference references[ARGS_PER_CALL];
};

/* "A:B:C" as up to count numbers; returns how many there were, 0 when one is malformed. */
static u32 split_numbers(char *text, u64 *numbers, u32 count) {
  u32 found = 0;
  while (*text != 0 && found < count) {
    char *end = text;
    while (*end != 0 && *end != ':') end++;
    bool last = *end == 0;
    *end = 0;
    if (!parse_number(text, &numbers[found++])) return 0;
    text = last ? end : end + 1;
  }
  return found;
}

static const char *parse_reference(struct parsing *parsing, char *word) {
  struct reference *reference = &parsing->references[parsing->reference_count++];
  char *plus = word;
  while (*plus != 0 && *plus != '+') plus++;
  u64 buffer = 0, offset = 0;
  bool offset_good = *plus == 0 || parse_number(plus + 1, &offset);
  *plus = 0;
  if (!parse_number(word, &buffer) || !offset_good || buffer >= BUFFERS_PER_CALL) {
    return "an address of a buffer is malformed";
  }
  *reference = (struct reference){parsing->arg_count++, (u32)buffer, offset};
  return NULL;
}

static const char *parse_remembered(struct parsing *parsing, const char *word) {
  u64 step;
  struct actor *actor = parsing->actor;
  if (!parse_number(word, &step)) return "a result's step is malformed";
  u32 kept = actor->results_count < REMEMBERED_RESULTS ? actor->results_count : REMEMBERED_RESULTS;
  for (u32 at = 0; at < kept; at++) {
    if (actor->results[at].step != step) continue;
    parsing->call->args[parsing->arg_count++] = (u64)actor->results[at].value;
    return NULL;
  }
  return "there is no result of that step in this process or thread";
}

static const char *parse_argument(struct parsing *parsing, char *word) {
  if (parsing->arg_count == ARGS_PER_CALL) return "more than six arguments";
  if (*word == '&') return parse_reference(parsing, word + 1);
  if (*word == '$') return parse_remembered(parsing, word + 1);
  if (!parse_number(word, &parsing->call->args[parsing->arg_count])) {
    return "an argument is no 64-bit number";
  }
  parsing->arg_count++;
  return NULL;
}

/* in:LENGTH:HEX, io:LENGTH:HEX or out:LENGTH */
static const char *parse_buffer(struct parsing *parsing, char *word) {
  bool comes_back = word[0] != 'i' || word[1] != 'n';
  char *at = word;
  while (*at != ':') at++;
  char *number = ++at;
  while (*at != 0 && *at != ':') at++;
  const char *hex = *at == 0 ? at : at + 1;
  *at = 0;
  u64 length;
  if (!parse_number(number, &length) || length == 0 || length > BUFFER_BYTES) return "a buffer's length is wrong";
  u32 rounded = (u32)(length + 15) & ~15u;
  struct call *call = parsing->call;
  if (call->buffer_count == BUFFERS_PER_CALL || parsing->used + rounded > BUFFER_BYTES) {
    return "the buffers of one call are too many or too large";
  }
  u8 *bytes = parsing->actor->arena->bytes + parsing->used;
  memset(bytes, 0, rounded);
  for (u64 filled = 0; *hex != 0; hex += 2, filled++) {
    int high = hex_digit(hex[0]), low = high < 0 ? -1 : hex_digit(hex[1]);
    if (low < 0 || filled == length) return "a buffer's bytes are malformed";
    bytes[filled] = (u8)(high << 4 | low);
  }
  parsing->used += rounded;
  call->buffers[call->buffer_count++] = (struct buffer){bytes, (u32)length, comes_back};
  return NULL;
}

/* at:BUFFER:OFFSET:TARGET:TARGETOFFSET */
static const char *parse_pointer(struct call *call, char *word) {
  u64 numbers[4];
  if (split_numbers(word + 3, numbers, 4) != 4 || numbers[0] >= call->buffer_count ||
      numbers[2] >= call->buffer_count) {
    return "a pointer in a buffer is malformed";
  }
  const struct buffer *from = &call->buffers[numbers[0]], *to = &call->buffers[numbers[2]];
  if (from->length < 8 || numbers[1] > from->length - 8 || numbers[3] > to->length) {
    return "a pointer lies outside of its buffer";
  }
  u64 address = (u64)to->at + numbers[3];
  memcpy(from->at + numbers[1], &address, sizeof address);
  return NULL;
}

static const char *resolve_references(struct parsing *parsing) {
  struct call *call = parsing->call;
  for (u32 at = 0; at < parsing->reference_count; at++) {
    const struct reference *reference = &parsing->references[at];
    if (reference->buffer >= call->buffer_count) return "an argument names a buffer that the call does not have";
    const struct buffer *buffer = &call->buffers[reference->buffer];
    if (reference->offset > buffer->length) return "an address lies outside of its buffer";
    call->args[reference->arg] = (u64)buffer->at + reference->offset;
  }
  return NULL;
}

static const char *parse_operand(struct parsing *parsing, char *word) {
  if (text_begins(word, "in:") || text_begins(word, "io:") || text_begins(word, "out:")) {
    return parse_buffer(parsing, word);
  }
  if (text_begins(word, "at:")) return parse_pointer(parsing->call, word);
  if (*word == 'x') {
    bool good = parse_number(word + 1, &parsing->call->repeat);
    u64 repeat = parsing->call->repeat;
    return good && repeat >= 1 && repeat <= REPEATS ? NULL : "a repeat is out of range";
  }
  return parse_argument(parsing, word);
}

const char *call_parse(struct actor *actor, char **cursor, struct call *call) {
  struct parsing parsing = {.actor = actor, .call = call};
  memset(call, 0, sizeof *call);
  call->repeat = 1;
  u64 number;
  if (!next_number(cursor, 0x7fffffff, &number)) return "the system call's number is missing or malformed";
  call->number = (i64)number;
  for (char *word; (word = next_word(cursor)) != NULL && !text_equal(word, ";");) {
    const char *wrong = parse_operand(&parsing, word);
    if (wrong != NULL) return wrong;
  }
  return resolve_references(&parsing);
}

const char *call_refusal(const struct call *call) {
  if (!os_makes_process(call->number, call->args)) return NULL;
  return "the call makes a process or thread, which would be a second agent: make it with fork: true";
}
