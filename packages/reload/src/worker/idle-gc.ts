// Collects the young garbage of a reload while nobody waits, so that the next reload does not have to.

import v8 from 'node:v8'
import vm from 'node:vm'

/** After so many ms without a reload. */
const idle = 100

type Collect = (options: { type: 'minor' }) => void

/** Sweeps some time after each reload. */
export class IdleGarbageCollector {
  #collect: Collect | undefined
  #timer: NodeJS.Timeout | undefined

  /** A reload is over. */
  schedule(): void {
    this.#timer = setTimeout(() => {
      this.#collect ??= collector()
      this.#collect({ type: 'minor' })
    }, idle)
    this.#timer.unref()
  }

  /** Another one begins. */
  cancel(): void {
    clearTimeout(this.#timer)
  }
}

/** Node's own, without the flag having to be there from the beginning; nothing where that does not work. */
function collector(): Collect {
  try {
    v8.setFlagsFromString('--expose-gc')
    return vm.runInNewContext('gc') as Collect
  } catch {
    return () => {}
  }
}
