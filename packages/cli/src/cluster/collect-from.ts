// The collection of one value from every worker.

import type { Collected, WorkerValue } from './protocol.ts'

/** A worker that can be asked for a value. */
export interface ValueHolder {
  readonly slot: number
  /** Resolves to the value of a name; to undefined if the worker ends before it answers. */
  read(name: string): Promise<WorkerValue | undefined>
}

/** The time in which a worker must answer, in ms. A blocked event loop does not answer. */
export const ANSWER_TIMEOUT_MS = 5_000

/** Collects the value of a name from workers. Those that end meanwhile are left out. Never rejects. */
export async function collectFrom(workers: Iterable<ValueHolder>, name: string): Promise<Collected> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ANSWER_TIMEOUT_MS, 'late')
  })
  const answers = await Promise.all(
    [...workers].map(async (worker) => ({
      slot: worker.slot,
      answer: await Promise.race([worker.read(name), late]),
    })),
  )
  clearTimeout(timer)
  const values: unknown[] = []
  for (const { slot, answer } of answers) {
    if (answer === undefined) continue
    if (answer === 'late') return { slot }
    if ('failure' in answer) return { slot, failure: answer.failure }
    values.push(answer.value)
  }
  return { values }
}
