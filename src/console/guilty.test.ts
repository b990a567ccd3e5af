import { describe, expect, test } from "vitest";
import { linuxCallers } from "./callers-linux.js";
import { guiltyFunction, saysWhere, titleName, type FunctionTables } from "./guilty.js";
import { freebsdReporters } from "./reporters-freebsd.js";
import { linuxReporters } from "./reporters-linux.js";
import type { Frame } from "./stack.js";

const linux: FunctionTables = { reporters: linuxReporters, callers: linuxCallers };
const freebsd: FunctionTables = { reporters: freebsdReporters, callers: undefined };
const frames = (names: string): readonly Frame[] =>
  names.split(" ").map((name) => ({ function: name, offsetBytes: 4, reliable: true }));

describe("the innermost function", () => {
  test.each<[string, FunctionTables, string, string]>([
    [
      "FreeBSD's panic",
      freebsd,
      "db_trace_self_wrapper vpanic panic trap_fatal calltrap twq_enter amd64_syscall",
      "twq_enter",
    ],
    [
      "a sanitizer",
      linux,
      "dump_stack_lvl print_report kasan_report __asan_memcpy twq_copy",
      "twq_copy",
    ],
    [
      "a list that a checker found broken",
      linux,
      "__list_del_entry_valid_or_report twq_dequeue kthread",
      "twq_dequeue",
    ],
    [
      "a reference count",
      linux,
      "refcount_warn_saturate kref_put kobject_put twq_close __fput",
      "twq_close",
    ],
    [
      "an allocator on a broken free list",
      linux,
      "___slab_alloc kmem_cache_alloc_noprof twq_open chrdev_open",
      "twq_open",
    ],
    [
      "a lock of freed memory",
      linux,
      "__lock_acquire lock_acquire _raw_spin_lock_irqsave twq_poll",
      "twq_poll",
    ],
    [
      "a thread that sleeps",
      linux,
      "__schedule schedule schedule_timeout __wait_for_common __flush_work twq_stop",
      "twq_stop",
    ],
    [
      "a copy to a program",
      linux,
      "instrument_copy_to_user _copy_to_iter twq_read vfs_read",
      "twq_read",
    ],
    ["a packet that is too small", linux, "skb_panic skb_over_panic skb_put twq_xmit", "twq_xmit"],
    [
      "a fault behind an indirect call",
      linux,
      "__x86_indirect_thunk_rax call_timer_fn twq_timer",
      "twq_timer",
    ],
  ])("%s", (_, table, names, guilty) => expect(guiltyFunction(frames(names), table)).toBe(guilty));

  test("is never a guess of the unwinder", () => {
    expect(guiltyFunction([{ function: "guess", reliable: false }], linux)).toBeUndefined();
  });
});

describe("the outermost function", () => {
  const tick =
    "dump_stack_lvl nmi_cpu_backtrace rcu_dump_cpu_stacks rcu_sched_clock_irq update_process_times tick_sched_handle __hrtimer_run_queues hrtimer_interrupt __sysvec_apic_timer_interrupt sysvec_apic_timer_interrupt asm_sysvec_apic_timer_interrupt";
  test.each([
    [
      "of a driver's ioctl",
      `${tick} twq_hash twq_walk twq_ioctl __x64_sys_ioctl do_syscall_64 entry_SYSCALL_64_after_hwframe`,
      "twq_ioctl",
    ],
    [
      "of a file in /proc",
      `${tick} twq_spin twq_obey twq_write_fault proc_reg_write vfs_write ksys_write __x64_sys_write x64_sys_call do_syscall_64`,
      "twq_write_fault",
    ],
    [
      "of a system call of its own",
      `${tick} d_walk shrink_dcache_parent vfs_rmdir __x64_sys_rmdir do_syscall_64`,
      "sys_rmdir",
    ],
    [
      "of a timer, and not of the program that it interrupted",
      `${tick} twq_send twq_expire call_timer_fn __run_timers run_timer_softirq handle_softirqs __irq_exit_rcu sysvec_apic_timer_interrupt asm_sysvec_apic_timer_interrupt twq_user __x64_sys_read`,
      "twq_expire",
    ],
    [
      "of a packet on its way in",
      "twq_hook twq_rcv __netif_receive_skb_one_core process_backlog net_rx_action __do_softirq",
      "twq_rcv",
    ],
    [
      "of a work",
      `${tick} twq_scan twq_work process_one_work worker_thread kthread ret_from_fork`,
      "twq_work",
    ],
    [
      "where another processor does not answer",
      "csd_lock_wait smp_call_function_many_cond on_each_cpu_cond_mask twq_flush __x64_sys_twq",
      "smp_call_function",
    ],
    ...["multi_cpu_stop", "stop_machine_yield", "rcu_momentary_dyntick_idle"].map((at) => [
      `where a processor stops for all others, seen in ${at}`,
      `${at} cpu_stopper_thread smpboot_thread_fn kthread ret_from_fork`,
      "cpu_stopper_thread",
    ]),
  ])("%s", (_, names, guilty) =>
    expect(guiltyFunction(frames(names), linux, "outermost")).toBe(guilty),
  );
});

test.each([
  ["__x64_sys_rmdir", "sys_rmdir"],
  ["__se_compat_sys_mount", "sys_mount"],
  ["__do_sys_rmdir", "sys_rmdir"],
  ["SYSC_rmdir", "sys_rmdir"],
  ["compat_SyS_mount", "sys_mount"],
  ["smp_call_function_single", "smp_call_function"],
  ["twq_open.constprop.0.cold", "twq_open"],
])("a title has %s as %s", (symbol, name) => expect(titleName(symbol)).toBe(name));

test("does not blame the function behind one that ended in a call that never returns", () => {
  const stack: readonly Frame[] = [
    { function: "panic", offsetBytes: 0x43, reliable: true },
    { function: "cpu_fetch_syscall_args", reliable: true },
    { function: "Xdblfault", offsetBytes: 0xd7, reliable: true },
    { function: "twq_deep", isExact: true, reliable: true },
  ];
  expect(guiltyFunction(stack, freebsd)).toBe("twq_deep");
});

test.each<[string, string | undefined, boolean]>([
  ["sx lock still held", undefined, false],
  ["ffs_write: type 8", "ffs_write", true],
  ["vn_close: gone", "vn_close", true],
  ["pf: no such rule", "pf", false],
  ["_mtx_lock_sleep: recursed", undefined, false],
  ["x.c:5: pipe_close: Bad link elm", undefined, true],
])("knows whether %j says where", (text, word, says) => {
  const stack = frames("vpanic panic sx_destroy pipe_close vn_close");
  expect(saysWhere(text, word, "pipe_close", stack)).toBe(says);
});
