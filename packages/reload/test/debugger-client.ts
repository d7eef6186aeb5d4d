// A debugger that stays attached until the test ends.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const attach = fileURLToPath(new URL('./fixtures/attach.mjs', import.meta.url))

/** Attaches a debugger. */
export function attachDebugger(port: string): Promise<void> {
  return startClient([port])
}

/** Attaches a debugger and pauses the process. */
export function pauseInDebugger(port: string): Promise<void> {
  return startClient([port, 'pause'])
}

async function startClient(args: readonly string[]): Promise<void> {
  const client = spawn(process.execPath, ['--experimental-websocket', attach, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void client.kill('SIGKILL'))
  await once(client.stdout, 'data')
}
