import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandContext } from '@myfy/core'
import { expect, onTestFinished, test } from 'vitest'
import { proveCommand } from '../../src/prove-command.ts'

/** Runs the command with a scenario, before it reaches a database. */
async function prove(scenario: string): Promise<unknown> {
  const context = { app: { modules: [] }, options: { scenario }, args: [] } as unknown as CommandContext
  return proveCommand({ options: { url: 'postgres://localhost:1/none' } }).run(context)
}

function fileOf(content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'myfy-scenario-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'scenario.mjs'), content)
  return join(directory, 'scenario.mjs')
}

test('a scenario that is not there is refused with its path', async () => {
  await expect(prove('nope')).rejects.toMatchObject({
    code: 'MYFY_PROVE_SCENARIO',
    message: 'Cannot prove nope: there is no such file. Correct the path after --scenario.',
  })
})

test.each([
  ['that throws', "throw new Error('out of order.')", 'its import failed: out of order. Correct the file.'],
  ['that exports none', 'export const a = 1', 'it exports no scenario as default. Write'],
])('a scenario %s is refused with its reason', async (_, content, reason) => {
  const file = fileOf(content)
  await expect(prove(file)).rejects.toThrow(`Cannot prove ${file}: ${reason}`)
})
