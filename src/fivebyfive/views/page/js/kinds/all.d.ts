// The list of all kinds, by the names of their files in this folder; html.py writes it from the folder.

export const KINDS: Record<string, import("../document/kind.js").Kind<any>>;
