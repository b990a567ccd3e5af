	twq_thread_exit(td);
