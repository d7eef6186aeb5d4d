// The resources that code leaves open in the process: listeners, timers, sockets, threads.

import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { MyfyError } from '@myfy/di'

/** The resources that live until they are closed. Requests and promises end by themselves. */
const lasting =
  /^(Timeout|TCPWRAP|TCPSERVERWRAP|PIPEWRAP|PIPESERVERWRAP|UDPWRAP|TLSWRAP|WORKER|PROCESSWRAP|FSEVENTWRAP|STATWATCHER)$/

/**
 * Runs `work` and rejects if it leaves open listeners on the process, timers, sockets, servers, watchers, child
 * processes or threads. Only resources that `work` has created count. Closing may take up to a second.
 *
 * @throws MyfyError with the code `MYFY_LEAK`, which names the open resources
 * @example
 * ```ts
 * import { createTestApp, expectNoLeaks } from '@myfy/core/testing'
 *
 * await expectNoLeaks(async () => {
 *   await using app = await createTestApp()
 * })
 * ```
 */
export async function expectNoLeaks(work: () => unknown): Promise<void> {
  const inside = new AsyncLocalStorage<boolean>()
  const open = new Map<number, string>()
  const hook = createHook({
    init(id, type) {
      if (lasting.test(type) && inside.getStore()) open.set(id, type)
    },
    destroy(id) {
      open.delete(id)
    },
  }).enable()
  try {
    const before = listeners()
    await inside.run(true, async () => await work())
    let left = report(before, open)
    for (let turn = 0; left.length > 0 && turn < 100; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      left = report(before, open)
    }
    if (left.length > 0) {
      throw new MyfyError(
        'MYFY_LEAK',
        `Cannot confirm that everything is closed: ${left.join(', ')} left open. Close them in stop() or with context.defer().`,
      )
    }
  } finally {
    hook.disable()
  }
}

function listeners(): ReadonlyMap<string, number> {
  return new Map(process.eventNames().map((name) => [String(name), process.listenerCount(name as string)]))
}

function report(before: ReadonlyMap<string, number>, open: ReadonlyMap<number, string>): readonly string[] {
  const more = [...listeners()].flatMap(([name, n]) => {
    const added = n - (before.get(name) ?? 0)
    return added > 0 ? [`${added} ${name} listener(s) on process`] : []
  })
  const counts = new Map<string, number>()
  for (const type of open.values()) counts.set(type, (counts.get(type) ?? 0) + 1)
  return [...more, ...[...counts].map(([type, n]) => `${n} ${type}`)]
}
