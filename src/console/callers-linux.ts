/** For Linux: which function stands for a thread that does not come further, see `guilty.ts`. */
import type { CallerTables } from "./guilty.js";
import { wholeNames, type PassedOver } from "./reporters.js";

/**
 * How a thread came to its work: never what keeps it there. Passed over where the outermost function of a backtrace is asked for.
 */
const dispatchers: readonly PassedOver[] = [
  {
    why: "entry from a program, and system calls that only hand on to a file, a socket or a driver",
    names:
      "entry_\\w+|do_syscall_\\w+|_*do_fast_syscall\\w*|do_int80\\w*|(x64|ia32|x32)_sys_call|_*invoke_syscall|el0\\w*|do_el0_svc\\w*|ret_fast_syscall|ret_from_\\w+|\\w+_compat_ioctl|sys_(ioctl|read|write|readv|writev|preadv2?|pwritev2?|pread64|pwrite64|sendmsg|sendto|send|recvmsg|recvfrom|recv|sendfile(64)?|splice|setsockopt|getsockopt|socketcall|mmap|mmap_pgoff|mmap2|open|openat|creat|close|poll|select|fcntl(64)?|exit_to\\w*|syscall)|_*do_sys\\w*|do_vfs_ioctl|vfs_ioctl|ksys_\\w+|v?fs_(read|write|readv|writev)|_*vfs_(read|write|readv|writev|open|iter_\\w+)|new_sync_(read|write)|call_(read|write)_iter|do_(loop_)?(readv|writev)\\w*|do_iter_\\w+|kernel_(read|write)|_*kernel_(read|write)|_*sock_(send|recv)msg\\w*|_*sys_(send|recv)(msg|to|from)?|sock_(read|write)_iter|____?sys_\\w+|__sys_\\w+|kernel_(send|recv)msg|do_sock_setsockopt|sock_common_\\w+|do_(sys_)?open\\w*|do_filp_open|path_openat|do_last|do_open\\w*|do_dentry_open|chrdev_open|misc_open|do_(mmap|munmap)\\w*|vm_mmap\\w*|_*mmap_\\w+|mmap_region|call_mmap|do_(sendfile|splice\\w*)|iter_file_splice_write|splice_\\w+|compat_sys_(ioctl|\\w+v)|system_call\\w*|sysenter_\\w+|compat_\\w*ioctl|tracesys\\w*|ia32_\\w+|cstar_\\w+",
  },
  {
    why: "files of procfs, sysfs, debugfs and sockets, rings and the like, which hand on to who made them",
    names:
      "proc_(reg|single|sys|pid_attr)_\\w+|proc_sys_call_handler|pde_\\w+|kernfs_fop_(read|write)\\w*|sysfs_kf_\\w+|kobj_attr_\\w+|dev_attr_(show|store)|drv_attr_(show|store)|bus_attr_\\w+|full_proxy_\\w+|open_proxy_open|debugfs_attr_\\w+|simple_attr_\\w+|configfs_(read|write)\\w*|seq_read(_iter)?|traverse|sock_(ioctl|do_ioctl|close|poll|mmap)|_*sock_release|blkdev_(common_)?ioctl|_*blkdev_driver_ioctl|sys_(bpf|io_uring_enter|io_submit|io_getevents|ipc|keyctl)|io_(submit_sqes?|queue_sqe|issue_sqe|submit_one|wq_\\w+|worker_\\w+)|aio_(read|write)|tracing_\\w+_write",
  },
  {
    why: "kernel threads and the queues that they run",
    names:
      "kthread\\w*|irq_(forced_)?thread\\w*|worker_thread|process_one_work|process_scheduled_works|smpboot_thread_fn|run_ksoftirqd|bh_worker|rescuer_thread|kernel_thread_\\w+|ret_from_fork\\w*|cpuhp_\\w+|cpu_stopper_thread|task_work_run|tracehook_\\w+|get_signal|do_signal|do_notify_resume|do_work_pending|slow_work_pending|work_pending|exit_to_user\\w*|syscall_exit_to\\w*|syscall_return_slowpath|prepare_exit_to_usermode|_+fput|_*fput_sync|delayed_fput|do_group_exit|do_exit|exit_(files|mm|task_work|fs)|put_files_struct|close_files|filp_close|mmput|_+mmput|rest_init|start_kernel|x86_64_\\w+|kernel_init\\w*|do_(basic_setup|initcalls|initcall_level|one_initcall|pre_smp_initcalls)|arch_call_rest_init",
  },
  {
    why: "softirqs: the receive path of a packet, timers and tasklets hand on to who had asked",
    names:
      "_*do_softirq\\w*|do_softirq_own_stack|handle_softirqs|call_softirq|run_(timer|hrtimer)_\\w+|timer_\\w*softirq|_*run_timer\\w*|call_timer_fn|expire_timers|_*hrtimer_\\w+|tasklet_(action|hi_action)\\w*|net_(rx|tx)_action|_*napi_\\w+|process_backlog|_*netif_receive_skb\\w*|netif_(rx|receive)\\w*|deliver_skb|gro_\\w+|rcu_(core|do_batch|process_callbacks|cpu_kthread)\\w*|blk_done_softirq",
  },
  {
    why: "netlink: one socket for many requests",
    names:
      "netlink_(sendmsg|unicast|rcv_skb|dump)\\w*|_*netlink_\\w+|rtnetlink_(rcv|rcv_msg)|genl_(rcv|rcv_msg|family_rcv_msg|lock_dumpit|rcv_skb)\\w*|genl_family_\\w+|nfnetlink_\\w+|sock_sendmsg\\w*|(inet6?|unix)_sendmsg",
  },
  {
    why: "the way from a page fault to the file system",
    names:
      "(do_|__do_)?page_fault|handle_page_fault|_*handle_mm_fault|handle_pte_fault|_*do_fault\\w*|do_(read|shared|cow|anonymous)_\\w*(fault|page)|do_pte_missing|faultin_page|_*get_user_pages\\w*|populate_vma_page_range|_*mm_populate",
  },
];

const interruptions =
  "asm_(sysvec_\\w+|common_interrupt|exc_nmi)|sysvec_\\w+|apic_timer_interrupt|smp_apic_timer_interrupt\\w*|common_interrupt|ret_from_intr|el1h?_(64_)?irq\\w*|__irq_svc|nmi|end_repeat_nmi|do_softirq_own_stack|call_softirq|_*do_softirq|handle_softirqs|irq_exit\\w*|handle_exception|_*netif_receive_skb\\w*";

export const linuxCallers: CallerTables = {
  dispatchers: wholeNames(dispatchers.map(({ names }) => names)),
  interruptions: wholeNames([interruptions]),
  // Whatever it was about to do, a processor that waits here waits for another one.
  waits: wholeNames(["smp_call_function"]),
};
