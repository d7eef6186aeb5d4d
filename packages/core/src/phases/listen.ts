// The transports of one life: opened in order, on the sockets of the life before where there is one; closed in the end.

import type { Application } from '../application/application.ts'
import type { EventBody } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import { Latch } from '../hooks/hook-runner.ts'
import type { Transport } from '../modules/transport.ts'

/** What a transport is told when it begins to listen. */
export interface ListenParts {
  readonly app: Application<unknown>
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
  /** What whoever leads the run gave for it to listen on. */
  readonly supervisor: unknown
  /** The transports of the life before, which hand over to those of the same name. */
  readonly predecessors: readonly Transport[]
}

/** The transports that listen. */
export class TransportSet {
  readonly list: Transport[] = []
  readonly #inherited: Array<[transport: Transport, before: Transport]> = []
  readonly #policy: HookPolicy

  constructor(policy: HookPolicy) {
    this.#policy = policy
  }

  /** Opens them one after the other; the first that fails ends it. */
  async open(transports: readonly Transport[], context: ListenParts): Promise<void> {
    const { app, logger, emit, supervisor, predecessors: former } = context
    for (const transport of transports) {
      const before = former.find((other) => other.name === transport.name)
      const inherited = before?.handOff?.() ?? supervisor
      if (before) this.#inherited.push([transport, before])
      this.list.push(transport)
      await this.#policy.runOrThrow({ phase: 'listen', owner: transport.name }, ({ signal }) =>
        transport.listen({ app, signal, logger, inherited, supervisor }),
      )
      emit({ type: 'transport.listening', transport: transport.name, url: transport.url })
    }
    this.#policy.throwIfStopping()
  }

  /** What was inherited belongs here from now on. */
  confirm(): void {
    this.#inherited.length = 0
  }

  /** The life before goes on with its sockets: they are not this one's to close. */
  returnListeners(): void {
    for (const [transport, before] of this.#inherited.splice(0)) {
      transport.handOff?.()
      before.reclaim?.()
    }
  }

  /** Cuts what is left of them, also when the end is forced: nothing may go on accepting. */
  async close(): Promise<void> {
    const limits = { ms: 1_000, remedy: 'close() must cut at once', force: new Latch() }
    for (const transport of this.list) {
      const step = { phase: 'close', owner: transport.name } as const
      const result = await this.#policy.runner.run(step, limits, () => transport.close())
      if (result.status === 'failed' || result.status === 'abandoned')
        this.#policy.status.stopErrors.push(result.error)
    }
  }
}
