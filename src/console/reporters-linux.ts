/**
 * Functions of Linux that stand on a backtrace without being what the report is about, each row with its reason. The names are
 * whole and as `stack.ts` gives them: without the suffixes that compilers add. They are those of 4.4 to 6.18.
 */
import { wholeNames, type PassedOver } from "./reporters.js";

const passedOver: readonly PassedOver[] = [
  {
    why: "prints the report",
    names:
      "_*dump_stack\\w*|dump_backtrace\\w*|show_(stack|regs|trace)\\w*|unwind_(backtrace|next\\w*|get_\\w+)|walk_stackframe\\w*|dump_(page|header|cpu_task|emit)\\w*|print_(report|address_description|usage_bug|circular_bug|deadlock_bug|bad_irq_dependency|irq_inversion_bug|irqtrace_events|unlock_imbalance_bug|lock_\\w+)\\w*|print_\\w*(report|deadlock|stall)|(_*print|__?warn_print)k\\w*|v?printk_\\w+|vprintk\\w*|console_(unlock|flush_all|trylock\\w*)|_*console_unlock|nbcon_\\w+|sched_show_task|print_tainted|get_taint|va_format|_*dev_v?printk\\w*|_dev_(emerg|alert|crit|err|warn|notice|info|printk)|_*netdev_(printk|emerg|alert|crit|err|warn|notice|info)|_+sched_show_task|end_report|object_err|slab_(err|bug|fix)",
  },
  {
    why: "panics, warns or oopses on its caller's word",
    names:
      "v?panic|nmi_panic\\w*|panic_\\w+|check_panic_on_\\w+|_*warn_\\w+|__warn\\w*|fixup_bug|report_bug\\w*|handle_bug|die(_addr|_body|_kernel_fault)?|__die\\w*|oops_\\w+|page_fault_oops|kernelmode_fixup_or_oops|no_context|add_taint|bad_page\\w*|__schedule_bug|spin_(bug|dump)|rwlock_bug|\\w*assert_?fail\\w*|assfail|__reiserfs_panic|(fortify|skb|btrfs|ubi|usercopy|slab|stack_chk|netdev)_panic|refcount_error_report|report_\\w*(lock|issue|bug)\\w*|__bug|rust_(helper_BUG|begin_unwind|panic\\w*)|(__rustc::)?rust_begin_unwind|core::(panicking|option|result|slice)::[\\w:]+|kernel::bug::\\w+|__noinstr_warn\\w*|ex_handler_\\w+|fixup_exception",
  },
  {
    why: "checks what its caller asks for: reference counts, lists, objects, copies, bounds, the stack, the context",
    names:
      "_*refcount_\\w+|kref_\\w+|_*list_(add|del|del_init|move|splice|replace|empty|cut)\\w*|hlist_\\w+|llist_\\w+|plist_\\w+|klist_\\w+|debug_(print|check|object|obj)_?\\w*|_*debug_(object|check)_\\w*|lookup_object_or_alloc|\\w+_is_static_object|\\w+_fixup_(init|activate|free|assert_init|destroy)|usercopy_\\w+|_*check_(object_size|heap_object|page_span|stack_object|copy_size|bogus_address)\\w*|copy_overflow|_*fortify_\\w+|skb_(panic|over_panic|under_panic)|ref_tracker_\\w+|_*stack_chk_fail\\w*|_*might_(sleep|fault|resched|alloc)\\w*|check_preemption_disabled|debug_smp_processor_id|__this_cpu_preempt_check|_*seqprop_\\w+|rcu_lockdep_\\w+|rcu_\\w*sleep_check|rcu_read_(un)?lock\\w*|rcu_lock_(acquire|release)|rcu_(note_context_switch|is_watching)|_*preempt_(count|schedule|latency)\\w*|preempt_count_(add|sub)|_*local_bh_\\w+|trace_(hard|soft)irqs_\\w+|trace_preempt_\\w+|ftrace_\\w+|__fentry__|warn_bogus_irq_restore|__phys_addr\\w*|__virt_to_phys\\w*|__page_to_\\w+|cfi_\\w+|__cfi_\\w+|__ubsan_\\w+|schedule_debug|debug_mutex_\\w+|debug_rt_mutex\\w*|debug_spin\\w*",
  },
  {
    why: "sanitizers, and what they put in front of a function or instrument for it",
    names:
      "_*kasan_\\w+|_*k?asan_\\w+|_*hwasan_\\w+|check_memory_region\\w*|check_region_inline|memory_is_\\w+|_*kmsan_\\w+|_*msan_\\w+|_*kcsan_\\w+|_*tsan_\\w+|_*ubsan_\\w+|val_to_string|handle_overflow|kfence_\\w+|_*sanitizer_\\w+|write_comp_data|check_kcov_mode|__read_once\\w*|__write_once\\w*|read_word_at_a_time|instrument_\\w+|kmemleak_\\w+|mte_\\w+|create_object|quarantine_\\w+",
  },
  {
    why: "traps and interrupts: how the processor came here",
    names:
      "exc_\\w+|asm_\\w+|sysvec_\\w+|__sysvec_\\w+|fred_\\w+|do_(error_trap|trap|trap_no_signal|page_fault|user_addr_fault|kern_addr_fault|general_protection|invalid_op|int3|double_fault|divide_error|async_page_fault|error|mem_abort|translation_fault|sea|undefinstr|debug_exception|dataabort|prefetchabort|kernel_fault|bad_area|alignment_fault|sp_pc_abort|serror|page_fault_segv)|do_(DataAbort|PrefetchAbort)|_*bad_area\\w*|_*do_(page|kernel|user)_fault\\w*|(async_)?page_fault|general_protection|invalid_op|divide_error|error_(entry|code)|common_(exception|interrupt)\\w*|irq_exit\\w*|irq_enter\\w*|irq_work_\\w+|irqentry_\\w+|do_tag_(check_fault|recovery)|do_trap_\\w+|__do_kernel_fault|do_interrupt_handler|_*handle_domain_irq|(do_)?handle_IPI|ipi_handler|_stext|_sinittext|entry_\\w+|do_syscall_\\w+|system_call\\w*|sysenter_\\w+|ret_from_\\w+|ret_fast_syscall|stub_\\w+|apic_timer_interrupt|reschedule_interrupt|smp_\\w+_interrupt\\w*|local_apic_timer_interrupt|ret_from_intr|end_repeat_nmi|(default_)?do_nmi|nmi\\w*|unknown_nmi_error|_*handle_irq\\w*|handle_(level|edge|fasteoi|percpu)\\w*irq|handle_irq_event\\w*|note_interrupt|__report_bad_irq|generic_handle_\\w+|gic_handle_irq|do_IRQ|asm_common_interrupt|el1\\w*|el0\\w*|__irq_svc|__und_svc|__pabt_svc|call_on_(irq_)?stack|invoke_softirq|brk_handler|bug_handler|call_break_hook|handle_exception|do_irq|handle_riscv_irq",
  },
  {
    why: "finds a stall or prints for one that does",
    names:
      "watchdog\\w*|_*softlockup_\\w+|check_hung_\\w+|\\w+_nmi_handler|_*perf_event_overflow|\\w+_pmu_handle_irq\\w*|handle_pmi_common|check_cpu_stall|rcu_\\w*(stall|dump|sched_clock_irq|pending)\\w*|__rcu_pending|rcu_check_callbacks|print_(cpu|other_cpu)_stall\\w*|update_process_times|tick_(sched|nohz|do|irq|oneshot|broadcast|check|periodic|handle_(oneshot|periodic))\\w*|tick_(periodic|handle_periodic|program_event)|tick_sched_handle|_*hrtimer_(run_queues|interrupt)|__run_hrtimer|trigger_\\w+_backtrace|arch_trigger_\\w+|nmi_(cpu|trigger)\\w+|csd_lock_wait\\w*|lapic_\\w+|arch_timer_\\w+|timer_interrupt|arch_cpu_idle|default_idle\\w*|default_enter_idle|cpuidle_\\w+|do_idle|call_cpuidle|cpu_idle\\w*|cpu_startup_entry|rest_init|arch_call_rest_init|start_secondary|secondary_startup\\w*|secondary_start_kernel|(pv_)?native_safe_halt|native_halt|acpi_(idle|safe_halt)\\w*|mwait_idle\\w*|intel_idle\\w*|panic_smp_self_stop|smp_callin|arch_safe_halt",
  },
  {
    why: "lockdep and lock debugging: they know of the lock, not what it is for",
    names:
      "lockdep_\\w+|_*lock_(acquire|release|downgrade|acquired|contended|set_class|is_held\\w*|pin\\w*|sync)|_*lock_\\w*(irq|bh)\\w*|__lock_\\w+|register_lock_class|look_up_lock_class|hlock_class|assign_lock_key|find_(held_lock|usage\\w*|lock_\\w+)|match_held_lock|reacquire_held_locks|validate_chain\\w*|check_(prev|prevs|noncircular|deadlock|wait_context|irq_usage|usage\\w*|lock\\w*|chain_key|flags)\\w*|mark_(irqflags|lock|usage|held_locks|lock_irq|all_held)\\w*|valid_state|usage_match|verify_lock_unused|add_chain_\\w+|save_trace|__bfs|do_raw_\\w+|debug_check_no_locks_\\w+|osq_\\w+",
  },
  {
    why: "takes, gives back or waits for a lock that its caller named",
    names:
      "_*mutex_\\w+|_*ww_mutex\\w*|_*rwsem_\\w+|call_rwsem\\w*|_*down_?(read|write|interruptible|killable|trylock|timeout|common)?\\w*|up|up_(read|write)|_*up(_read|_write)|_*percpu_(down|up|rwsem)\\w*|_*rt_(mutex|spin|read|write|down|up)\\w*|task_blocks_on_rt_mutex|rtlock_\\w+|_*ldsem_\\w+|_*raw_(spin|read|write)_\\w+|_*task_rq_lock|double_rq_lock|_*raw_\\w*lock\\w*|_*spin_(un)?lock\\w*|_*(read|write)_(un)?lock\\w*|(native_|__pv_)?queued_\\w+_lock_slowpath|native_queued_\\w+|queued_(spin|read|write)_\\w+|pv_\\w*lock\\w*|_*atomic_dec_and_\\w*lock\\w*|refcount_dec_and_\\w*lock\\w*|_*lock_sock\\w*|release_sock|console_lock|seq(lock|count)_\\w+|cpus_read_\\w+|_*folio_(lock|unlock|wait|end)\\w*|(un)?lock_page\\w*|_*lock_buffer|unlock_buffer|_*wait_on_\\w+|out_of_line_wait_on_\\w+|bit_(wait|lock)\\w*|_*srcu_read_\\w+",
  },
  {
    why: "sleeps, wakes or waits for what its caller named",
    names:
      "stop_machine_yield|multi_cpu_stop|rcu_momentary_\\w+|_*schedule(_timeout\\w*|_preempt_disabled|_idle|_loop|_hrtimeout\\w*|_rtlock)?|io_schedule\\w*|__switch_to\\w*|context_switch|finish_task_switch|preempt_schedule\\w*|_cond_resched|__cond_resched\\w*|dynamic_cond_resched|_*wait_for_\\w+|do_wait_for_common|_*wait_event\\w*|prepare_to_wait\\w*|finish_wait|wait_woken|autoremove_wake_function|complete(_all)?|_*wake_up(_common\\w*|_locked\\w*|_sync\\w*|_bit|_var|_q|_klogd)?|cpu_relax|rep_nop|usleep_range\\w*|msleep\\w*|_*delay|_*wait_rcu_gp|exp_funnel_lock|kthread_(stop|park)\\w*|_*filemap_(fdatawait|fdatawrite|write_and_wait)\\w*|usb_start_wait_urb",
  },
  {
    why: "allocates or frees memory: the caller chose size, context and moment",
    names:
      "_*k[mvzc]?[mz]?(alloc|calloc|free|realloc)(_\\w+)?|_*kmalloc(_(node|order|large|slab|cache|track|array|noprof|trace|reserve|nolock)\\w*)?|_*(kzalloc|kcalloc|krealloc|kvmalloc|kvzalloc|kfree|kvfree|kzfree|kmemdup|kstrdup|kstrndup|kasprintf|kvasprintf|memdup|kmem_cache|krealloc|sock_kmalloc|kfree_sensitive)\\w*|memcg_slab\\w*|_*slab_(alloc|free|pre_alloc|post_alloc|pad|want|out)\\w*|_+slab_\\w+|____?cache_\\w+|cache_(alloc|grow|free|flusharray)\\w*|new_slab\\w*|allocate_slab|deactivate_slab|get_partial\\w*|alloc_debug_processing|free_debug_processing|free_to_partial_list|_*free_large_\\w+|do_slab_free|build_detached_freelist|setup_object\\w*|set_track\\w*|init_object|check_(slab|object|bytes_and_report)|cache_from_obj|virt_to_(cache|slab|head_page)|_*vmalloc\\w*|_*vzalloc\\w*|_*vfree\\w*|_*vunmap\\w*|vmap|remove_vm_area|_*alloc_(pages|frozen|bulk|contig|percpu)\\w*|alloc_pages?_\\w+|alloc_page|_*get_free_pages?|get_zeroed_page\\w*|get_page_from_freelist|post_alloc_hook|prep_new_page|check_new_pages?|rmqueue\\w*|_*free_(pages?|one_page|frozen|unref|pcp|pcppages|percpu|contig|zapped)\\w*|free_the_page|put_page|__put_page|_*folio_(alloc|put)\\w*|vma_alloc_\\w+|page_frag_\\w+|_*set_page_owner|_*reset_page_owner|save_stack|stack_depot_\\w+|stack_trace_\\w+|save_stack_trace\\w*|arch_stack_walk\\w*|pcpu_\\w+|percpu_\\w*alloc\\w*|devm_k\\w+|mempool_(alloc|free)\\w*|warn_alloc|oom_kill_process|out_of_memory|_*mem_cgroup_\\w*(charge|oom)\\w*|charge_memcg|try_charge\\w*|__ksize|ksize|alloc_inode|vmemmap_\\w*(alloc|populate)\\w*|_*kernel_(un)?poison_pages|alloc_slab_page|_*page_pool_alloc\\w*|filemap_alloc_folio\\w*|_*filemap_get_folio\\w*|pagecache_get_page|folios_put\\w*|_*sk_(destruct|free)|sk_prot_(alloc|free)|sk_alloc|list_lru_\\w+|_*list_lru_init|radix_tree_node_alloc|_*kfree_skb\\w*|kfree_rcu\\w*|kvfree_call_rcu|__vmalloc_node_range|fault_in_\\w+|should_fail\\w*|fail_dump",
  },
  {
    why: "string and memory functions, checksums, ciphers, printing into a buffer: they touch what they were handed",
    names:
      "_*(mem(cpy|set|move|cmp|chr|scan|dup)|str(n?cpy|n?cmp|n?len|lcpy|lcat|scpy|cat|chr|rchr|str|nstr|sep|spn|pbrk|casecmp|ncasecmp|im)|sized_str\\w+)(_orig|_erms|_flushcache|_toio|_fromio|_and_pad|_mcsafe)?|mem(set|cpy|move)\\w*|clear_page\\w{1,20}|rep_\\w+|strn?cpy_\\w+|strn?len_\\w+|do_strn?len\\w*|vsn?printf|sn?printf|v?scnprintf|sprintf|number|pointer|format_decode|string(_nocheck)?|hex_(string|dump\\w*|byte\\w*)|bin2hex|print_hex_dump\\w*|simple_strto\\w+|kstrto\\w+|sscanf|vsscanf|_*crc\\w*\\d+\\w*|crc_\\w+|csum_\\w+|do_csum|_*csum\\w*|\\w*aes\\w*_(en|de)crypt\\w*|\\w*aes\\w*_expandkey|aesni_\\w+|crypto_\\w+_(en|de)crypt\\w*|crypto_(cipher|shash|ahash|skcipher|aead)_\\w+|cipher_crypt_one|sha\\d+_\\w+|chacha_\\w+|xxh\\d+\\w*|siphash\\w*|_*jhash\\w*|full_name_hash|hash_\\w*(long|ptr)|sort|sort_r|bsearch|swap_words\\w*|do_swap|bitmap_\\w+|_*bitmap_\\w+|(test_and_)?(set|clear|change|test)_bit\\w*|_*(find|test)_\\w*bit\\w*|constant_test_bit|variable_test_bit|arch_(test|set|clear)_\\w*bit\\w*|(raw_|arch_)?atomic(64|_long)?_\\w+|_*(in|out)[bwl]_?p?|_*raw_(read|write)[bwlq]|(read|write)[bwlq]\\w*|lib_\\w+crc\\w*|ioread\\d+\\w*|iowrite\\d+\\w*",
  },
  {
    why: "copies to or from where its caller said",
    names:
      "_*copy_(to|from|in|page|mc|user|highpage)_?\\w*|copyin|copyout|_*copy_\\w*(user|iter)\\w*|_*(get|put)_user\\w*|raw_copy_\\w+|_*arch_copy\\w*|_*arch_clear_user|iov_iter_\\w+|_*iterate_and_advance\\w*|memcpy_(to|from)_iter\\w*|simple_(read|write|copy)_(from|to)_\\w+|sg_copy_\\w+|sg_pcopy\\w*|sg_miter_\\w+|csum_and_copy\\w*|skb_(put|push|pull|trim)\\w*|_*pskb_(pull|trim)\\w*|memcpy_\\w*page\\w*|put_cmsg_\\w+|_*clear_user\\w*|probe_kernel_\\w+",
  },
  {
    why: "trees, tables and queues of the library: they walk what their caller keeps",
    names:
      "rb_(erase|insert|next|prev|first|last|replace|link|add|find)\\w*|_*rb_(insert|erase|rotate|change|find)\\w*|interval_tree_\\w+|xas?_\\w+|_+xas?_\\w+|idr_\\w+|ida_\\w+|radix_tree_(lookup|insert|delete|next|iter|load|tag|find|gang)\\w*|_*rhashtable_\\w+|_*rht_\\w+|mas_\\w+|mtree_\\w+|assoc_array_\\w+|sbitmap_\\w+|kfifo_\\w+|_*kfifo_\\w+|percpu_(ref|counter)_\\w+|_*percpu_counter\\w+|lockref_\\w+|errseq_\\w+|osq_\\w+",
  },
  {
    why: "timers, works and threads: they do what somebody else had asked for",
    names:
      "_*(mod|add|del|cancel|start|delete|shutdown|try_to_del|detach)_?(timer|if)\\w*|(_*try_to_del|_*timer)_(delete|del|shutdown|reduce)\\w*|lock_(timer|hrtimer)_base|_*hrtimer_(start|cancel|try|init|setup|forward)\\w*|detach_if_pending|try_to_grab_pending|sk_(stop|reset)_timer\\w*|_*init_timer\\w*|call_timer_fn|expire_timers|_*(queue|flush|cancel|drain|mod|schedule|start_flush|try_to_grab|insert|enable|disable|execute)_(delayed_)?work(queue)?\\w*|_*cancel_(delayed_)?work_?\\w*|_*cancel_work_timer|__flush_workqueue|touch_work_lockdep_map|touch_wq_lockdep_map|_*call_rcu\\w*|_*tasklet_(kill|schedule)\\w*|__queue_\\w*work\\w*|kthread_\\w*work\\w*",
  },
  {
    why: "the driver core and its tables: they register, count and free the object of their caller",
    names:
      "_*kobject_\\w+|kset_\\w+|_*sysfs_\\w+|internal_create_groups?|create_files|remove_files|device_(add|del|register|unregister|initialize|create|destroy|remove)(_\\w+)?|(get|put)_device|get_device_parent|device_release|devres_\\w+|release_nodes|proc_register|_*register_sysctl\\w*|neigh_(destroy|release)|_*proc_create\\w*|_?proc_mkdir\\w*|dpm_sysfs\\w*|bus_(add|remove)_device|usb_(kill|poison|unlink|submit|free)_\\w*urbs?|usb_hcd_(unlink|submit|map)_urb\\w*|usb_(bulk|control|interrupt)_msg\\w*|usb_(kill|unlink|poison)_anchored_urbs|unregister_netdev\\w*|rollback_registered\\w*|ref_tracker_\\w+|iput\\w*|drop_nlink|inc_nlink|clear_nlink|ihold|f?dput|fast_dput|dget\\w*|mark_buffer_dirty|_*cleanup_srcu_struct|_*destroy_workqueue",
  },
  {
    why: "hooks of tracing and of return paths, and the thunks of indirect calls",
    names:
      "_*x86_\\w*thunk\\w*|srso_\\w+|retbleed_\\w+|perf_trace_\\w+|trace_(event|raw)_\\w+|_*traceiter_\\w+|_*bpf_trace_\\w+|perf_(tp_event|swevent_event|event_output)\\w*|trace_call_bpf|___?bpf_prog_run\\w*",
  },
];

export const linuxReporters = wholeNames(passedOver.map(({ names }) => names));
