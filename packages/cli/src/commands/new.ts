// `myfy new`: what `npm create myfy` runs. The starter lies in a package of its own, which a service never needs.

import { spawn } from 'node:child_process'
import { CommandLineError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'

/** Makes a new application in a directory. */
export async function newProject({ cwd, version }: CliContext, directory: string): Promise<CommandResult> {
  // The package of the same release context, whichever it is; before the first release simply the newest.
  const name = version.startsWith('0.0.') ? 'create-myfy' : `create-myfy@^${version}`
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const child = spawn(npm, ['exec', '--yes', '--', name, directory], { cwd, stdio: 'inherit' })
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new CommandLineError(
          'MYFY_CLI_NEW',
          `npm could not be started (${cause.message}); run \`npm create myfy ${directory}\``,
          1,
          { cause },
        ),
      ),
    )
    child.once('exit', (exit) => resolve(exit ?? 1))
  })
  return { exitCode: code, exitNow: true }
}
