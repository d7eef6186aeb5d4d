// What to do about a problem, by the rule that is broken.

const byRule: Readonly<Record<string, string>> = {
  failure: 'Handle the error where it occurs, or name in `requires` the module that must start first.',
  hang: 'Pass the signal of the hook to what it waits for, or give the wait a limit.',
  'before start': 'Name the module of the service in `requires` of the module that calls it.',
  'after stop':
    'Name the module of the service in `requires` of the module that calls it, which then stops first; end the timers and loops of that one in its `stop`.',
  once: 'Leave `start` and `stop` to the application, and release with `defer` what `start` acquires.',
  order: 'Name in `requires` the module that must stop later.',
  lost: 'Track the work with `track` or `app.work`, so that the drain waits for it, or finish it in `drain`.',
  leak: 'Release it in `stop`, or where it is acquired with `defer`; give a timer the signal of its hook.',
  budget: 'Let the stop take less time, or give it more with the option `shutdown`.',
  exit: 'Throw an error, or call `app.stop()`: the application ends the process.',
  'exit code': 'Leave `process.exitCode` to the application; a failure that must be seen has to be thrown.',
  endless: 'Let each wait end: by a signal, by a limit, or by an event that comes in any case.',
}

/** Returns what to do about a problem; undefined where only its application can tell. */
export function adviceOn(rule: string): string | undefined {
  return byRule[rule]
}
