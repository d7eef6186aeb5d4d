// More turns of timers for an application that is explored quickly.

import type { Search } from './search.ts'

/** A search, with the number of turns that it was limited to. */
export interface Deepened {
  readonly search: Search
  readonly turns: number
}

/** The number of turns at first. */
const FIRST_TURNS = 3
/** The number of turns at most. */
const MOST_TURNS = 12
/** The number of schedules that a search with more turns may take. */
const MORE_SCHEDULES = 1_000

/**
 * Searches with more and more turns of timers, as long as each search is complete and finds nothing. A problem that takes
 * several turns, such as a renewal that fails, is found where that takes little time.
 */
export async function deepen(
  run: (turns: number, schedules: number) => Promise<Deepened>,
  schedules: number,
): Promise<Deepened> {
  let last = await run(FIRST_TURNS, schedules)
  const most = Math.min(schedules, MORE_SCHEDULES)
  while (isQuick(last, most)) {
    const next = await run(last.turns * 2, most)
    // What is not complete proves less than the search before.
    if (next.search.left > 0 && next.search.findings.size === 0) break
    last = next
  }
  return last
}

function isQuick({ search, turns }: Deepened, most: number): boolean {
  const { left, findings, isCut, explored } = search
  return left === 0 && findings.size === 0 && isCut && turns < MOST_TURNS && explored * 2 < most
}
