// Signals that arrive before the application has begun to run.
//
// For process 1 of a container the kernel ignores a signal that has no handler: a SIGTERM that arrives while the entry
// loads would be lost, and the container killed when its grace period has passed. The same is true of a process whose
// preload handles the signal, as @opentelemetry/auto-instrumentations-node/register does. Every other process ends by itself.

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const

/** The commands for which an end before the start is a clean end. Any other command has not done its work. */
const SERVICES: ReadonlySet<string | undefined> = new Set(['start', 'run'])

function report(signal: NodeJS.Signals): void {
  process.stderr.write(`Received ${signal} before the application was started: nothing had to be stopped\n`)
}

function endService(signal: NodeJS.Signals): void {
  report(signal)
  process.exit(0)
}

function endCommand(signal: NodeJS.Signals, number: number): void {
  report(signal)
  process.exit(128 + number)
}

/** Makes a process end at a signal that would not end it, until {@link releaseEarlySignals}. */
export function exitOnEarlySignals(): void {
  // Read now: while the entry loads, the arguments are those of the application.
  const end = SERVICES.has(process.argv[2]) ? endService : endCommand
  // The program and the command line both call this, and one release has to be enough.
  releaseEarlySignals()
  for (const signal of SIGNALS)
    if (process.pid === 1 || process.listenerCount(signal) > 0) process.on(signal, end)
}

/** Leaves the signals to the handlers that are installed now. */
export function releaseEarlySignals(): void {
  for (const signal of SIGNALS) process.off(signal, endService).off(signal, endCommand)
}
