/** Ends when the processes that started it are gone. */
import { createJiti } from "jiti";

const { watchParents } = await createJiti(import.meta.url).import("../src/host/parent-watch.ts");
setInterval(() => undefined, 1_000);
watchParents(() => process.exit(7));
console.log("watches");
