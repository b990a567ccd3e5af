#include "hammer.h"

#define SYS_TWQ_KERNRETURN 468
#define PAGE 4096u

static const u32 operations[] = {0x001, 0x002, 0x004, 0x008, 0x020, 0x200, 0x400};
static const u32 sizes[] = {40, 0, 0, 32, 24, 24, 24};
static const u32 versions[] = {20170201, 0, 0, 1, 1, 1, 2};
static const u32 classes[] = {0, 1, 2, 4, 8, 16, 32, 5, 9, 0x11, 0x15, 0x19, 0x21};

u64 roll(struct dice *dice) {
  dice->state ^= dice->state << 13;
  dice->state ^= dice->state >> 7;
  dice->state ^= dice->state << 17;
  return dice->state;
}

u32 below(struct dice *dice, u32 limit) { return (u32)((roll(dice) >> 16) % limit); }

static u64 any_priority(struct dice *dice) {
  if (one_in(dice, 16)) return roll(dice);
  u64 priority = (u64)classes[below(dice, sizeof classes / sizeof *classes)] << 8;
  if (one_in(dice, 4)) priority |= 0x80000000;
  return priority | below(dice, 256);
}

static u32 any_count(struct dice *dice) {
  return one_in(dice, 4) ? (u32)roll(dice) : below(dice, 8);
}

/* Memory of this process that another thread takes away and gives back at any time. */
static u8 *fleeting(struct dice *dice) {
  static u8 *volatile page;
  if (page == 0) page = sys_map(PAGE, false);
  if (one_in(dice, 8)) {
    sys_unmap(page, PAGE);
    raw_syscall(SYS_MMAP, (u64)page, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANON | 0x10 /* MAP_FIXED */, (u64)-1, 0);
  }
  return page;
}

static u64 any_address(struct dice *dice, u8 *good) {
  switch (below(dice, 12)) {
    case 0: return 0;
    case 1: return roll(dice);
    case 2: return 0xffffffff80200000; /* the kernel */
    case 3: return 0x7fffffffffff0000;
    case 4: return (u64)fleeting(dice) + PAGE - below(dice, 48);
    case 5: return (u64)fleeting(dice);
    default: return (u64)good;
  }
}

void beat(struct dice *dice) {
  union {
    u64 words[8];
    u32 halves[16];
  } memory;
  u32 which = below(dice, sizeof operations / sizeof *operations);
  u32 operation = one_in(dice, 64) ? (u32)roll(dice) : operations[which];
  u32 size = one_in(dice, 16) ? (u32)roll(dice) : sizes[which];
  for (u32 i = 0; i < 8; i++) memory.words[i] = one_in(dice, 32) ? roll(dice) : 0;
  memory.halves[0] = one_in(dice, 32) ? (u32)roll(dice) : versions[which];
  if (which == 3 || which == 4) memory.halves[2] = any_count(dice);
  if (which == 3) memory.words[3] = any_priority(dice);
  if (which >= 3 && which <= 5) memory.words[2] = any_priority(dice);
  u64 address = any_address(dice, (u8 *)&memory);
  u64 fourth = one_in(dice, 32) ? roll(dice) : 0;
  if (which == 1 || which == 2) {
    address = one_in(dice, 16) ? roll(dice) : 0;
    size = one_in(dice, 4) ? 0 : (u32)any_priority(dice);
  }
  raw_syscall(SYS_TWQ_KERNRETURN, operation, address, size, fourth, 0, 0);
}
