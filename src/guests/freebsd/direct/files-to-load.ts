/**
 * What is loaded with a kernel: what the loader's files name (`NAME_load="YES"`), and the modules that those need.
 *
 * Source: FreeBSD `stand/lua/config.lua`, `stand/common/module.c`, loader.conf(5). What is missing is skipped, as the loader does.
 */
import { readElf } from "../../../binary/elf.js";
import { moduleMetadata, type ModuleMetadata } from "../../../binary/module-metadata.js";
import type { ByteSource } from "../../../binary/byte-source.js";
import type { BootVariables } from "./variables.js";

export interface NamedFile {
  /** In the guest. */
  readonly path: string;
  /** Of a file that is loaded as it is; absent for a kernel module. */
  readonly type?: string;
}

/** The guest's files, as they will be when it is started. */
export interface LoadableFiles {
  /** `undefined` where there is no such file. */
  open(path: string): ByteSource | undefined;
}

/**
 * @param kernel what the kernel itself is made of
 * @returns the files in the order in which they are loaded; or, as a clause, why only the loader can do it
 */
export function filesToLoad(
  variables: BootVariables,
  kernel: () => ModuleMetadata,
  guest: LoadableFiles,
): readonly NamedFile[] | string {
  const loading = openLoading(variables, kernel, guest);
  for (const [variable, value] of variables) {
    const name = /^(.+)_load$/.exec(variable)?.[1];
    if (name === undefined || !/^yes$/i.test(value)) continue;
    const command = [`${name}_before`, `${name}_after`].find((one) => variables.get(one));
    if (command !== undefined) return `${command} is a command of the loader's`;
    const type = variables.get(`${name}_type`) ?? "";
    const file = variables.get(`${name}_name`) ?? name;
    if (loading.isBlacklisted(name)) continue;
    if (type !== "") loading.addAsItIs(file, type);
    else {
      const why = loading.addModule(file);
      if (why !== undefined) return why;
    }
  }
  return loading.files;
}

function openLoading(variables: BootVariables, kernel: () => ModuleMetadata, guest: LoadableFiles) {
  const files: NamedFile[] = [];
  const folders = (variables.get("module_path") ?? "").split(/[;,]/).filter((one) => one !== "");
  const blacklist = new Set((variables.get("module_blacklist") ?? "").split(/[\s,]+/));
  let provided: Set<string> | undefined;

  function find(name: string): string | undefined {
    const bases = name.includes("/") ? [name] : folders.map((folder) => `${folder}/${name}`);
    return bases.flatMap((base) => [`${base}.ko`, base]).find((path) => guest.open(path));
  }

  return {
    files,
    isBlacklisted: (name: string) => blacklist.has(name),
    addAsItIs(path: string, type: string): void {
      if (path.startsWith("/") && guest.open(path)) files.push({ path, type });
    },
    /** @returns why it cannot be loaded with all that it needs */
    addModule(name: string): string | undefined {
      const path = find(name);
      if (path === undefined || files.some((one) => one.path === path)) return undefined;
      const elf = readElf(guest.open(path)!);
      if (elf?.type !== "relocatable") return `${path} is no kernel module for amd64`;
      const { needs, provides } = moduleMetadata(elf);
      provided ??= new Set(["kernel", ...kernel().provides]);
      files.push({ path });
      for (const one of provides) provided.add(one);
      for (const need of needs) {
        if (provided.has(need)) continue;
        if (find(need) === undefined)
          return `${path} needs the module ${need}, and no file of that name is there`;
        const why = this.addModule(need);
        if (why !== undefined) return why;
      }
      return undefined;
    },
  };
}
