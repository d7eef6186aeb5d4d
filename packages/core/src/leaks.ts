// What a piece of code leaves behind in the process: listeners, timers, sockets, threads.

import { MyfyError } from '@myfy/di'

interface Traces {
  readonly listeners: ReadonlyMap<string, number>
  readonly resources: ReadonlyMap<string, number>
}

/**
 * Runs `work` and rejects if it left listeners on the process, timers, sockets, servers or threads behind.
 * Closing takes a few turns of the event loop; it is given up to a second.
 *
 * @example
 * ```ts
 * import { createTestApp, expectNoLeaks } from '@myfy/core/testing'
 *
 * await expectNoLeaks(async () => {
 *   await using app = await createTestApp({})
 * })
 * ```
 */
export async function expectNoLeaks(work: () => unknown): Promise<void> {
  const before = traces()
  await work()
  let left = difference(before, traces())
  for (let turn = 0; left.length > 0 && turn < 100; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    left = difference(before, traces())
  }
  if (left.length > 0) {
    throw new MyfyError(
      'MYFY_LEAK',
      `left behind: ${left.join(', ')}; close them in stop() or with context.defer()`,
    )
  }
}

function traces(): Traces {
  const resources = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    // The loop's own, and requests that end by themselves.
    if (/^(Immediate|FSReqPromise|FSReqCallback|TickObject|CloseReq|TTYWrap|PipeWrap)$/.test(name)) continue
    resources.set(name, (resources.get(name) ?? 0) + 1)
  }
  return {
    listeners: new Map(
      process.eventNames().map((name) => [String(name), process.listenerCount(name as string)]),
    ),
    resources,
  }
}

function difference(before: Traces, after: Traces): readonly string[] {
  const more = (kind: string, old: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>) =>
    [...now]
      .filter(([name, n]) => n > (old.get(name) ?? 0))
      .map(([name, n]) => `${n - (old.get(name) ?? 0)} ${name}${kind}`)
  return [
    ...more(' listener(s) on process', before.listeners, after.listeners),
    ...more('', before.resources, after.resources),
  ]
}
