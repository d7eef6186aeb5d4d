// The runner: a supervisor (the CLI, reload) that runs the application of an entry which calls `app.run()` itself.

import { pathToFileURL } from 'node:url'
import { StateError } from '../errors.ts'
import type { App } from '../modules/app.ts'
import type { ExitCode } from '../runtime/process-exit.ts'
import type { RunOptions } from './run-options.ts'

/** Receives the `app.run()` of an entry that a supervisor runs. */
export interface Runner {
  /** Resolves to the exit code when the supervised run has ended. */
  join(app: App, options: RunOptions): Promise<ExitCode>
}

/** The key on `globalThis`: the entry may have a second copy of this package. */
const key = Symbol.for('myfy.runners')

type Holder = { [key]?: Runner[] }

/** Installs a runner. Disposing the result removes it. */
export function installRunner(runner: Runner): Disposable {
  const holder = globalThis as Holder
  holder[key] ??= []
  const runners = holder[key]
  runners.push(runner)
  return {
    [Symbol.dispose]() {
      const at = runners.indexOf(runner)
      if (at >= 0) runners.splice(at, 1)
    },
  }
}

/** Returns the runner that was installed last. */
export function installedRunner(): Runner | undefined {
  return (globalThis as Holder)[key]?.at(-1)
}

/** Makes this process the supervisor of a worker that runs the same entry, for `run({ reload: true })`. */
export async function superviseSelf(): Promise<ExitCode> {
  // Resolved from the program, as @myfy/reload depends on this package and not the reverse.
  const { createRequire } = process.getBuiltinModule('node:module')
  let reload: { superviseSelf(): Promise<ExitCode> }
  try {
    const file = createRequire(pathToFileURL(process.argv[1] ?? 'program')).resolve('@myfy/reload')
    reload = (await import(pathToFileURL(file).href)) as typeof reload
  } catch (cause) {
    throw new StateError(
      'MYFY_RELOAD_MISSING',
      'Cannot run with `reload: true`: the package @myfy/reload is not installed. Run `npm install --save-dev @myfy/reload`.',
      { cause },
    )
  }
  return reload.superviseSelf()
}
