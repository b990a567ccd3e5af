/** Two descriptions of one type, ours and the compiler's, member by member; pure. */
import type { CompiledMember, CompiledType } from "../../binary/dwarf/c-types.js";
import type { AnyType, Member } from "../c-type.js";

export interface LayoutDifference {
  /** As C writes it: `header.flags`, `events[].data`; `sizeof` and `_Alignof` of the whole. */
  readonly member: string;
  readonly described: string;
  readonly found: string;
}

/**
 * Every difference in offset and size, and every member that only one of them has. Our members stand for C's by their C
 * name; ours may be opaque, such as `bytes(16)` for a struct. A number of ours that is not in C may stand for bit-fields
 * that it covers.
 */
export function compareTypes(
  described: AnyType,
  found: CompiledType,
  path = "",
): readonly LayoutDifference[] {
  const { shape } = described;
  const differs = (ours: string): readonly LayoutDifference[] => [
    { member: path, described: ours, found: nameOf(found) },
  ];
  switch (shape.kind) {
    case "scalar":
      return [];
    case "array": {
      const ours = `array of ${shape.count} × ${shape.element.size} bytes`;
      if (found.kind !== "array") return differs(ours);
      if (found.count !== shape.count || found.element.sizeBytes !== shape.element.size) {
        return differs(ours);
      }
      return compareTypes(shape.element, found.element, `${path}[]`);
    }
    case "struct":
    case "union":
      if (found.kind !== shape.kind) return differs(shape.kind);
      return compareMembers(shape.members, found.members, path);
  }
}

function compareMembers(
  described: readonly Member[],
  found: readonly CompiledMember[],
  path: string,
): readonly LayoutDifference[] {
  const ours = namedMembers(described);
  const theirs = namedCompiledMembers(found);
  const covered = new Set<CompiledMember>();
  const differences = ours.flatMap((member): readonly LayoutDifference[] => {
    const name = path === "" ? member.cName : `${path}.${member.cName}`;
    const same = theirs.find((one) => one.name === member.cName);
    if (same !== undefined) return compareMember(member, same, name);
    const bits = theirs.filter((one) => isWithin(one, member));
    bits.forEach((one) => covered.add(one));
    return bits.length > 0 ? [] : [{ member: name, described: placeOf(member), found: "none" }];
  });
  const missing = theirs
    .filter((one) => !covered.has(one) && !ours.some(({ cName }) => cName === one.name))
    .map((one) => ({
      member: path === "" ? one.name : `${path}.${one.name}`,
      described: "none",
      found: compiledPlaceOf(one),
    }));
  return [...differences, ...missing];
}

function compareMember(
  ours: Member,
  theirs: CompiledMember,
  name: string,
): readonly LayoutDifference[] {
  const [described, found] = [placeOf(ours), compiledPlaceOf(theirs)];
  return described === found
    ? compareTypes(ours.type, theirs.type, name)
    : [{ member: name, described, found }];
}

function placeOf({ offsetBytes, type }: Member): string {
  return `offset ${offsetBytes}, ${type.size} bytes`;
}

function compiledPlaceOf({ offsetBytes, type, bits }: CompiledMember): string {
  if (bits) return `bit ${bits.offset}, ${bits.width} bits`;
  return `offset ${offsetBytes}, ${type.sizeBytes} bytes`;
}

function isWithin({ bits }: CompiledMember, { offsetBytes, type }: Member): boolean {
  if (!bits) return false;
  return (
    bits.offset >= 8 * offsetBytes && bits.offset + bits.width <= 8 * (offsetBytes + type.size)
  );
}

/** In C the members of an anonymous struct or union are those of the one around it. */
function namedMembers(members: readonly Member[]): readonly Member[] {
  return members.flatMap((member) => {
    if (member.cName !== "" || !("members" in member.type.shape)) return [member];
    return namedMembers(member.type.shape.members).map((inner) => moved(inner, member));
  });
}

function namedCompiledMembers(members: readonly CompiledMember[]): readonly CompiledMember[] {
  return members.flatMap((member) => {
    if (member.name !== "" || !("members" in member.type)) return [member];
    return namedCompiledMembers(member.type.members).map((inner) => movedBits(inner, member));
  });
}

function moved<M extends { readonly offsetBytes: number }>(inner: M, outer: M): M {
  return { ...inner, offsetBytes: outer.offsetBytes + inner.offsetBytes };
}

function movedBits(inner: CompiledMember, outer: CompiledMember): CompiledMember {
  const { bits, ...rest } = moved(inner, outer);
  if (!bits) return rest;
  return { ...rest, bits: { ...bits, offset: bits.offset + 8 * outer.offsetBytes } };
}

function nameOf(type: CompiledType): string {
  switch (type.kind) {
    case "scalar":
      return type.name;
    case "array":
      return `array of ${type.count} × ${type.element.sizeBytes} bytes`;
    case "struct":
    case "union":
      return `${type.kind} ${type.name}`.trim();
  }
}
