// A signal of the terminal reaches every process, also one that is being forked.
import { expect, test } from 'vitest'
import { createSupervisor } from '../../src/index.ts'
import { createProject } from '../project.ts'
import { application } from '../supervised-process.ts'

const endsBy = (how: string) => ({ ...application(0), 'first.cjs': `process.${how}` })

test.each([
  ["kill(process.pid, 'SIGINT')", 0],
  ["kill(process.pid, 'SIGTERM')", 0],
  ["kill(process.pid, 'SIGKILL')", 1],
  ['exit(7)', 7],
] as const)('the stop of a worker that ends at its start by %s has the exit code %i', async (how, code) => {
  const project = createProject(endsBy(how))
  const supervisor = createSupervisor({ entry: 'app.ts', cwd: project.root, preload: ['./first.cjs'] })
  void supervisor.start()
  expect(await supervisor.stop('SIGINT')).toBe(code)
})
