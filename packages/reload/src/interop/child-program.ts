// Runs a program of the application in a child process or a worker thread. Its modules are compiled as those of the
// application, and are separate instances. No module imports this one: the preload makes it the program.

import { ModuleRunner } from '../runner/module-runner.ts'
import { mapStackTraces } from '../runner/stack-trace.ts'
import { appendToJournal } from '../watch/load-journal.ts'
import { CHILD_OPTIONS, type ChildOptions } from './child-options.ts'
import { serveToNode } from './native-imports.ts'

const { journal, tsconfig }: ChildOptions = JSON.parse(process.env[CHILD_OPTIONS] ?? '{}')
const runner = new ModuleRunner({
  importTimeout: 0,
  tsconfig,
  onFile: (file, { hash }) => {
    if (journal !== undefined) appendToJournal(journal, file, hash)
  },
})
mapStackTraces(runner)
serveToNode(runner)
const program = process.argv[1]!
const load = runner.beginLoad()
await load.run(program)
load.commit(program)
