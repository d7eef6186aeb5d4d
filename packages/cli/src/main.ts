// The program `myfy`. It loads the rest after it has forked the worker of `myfy run`, so that both load side by side.

import { forkFirstWorker } from './commands/first-worker.ts'
import { exitOnEarlySignals } from './terminal/early-signals.ts'

exitOnEarlySignals()

const firstWorker = forkFirstWorker(process.argv.slice(2))
// Not awaited at the top level: an application that ends by itself would make the exit code 13.
void import('./command-line.ts').then(({ runCommandLine }) => runCommandLine(firstWorker))
