import { describe, expect, test } from "vitest";
import { errnoName, errnoNames, errnoNumber } from "./errno.js";
import { signalName, signalNames, signalNumber } from "./signals.js";

describe("errno names", () => {
  test("are those of the guest's family: the seed's 45 is ENOTSUP on FreeBSD and something else on Linux", () => {
    expect(errnoName("freebsd", 45)).toBe("ENOTSUP");
    expect(errnoName("linux", 95)).toBe("ENOTSUP");
    expect(errnoName("linux", 45)).toBe("EL2NSYNC");
    expect(errnoName("freebsd", 78)).toBe("ENOSYS");
    expect(errnoName("linux", 38)).toBe("ENOSYS");
  });

  test("show a number that has none", () => {
    expect(errnoName("linux", 4000)).toBe("errno 4000");
  });

  test("have aliases that lead to the same number", () => {
    expect(errnoNumber("freebsd", "EOPNOTSUPP")).toBe(45);
    expect(errnoNumber("linux", "EWOULDBLOCK")).toBe(11);
    expect(errnoNumber("linux", "EDOOFUS")).toBeUndefined();
  });

  test("come back from their numbers in both families, and none is missing in between", () => {
    for (const family of ["linux", "freebsd"] as const) {
      const numbers = errnoNames().flatMap((name) => errnoNumber(family, name) ?? []);
      const last = family === "linux" ? 133 : 97;
      for (let number = 1; number <= last; number++) {
        // 41 and 58 are not in Linux's list: they were once what EAGAIN and EDEADLK are now.
        const hole = family === "linux" && (number === 41 || number === 58);
        expect(numbers.includes(number)).toBe(!hole);
      }
      expect(Math.max(...numbers)).toBe(last);
    }
  });
});

describe("signal names", () => {
  test("are those of the guest's family", () => {
    expect(signalName("freebsd", 12)).toBe("SIGSYS");
    expect(signalName("linux", 31)).toBe("SIGSYS");
    expect(signalName("linux", 12)).toBe("SIGUSR2");
    expect(signalName("linux", 40)).toBe("signal 40");
  });

  test("have aliases", () => {
    expect(signalNumber("linux", "SIGIOT")).toBe(6);
    expect(signalNumber("freebsd", "SIGPWR")).toBeUndefined();
    expect(signalNames()).toContain("SIGLWP");
  });
});
