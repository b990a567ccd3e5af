import { expect, test } from "vitest";
import { encodeMetadata, METADATA, offsetOfRecord, u32Bytes } from "./metadata.js";

test("each value is padded to eight bytes, and two zeros end the list", () => {
  const list = encodeMetadata([
    {
      name: "/boot/k",
      type: "elf kernel",
      address: 0x200000,
      sizeBytes: 16,
      records: [[METADATA.howto, u32Bytes(0x1000)]],
    },
  ]);
  const words = [
    ["0100000008000000", Buffer.from("/boot/k\0").toString("hex")],
    ["020000000b000000", `${Buffer.from("elf kernel\0").toString("hex")}0000000000`],
    ["0300000008000000", "0000200000000000"],
    ["0400000008000000", "1000000000000000"],
    ["0780000004000000", "0010000000000000"],
    ["0000000000000000"],
  ];
  expect(Buffer.from(list).toString("hex")).toBe(words.flat().join(""));
  expect(offsetOfRecord(list, METADATA.howto)).toBe(list.length - 16);
});
