import { findSymbols } from "../symbols/find-symbols.js";
import { openSymbolizer } from "../symbols/open-symbolizer.js";
import { sourceAround } from "../symbols/source-around.js";
import type { SymbolTools } from "./source-lines.js";

export const symbolTools: SymbolTools = {
  find: findSymbols,
  open: openSymbolizer,
  excerpt: sourceAround,
};
