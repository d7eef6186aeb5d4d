// Two openings of one request as one: those of the authentication, and those of the handler.

import type { Opened } from '@myfy/di'

/** Returns an opening that ends both: the later one first. Without an earlier one it is the later one itself. */
export function joined(earlier: Opened | undefined, later: Opened): Opened {
  if (earlier === undefined) return later
  const opened: Opened = {
    values: later.values,
    disposable: true,
    async settle(outcome) {
      await later.settle(outcome)
      await earlier.settle(outcome)
    },
    async dispose(outcome) {
      try {
        await later.dispose(outcome)
      } finally {
        await earlier.dispose(outcome)
      }
    },
    [Symbol.asyncDispose]: async () => opened.dispose(),
  }
  return opened
}
