// Running npm, pnpm and git as a user's shell would: without what vitest and pnpm tell their own children.
import { execFile } from 'node:child_process'

/** The environment of a fresh shell, and what is added to it. */
export function shell(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = /^(npm_|pnpm_|NODE_OPTIONS$|NODE_ENV$|VITEST|MYFY_|FORCE_COLOR$)/i
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return { ...Object.fromEntries(kept), CI: 'true', NO_COLOR: '1', ...extra }
}

/** Where and with what a command runs. */
export interface Surrounding {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command to its end and returns its standard output. @throws Error with all of the output if it fails */
export function run(command: string, args: readonly string[], { cwd, env = shell() }: Surrounding) {
  return new Promise<string>((resolve, reject) => {
    const options = { cwd, env, maxBuffer: 64e6 }
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      reject(
        new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${stdout}\n${stderr}`, { cause: error }),
      )
    })
    child.stdin?.end()
  })
}
