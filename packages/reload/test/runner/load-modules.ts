// Loads the modules of a project into this process, without a supervisor.

import { ModuleRunner } from '../../src/runner/module-runner.ts'
import { createProject, type Project } from '../project.ts'

export interface Loaded {
  readonly project: Project
  readonly runner: ModuleRunner
  // biome-ignore lint/suspicious/noExplicitAny: the test knows its modules
  readonly exports: Record<string, any>
  readonly entry: string
}

/** Loads `main.ts`, or another entry, of a project with these files. */
export async function loadModules(files: Record<string, string>, entry = 'main.ts'): Promise<Loaded> {
  const project = createProject(files)
  const runner = new ModuleRunner({ conditions: [] })
  const load = runner.beginLoad()
  const exports = await load.run(project.file(entry))
  load.commit(project.file(entry))
  return { project, runner, exports: exports as Loaded['exports'], entry: project.file(entry) }
}
