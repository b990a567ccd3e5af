import { expect, test } from "vitest";
import { resolveRequest } from "../lane/request.js";
import { planRun } from "./plan.js";

test("a guest that is to be frozen is refused under bhyve before anything is read, with the remedy", async () => {
  const lane = { guest: "freebsd", image: "/no/image", freeze: true, probe: [] } as const;
  const request = resolveRequest({ name: "mine", lane, folder: "/" }, {}, "live");
  const bhyve = { bhyve: "bhyve", bhyveload: "bhyveload", bhyvectl: "bhyvectl", maxCpus: 16 };
  const facts = { hypervisor: { name: "bhyve", bhyve }, accel: { accel: "vmm", why: "" } };
  await expect(planRun(request, facts as never)).rejects.toMatchObject({
    code: "scene-unsupported",
    who: "usage",
    message: expect.stringContaining("bhyve destroys a virtual machine that resets") as string,
    hint: expect.stringContaining("--hypervisor qemu") as string,
  });
});
