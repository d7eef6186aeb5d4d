// Modules that write down what happens to them.
import { defineModule, type Module, type StartContext, type StopContext } from '@myfy/core'

export interface Behaviour {
  readonly requires?: readonly string[]
  start?(context: StartContext): unknown
  stop?(context: StopContext): unknown
}

/** A module that notes `start a` and `stop a` in the journal, then behaves as it is told. */
export function recorded(journal: string[], name: string, behaviour: Behaviour = {}): Module {
  return defineModule({
    name,
    requires: behaviour.requires,
    async start(context: StartContext) {
      journal.push(`start ${name}`)
      await behaviour.start?.(context)
    },
    async stop(context: StopContext) {
      journal.push(`stop ${name}`)
      await behaviour.stop?.(context)
    },
  })
}
