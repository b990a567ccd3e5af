/**
 * Names of source files as a title has them: without the folders of whoever built the kernel.
 *
 * @example withoutBuilder("mutex x not owned at /home/me/freebsd/sys/kern/sys_pipe.c:12")
 * // "mutex x not owned at sys/kern/sys_pipe.c:12"
 */
export function withoutBuilder(text: string): string {
  return text.replace(builtPath, shortened);
}

/** Absolute, or up out of a build folder (`../../../kern/kern_mutex.c`). A compiler may also have been told to write neither. */
const builtPath =
  /(?<![\w.+/-])(?:\.{1,2}\/|\/)[\w.+@~/-]{0,300}\.(?:cc|cpp|c|h|m|S|s|rs)(?![\w/.-]*[\w/-])/g;

/** A FreeBSD kernel's tree by its folders: a folder above it may be named `sys` too. */
const freebsdTree =
  /(?:\/sys\/|^(?:\.\.\/)+)((?:(?:amd64|arm|arm64|bsm|cam|cddl|compat|contrib|crypto|ddb|dev|fs|gdb|geom|gnu|i386|isa|kern|kgssapi|libkern|modules|net|net80211|netgraph|netinet|netinet6|netipsec|netlink|netpfil|netsmb|nfs|nfsclient|nfsserver|nlm|ofed|opencrypto|powerpc|riscv|rpc|security|teken|tests|ufs|vm|x86|xdr|xen)\/|sys\/[^/]*$).*)$/;

function shortened(path: string): string {
  const inTree = freebsdTree.exec(path)?.[1];
  return inTree === undefined ? path.slice(path.lastIndexOf("/") + 1) : `sys/${inTree}`;
}
