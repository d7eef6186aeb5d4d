// How whoever runs an entry (the CLI, reload) takes over the run that the entry itself may ask for.

import { pathToFileURL } from 'node:url'
import { StateError } from '../errors.ts'
import type { RunOptions } from '../phases/options.ts'
import type { ExitCode } from '../process/exit-code.ts'
import type { Application } from './application.ts'

/** Takes the place of a run of its own when an entry calls `app.run()` while it is being loaded. */
export interface Runner {
  /** Resolves with the exit code when the run that is under way has ended. */
  join(app: Application, options: RunOptions): Promise<ExitCode>
}

/** On `globalThis`, as the entry may bring a second copy of this package. */
const key = Symbol.for('myfy.runners')

type Holder = { [key]?: Runner[] }

/** Puts a runner in place; disposing what it returns takes it away again. */
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

/** The runner that was put in place last, if any. */
export function installedRunner(): Runner | undefined {
  return (globalThis as Holder)[key]?.at(-1)
}

/** Under `run({ reload: true })` the process becomes the supervisor of a worker that runs the same entry. */
export async function superviseSelf(): Promise<ExitCode> {
  // Found from the program's place, as reload depends on this package and not the other way round.
  const { createRequire } = process.getBuiltinModule('node:module')
  let reload: { superviseSelf(): Promise<ExitCode> }
  try {
    const file = createRequire(pathToFileURL(process.argv[1] ?? 'program')).resolve('@myfy/reload')
    reload = (await import(pathToFileURL(file).href)) as typeof reload
  } catch (cause) {
    throw new StateError(
      'MYFY_RELOAD_MISSING',
      'run({ reload: true }) needs the package @myfy/reload; install it with `npm install --save-dev @myfy/reload`',
      { cause },
    )
  }
  return reload.superviseSelf()
}
