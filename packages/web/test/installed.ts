// Packages that only a heavy test uses: they are installed beside the repository, when it runs.

import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Installs packages into a folder of their own. Returns the folder. */
export async function installed(folder: string, ...packages: string[]): Promise<string> {
  const prefix = join(homedir(), '.cache/myfy', folder)
  await mkdir(prefix, { recursive: true })
  await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', '--prefix', prefix, ...packages])
  return prefix
}
