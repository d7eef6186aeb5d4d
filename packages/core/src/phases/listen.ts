// The transports of one lifecycle.

import { ModuleError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import type { HookControl } from '../hooks/hook-run.ts'
import { Latch } from '../hooks/latch.ts'
import type { App } from '../modules/app.ts'
import type { Module } from '../modules/module.ts'
import type { Transport } from '../modules/transport.ts'

/** The inputs of listening. */
export interface ListenParts {
  readonly app: App
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
  /** The listening handle that a supervisor owns. */
  readonly supervisor: unknown
  /** The transports of the running application, which hand off to those of the same name. */
  readonly predecessors: readonly Transport[]
}

/** The time that `close` of a transport may take, in ms. */
const CLOSE_MS = 1_000

/** The transports that listen. */
export class TransportSet {
  readonly list: Transport[] = []
  readonly #takenOver: Array<[transport: Transport, predecessor: Transport]> = []
  readonly #policy: HookPolicy

  constructor(policy: HookPolicy) {
    this.#policy = policy
  }

  /** Returns the transports that a module brings. */
  ofModule(module: Module): Promise<readonly Transport[]> {
    const ref = { phase: 'listen', owner: module.name, module: true } as const
    return this.#policy.runOrThrow(ref, () => checkTransports(module, module.transports?.()))
  }

  /** Listens with one transport after the other. The first failure ends it. */
  async open(transports: readonly Transport[], parts: ListenParts): Promise<void> {
    const { app, logger, emit, supervisor, predecessors } = parts
    for (const transport of transports) {
      const predecessor = predecessors.find((other) => other.name === transport.name)
      const listen = ({ signal }: HookControl) => {
        const inherited = predecessor?.handOff?.() ?? supervisor
        if (predecessor) this.#takenOver.push([transport, predecessor])
        this.list.push(transport)
        return transport.listen({ app, signal, logger, inherited, supervisor })
      }
      // One that was abandoned may listen later, when the others were closed.
      const onLate = () => this.#close(transport)
      await this.#policy.runOrThrow({ phase: 'listen', owner: transport.name }, listen, onLate)
      emit({ type: 'transport.listening', transport: transport.name, url: transport.url })
    }
    this.#policy.throwIfStopping()
  }

  /** Completes a takeover: the sockets belong to this application from now on. */
  confirm(): void {
    this.#takenOver.length = 0
  }

  /** Undoes a takeover: the running application keeps its sockets. */
  returnListeners(): void {
    for (const [transport, predecessor] of this.#takenOver.splice(0)) {
      transport.handOff?.()
      predecessor.reclaim?.()
    }
  }

  /** Closes all transports, also when the end is forced: none may continue to accept work. */
  async close(): Promise<void> {
    for (const transport of this.list) await this.#close(transport)
  }

  #close(transport: Transport): Promise<void> {
    const deadline = { ms: CLOSE_MS, remedy: 'Make close() cut at once.', force: new Latch() }
    const ref = { phase: 'close', owner: transport.name } as const
    return this.#policy.runUnforced(ref, deadline, () => transport.close())
  }
}

function checkTransports(module: Module, transports: unknown): readonly Transport[] {
  if (transports === undefined) return []
  const isList = Array.isArray(transports)
  if (isList && transports.every((one) => typeof (one as Transport | null)?.listen === 'function'))
    return transports
  const given = isList ? 'something that is not a transport' : `a value of type ${typeof transports}`
  throw new ModuleError(
    'MYFY_MODULE_TRANSPORTS_INVALID',
    `Cannot listen for the module '${module.name}': transports() returned ${given}. Return a list of transports.`,
  )
}
