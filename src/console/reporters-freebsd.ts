import { wholeNames, type PassedOver } from "./reporters.js";

/** Functions that stand on top of a FreeBSD backtrace without being what it is about. */
export const freebsdReporterRows: readonly PassedOver[] = [
  {
    why: "says that the kernel dies, for the function that found out",
    names: "v?panic|kassert_panic|kern_reboot|doadump|shutdown_\\w+|__stack_chk_fail",
  },
  {
    why: "prints or saves a backtrace, or is the debugger",
    names: "kdb_(?!sysctl_|stack_overflow)\\w+|db_\\w+|stack_\\w+|unwind_\\w+|kcsan_md_unwind",
  },
  {
    why: "checks the order and the use of its caller's locks",
    names: "witness_\\w+|_?lock_(?:init|destroy|delay\\w*)|assert_\\w+|lockstat_\\w+",
  },
  {
    why: "takes the trap or the interrupt that its caller ran into",
    names:
      "_*trap(?:_\\w+)?|calltrap|alltraps\\w*|dblfault_handler|X[a-z]\\w*|nmi_\\w+|\\w+_nmi|mca_\\w+|handle_(?:el[01]\\w+|serror|empty_exception)|do_el[01]\\w+|data_abort|align_abort|external_abort|do_serror|unhandled_exception|do_trap_\\w+|page_fault_handler|cpu_exception_\\w+|abort_(?:handler|fatal)|powerpc_interrupt|generictrap|trapagain|printtrap|undefinedinstruction",
  },
  {
    why: "looks for the page that its caller touched",
    names: "vm_fault\\w*",
  },
  {
    why: "checks its caller's memory accesses for a sanitizer",
    names:
      "_*(?:kasan|asan|kmsan|msan|kcsan|tsan|ubsan|HandleCFI\\w*|Handle\\w+|Report)(?:_\\w+)?|report_\\w+",
  },
  {
    why: "takes, holds or drops a lock of its caller's",
    names:
      "_*mtx_\\w+|_*thread_lock\\w*|spinlock_\\w+|_*sx_\\w+|_*rw_\\w+|_*rm_\\w+|_*rms_\\w+|_*lockmgr\\w*|lock_\\w+|unlock_\\w+|turnstile_\\w+|propagate_\\w+|critical_\\w+|_*epoch_\\w+|owner_\\w+",
  },
  {
    why: "passes a call on to the file system, or a vnode's lock to the file system's lock",
    names:
      "VOP_\\w+|vop_(?:std)?(?:un)?lock\\w*|_?vn_lock\\w*|ffs_(?:un)?lock\\w*|vfs_badlock|vop_\\w+_debug(?:pre|post)",
  },
  {
    why: "puts its caller to sleep, ends it, or lets another thread run",
    names:
      "sleepq_\\w+|_sleep|msleep\\w*|pause_\\w+|_*cv_\\w+|sema_\\w+|mi_switch|sched_(?:switch|bind|unbind|relinquish)|kern_yield|maybe_yield|k?thread_exit|ast_sched\\w*",
  },
  {
    why: "allocates or frees memory that its caller asked for or broke",
    names:
      "uma_\\w+|_*zone_(?:alloc|free|release|import|fetch|put|ctor|dtor)\\w*|keg_\\w+|slab_\\w+|bucket_\\w+|cache_(?:alloc|free)\\w*|item_[cd]tor|m?trash_\\w+|malloc\\w*|_*free|zfree|realloc\\w*|contig(?:malloc|free)\\w*|kmem_\\w+|memguard_\\w+|redzone_\\w+",
  },
  {
    why: "copies, fills or compares what its caller pointed it at",
    names:
      "_*(?:mem(?:cpy|set|move|cmp)|b(?:zero|copy|cmp)|str(?:n?cpy|n?cat|n?cmp|n?len|lcpy|lcat))\\w*|copy(?:in|out)\\w*|[fs]u(?:byte|word)\\w*|casueword\\w*|uiomove\\w*",
  },
  {
    why: "walks a chain of mbufs that its caller built",
    names:
      "m_(?:copy\\w+|cat|adj|pullup|pulldown|unshare|dup|sanity|defrag|collapse|append|apply|getptr|freem?)|mb_\\w+",
  },
  {
    why: "is the way into the kernel and out of it, whatever the call was",
    names:
      "userret|ast|ast_handler|doreti_ast|amd64_syscall|ia32_syscall|fast_syscall_common|syscall\\w*|svc_handler|ecall_handler",
  },
  {
    why: "counts references, also to vnodes, for its caller",
    names: "_?refcount_\\w+|blockcount_\\w+|v(?:put|rele|get|ref|hold|drop|unref)\\w*",
  },
];

export const freebsdReporters = wholeNames(freebsdReporterRows.map(({ names }) => names));
