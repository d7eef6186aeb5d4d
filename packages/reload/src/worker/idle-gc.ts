// Collects garbage while the process is idle: that of a reload, so that the next one does not have to, and that of the
// start, which fills half of the heap.

import v8 from 'node:v8'
import vm from 'node:vm'

/** The time without a reload after which garbage is collected, in ms. */
const IDLE_MS = 100

type Collect = (options: { type: 'minor' | 'major' }) => void

/** Collects garbage some time after each start and reload. */
export class IdleGarbageCollector {
  #collect: Collect | undefined
  #timer: NodeJS.Timeout | undefined
  #started = false

  schedule(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#collect ??= createCollector()
      this.#collect({ type: this.#started ? 'minor' : 'major' })
      this.#started = true
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
