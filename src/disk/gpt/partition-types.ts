/**
 * Names of partition types, by the GUIDs of FreeBSD's sys/disk/gpt.h and of the UEFI specification; the names are those
 * that gpart(8) shows.
 */
export function nameOfPartitionType(guid: string): string {
  return NAMES[guid] ?? guid;
}

export const FREEBSD_UFS = "freebsd-ufs";
export const FREEBSD_ZFS = "freebsd-zfs";

const NAMES: Readonly<Record<string, string>> = {
  "516e7cb4-6ecf-11d6-8ff8-00022d09712b": "freebsd",
  "83bd6b9d-7f41-11dc-be0b-001560b84f0f": "freebsd-boot",
  "516e7cb5-6ecf-11d6-8ff8-00022d09712b": "freebsd-swap",
  "516e7cb6-6ecf-11d6-8ff8-00022d09712b": FREEBSD_UFS,
  "516e7cb8-6ecf-11d6-8ff8-00022d09712b": "freebsd-vinum",
  "516e7cba-6ecf-11d6-8ff8-00022d09712b": FREEBSD_ZFS,
  "74ba7dd9-a689-11e1-bd04-00e081286acf": "freebsd-nandfs",
  "c12a7328-f81f-11d2-ba4b-00a0c93ec93b": "efi",
  "21686148-6449-6e6f-744e-656564454649": "bios-boot",
  "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7": "ms-basic-data",
  "0fc63daf-8483-4772-8e79-3d69d8477de4": "linux-data",
  "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f": "linux-swap",
};
