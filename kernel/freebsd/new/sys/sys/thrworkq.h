/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The operations of twq_kernreturn(2), system call 468: what the threads of a
 * work queue ask of the kernel. The numbers are the interface that the TWQ
 * user library and its probes are compiled against.
 */

#ifndef _SYS_THRWORKQ_H_
#define	_SYS_THRWORKQ_H_

#define	TWQ_OP_INIT		0x001	/* announce the process's work queue */
#define	TWQ_OP_THREAD_ENTER	0x002	/* a thread joins the pool */
#define	TWQ_OP_THREAD_RETURN	0x004	/* a thread has no more work */
#define	TWQ_OP_THREAD_TRANSFER	0x008	/* a thread changes its class */
#define	TWQ_OP_REQTHREADS	0x020	/* ask for threads */
#define	TWQ_OP_SHOULD_NARROW	0x200	/* is this class over its share? */
#define	TWQ_OP_SETUP_DISPATCH	0x400	/* hand over the dispatch layout */

#endif /* !_SYS_THRWORKQ_H_ */
