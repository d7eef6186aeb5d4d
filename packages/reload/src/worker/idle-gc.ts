// Collects the young garbage of a reload while the process is idle, so that the next reload does not have to.

import v8 from 'node:v8'
import vm from 'node:vm'

/** The time without a reload after which garbage is collected, in ms. */
const IDLE_MS = 100

type Collect = (options: { type: 'minor' }) => void

/** Collects garbage some time after each reload. */
export class IdleGarbageCollector {
  #collect: Collect | undefined
  #timer: NodeJS.Timeout | undefined

  schedule(): void {
    this.#timer = setTimeout(() => {
      this.#collect ??= createCollector()
      this.#collect({ type: 'minor' })
    }, IDLE_MS)
    this.#timer.unref()
  }

  cancel(): void {
    clearTimeout(this.#timer)
  }
}

/** Returns V8's collector without a flag at the start of the process, or nothing where that does not work. */
function createCollector(): Collect {
  try {
    v8.setFlagsFromString('--expose-gc')
    return vm.runInNewContext('gc') as Collect
  } catch {
    return () => {}
  }
}
