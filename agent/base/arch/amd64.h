/*
 * amd64: the system call instruction, the entry point and the start of a thread. Linux says an error by a value from -4095
 * to -1, FreeBSD by the carry flag. FreeBSD's kernel clears r8 and r10 on its way back, so every argument register counts
 * as overwritten.
 */
#ifndef KERNLANE_ARCH_H
#define KERNLANE_ARCH_H

#include "base/base.h"

static inline struct result raw_syscall(i64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  i64 value = number;
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
#ifdef __FreeBSD__
  u8 carry;
  __asm__ volatile("syscall; setc %[carry]"
                   : "+a"(value), [carry] "=r"(carry), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                   :
                   : "rcx", "r11", "memory", "cc");
  if (carry) return (struct result){-1, (i32)value};
#else
  __asm__ volatile("syscall"
                   : "+a"(value), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                   :
                   : "rcx", "r11", "memory", "cc");
  if (value < 0 && value >= -4095) return (struct result){-1, (i32)-value};
#endif
  return (struct result){value, 0};
}

/*
 * The same for a call that makes a process or thread. Whoever comes out of it with 0 and is not self, as SYS_WHO_AM_I says, ends
 * at once and by registers alone: it may share the caller's memory, or have a stack of its own that is none.
 */
static inline struct result raw_syscall_as_parent(i64 number, const u64 args[6], u64 self) {
  i64 value = number;
  u64 a = args[0], b = args[1], c = args[2];
  register u64 r10 __asm__("r10") = args[3];
  register u64 r8 __asm__("r8") = args[4];
  register u64 r9 __asm__("r9") = args[5];
  u8 carry;
  __asm__ volatile("syscall\n"
                   "setc %[carry]\n"
#ifdef __FreeBSD__
                   "jc 1f\n"
#endif
                   "test %%rax, %%rax\n"
                   "jnz 1f\n"
                   "mov %[who], %%eax\n"
                   "syscall\n"
                   "cmp %%rbx, %%rax\n"
                   "mov $0, %%eax\n"
                   "je 1f\n"
                   "mov %[end], %%eax\n"
                   "xor %%edi, %%edi\n"
                   "syscall\n"
                   "ud2\n"
                   "1:\n"
                   : "+a"(value), [carry] "=&r"(carry), "+D"(a), "+S"(b), "+d"(c), "+r"(r10), "+r"(r8), "+r"(r9)
                   : "b"(self), [who] "i"(SYS_WHO_AM_I), [end] "i"(SYS_END_ALONE)
                   : "rcx", "r11", "memory", "cc");
#ifdef __FreeBSD__
  if (carry) return (struct result){-1, (i32)value};
#else
  if (value < 0 && value >= -4095) return (struct result){-1, (i32)-value};
#endif
  return (struct result){value, 0};
}

/*
 * The kernel leaves argc, argv and the environment on the stack. FreeBSD passes their address in rdi and aligns rsp for a
 * function that was called.
 */
#ifdef __FreeBSD__
#define ENTRY_ARGUMENT ""
#else
#define ENTRY_ARGUMENT "mov %rsp, %rdi\n"
#endif
#define DEFINE_ENTRY(function)                \
  __asm__(".text\n.globl _start\n_start:\n"   \
          "xor %ebp, %ebp\n" ENTRY_ARGUMENT   \
          "and $-16, %rsp\n"                  \
          "call " #function "\n"              \
          "ud2\n")

#ifndef __FreeBSD__
/* clone(2) with a stack of its own: the child finds its function and argument there and never returns. */
static inline struct result raw_clone_thread(u64 flags, void *stack_top, i32 *parent_tid, i32 *child_tid,
                                             void (*function)(void *), void *argument) {
  u64 *stack = (u64 *)((u64)stack_top & ~(u64)15);
  *--stack = (u64)argument;
  *--stack = (u64)function;
  i64 value = 56; /* clone */
  register i32 *r10 __asm__("r10") = child_tid;
  register u64 r8 __asm__("r8") = 0;
  __asm__ volatile("syscall\n"
                   "test %%rax, %%rax\n"
                   "jnz 1f\n"
                   "xor %%ebp, %%ebp\n"
                   "pop %%rax\n"
                   "pop %%rdi\n"
                   "call *%%rax\n"
                   "ud2\n"
                   "1:\n"
                   : "+a"(value)
                   : "D"(flags), "S"(stack), "d"(parent_tid), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory", "cc");
  if (value < 0 && value >= -4095) return (struct result){-1, (i32)-value};
  return (struct result){value, 0};
}
#endif

static inline void pause_cpu(void) { __asm__ volatile("pause"); }

#endif
