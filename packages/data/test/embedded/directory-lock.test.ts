import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { lockDirectory } from '../../src/embedded/directory-lock.ts'

const root = join(import.meta.dirname, '../..')
const nodeOptions = ['--conditions=@myfy/source', '--import', 'tsx']

const directory = mkdtempSync(join(tmpdir(), 'myfy-lock-'))
const ends: Array<() => unknown> = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  rmSync(directory, { recursive: true, force: true })
})

const canUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0

/** A process that tries to lock the directory, prints the result, and then waits. */
async function locker(wrapper: readonly string[] = []) {
  const module = pathToFileURL(join(root, 'src/embedded/directory-lock.ts')).href
  const script = `const { lockDirectory } = await import('${module}')
    await lockDirectory(${JSON.stringify(directory)}).then(() => console.log('locked'), ({ message }) => console.log(message))
    setInterval(() => {}, 1_000)`
  const node = [process.execPath, ...nodeOptions, '--input-type=module', '-e', script]
  const [command, ...args] = [...wrapper, ...node]
  const child = spawn(command!, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  ends.push(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface(child.stdout), 'line')
  return {
    result: line as string,
    async kill(signal: NodeJS.Signals) {
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    },
  }
}

describe('the lock of a directory', { timeout: 60_000 }, () => {
  it('excludes a second process, and names the first one', async () => {
    const first = await locker()
    expect(first.result).toBe('locked')
    expect((await locker()).result).toMatch(/^Cannot open the data directory .* in use by process \d+ on /)
  })

  it('excludes a second application in the same process, until the first one releases it', async () => {
    const unlock = await lockDirectory(directory)
    await expect(lockDirectory(directory)).rejects.toThrow(/in use by process/)
    await unlock()
    await (await lockDirectory(directory))()
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends with its process on %s', async (signal) => {
    const first = await locker()
    await first.kill(signal)
    const second = await locker()
    expect([first.result, second.result]).toEqual(['locked', 'locked'])
  })

  // What an earlier version, a full disk, or a process with a reused id can leave behind.
  it.each(['', '1', String(process.pid), 'not a number'])(
    'ignores a file that contains %j: only the lock counts',
    async (content) => {
      await (await lockDirectory(directory))()
      for (const name of ['lock', 'process.pid']) writeFileSync(join(directory, name), content)
      expect((await locker()).result).toBe('locked')
    },
  )

  it.skipIf(!canUnshare)(
    'excludes a process in another PID namespace, as in a second container',
    async () => {
      const namespace = ['unshare', '--pid', '--fork', '--kill-child']
      const first = await locker(namespace)
      expect(first.result).toBe('locked')
      expect((await locker(namespace)).result).toMatch(/^Cannot open/)
      expect((await locker()).result).toMatch(/^Cannot open/)
      await first.kill('SIGKILL')
      // The lock is released when the inner process is gone, which follows the outer one.
      let again = await locker()
      for (let attempt = 0; attempt < 5 && again.result !== 'locked'; attempt++) again = await locker()
      expect(again.result).toBe('locked')
    },
  )
})

it('names a directory that cannot be written, with the way out', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'myfy-lock-')), 'file')
  ends.push(() => rmSync(file))
  writeFileSync(file, '')
  await expect(lockDirectory(join(file, 'data'))).rejects.toMatchObject({
    code: 'MYFY_DATA_DIR_UNWRITABLE',
    message: expect.stringMatching(
      /^Cannot open the data directory .*: ENOTDIR: .*[^.]\. Make it writable, or choose another one with the option directory\.$/,
    ),
  })
})
