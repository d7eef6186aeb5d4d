// How whoever runs an entry (the CLI, reload) takes over the run that the entry itself may ask for.

import type { Application, RunOptions } from './application.ts'
import type { ExitCode } from './exitcode.ts'

/** Takes the place of a run of its own when an entry calls `app.run()` while it is being loaded. */
export interface Runner {
  /** Resolves with the exit code when the run that is under way has ended. */
  join(app: Application, options: RunOptions): Promise<ExitCode>
}

/** On `globalThis`, as the entry may bring a second copy of this package. */
const key = Symbol.for('myfy.runner')

type Holder = { [key]?: Runner | undefined }

/** Puts a runner in place; disposing what it returns takes it away again. */
export function installRunner(runner: Runner): Disposable {
  const holder = globalThis as Holder
  const before = holder[key]
  holder[key] = runner
  return {
    [Symbol.dispose]() {
      if (holder[key] === runner) holder[key] = before
    },
  }
}

/** The runner in place, if any. */
export function installedRunner(): Runner | undefined {
  return (globalThis as Holder)[key]
}
