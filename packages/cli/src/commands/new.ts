// `myfy new`: runs `npm create myfy`. The templates are in a separate package, which a service does not need.

import { spawn } from 'node:child_process'
import { CommandLineError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'

/** Options of `new`, passed on to create-myfy. */
export interface NewOptions {
  readonly template?: string
  readonly install?: boolean
  readonly json?: boolean
}

/** Creates an application in a directory. */
export async function newProject(
  { cwd, version }: CliContext,
  directory: string,
  { template, install, json }: NewOptions,
): Promise<CommandResult> {
  // The template has the same release line as this package. Before the first release it is the newest one.
  const name = version.startsWith('0.0.') ? 'create-myfy' : `create-myfy@^${version}`
  const options = [
    ...(template === undefined ? [] : ['--template', template]),
    ...(install === undefined ? [] : [install ? '--install' : '--no-install']),
    ...(json === true ? ['--json'] : []),
  ]
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const child = spawn(npm, ['exec', '--yes', '--', name, directory, ...options], { cwd, stdio: 'inherit' })
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new CommandLineError(
          'MYFY_CLI_NEW',
          `Cannot create ${directory}: npm could not be started (${cause.message}). Install npm, or run \`npx create-myfy ${directory}\`.`,
          1,
          { cause },
        ),
      ),
    )
    child.once('exit', (exit) => resolve(exit ?? 1))
  })
  return { exitCode, exitNow: true }
}
