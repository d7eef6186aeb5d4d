// Counted nouns in messages.

/** Returns a counted noun: `1 module`, `3 modules`, `2 entries`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
