// The packages as `pnpm pack` makes them, published to a registry without a release.
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run, shell } from './commands.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Builds and packs every package into a folder, and publishes the tarballs to the registry of `env`. A folder of tarballs
 * that exists is published as it is.
 */
export async function publishPacked(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const pnpm = (...words: string[]) =>
    run('npx', ['-y', 'pnpm@10.34.9', '-r', '--filter', './packages/*', ...words], {
      cwd: root,
      env: shell(),
    })
  if (!existsSync(folder)) {
    await pnpm('run', 'build')
    mkdirSync(folder, { recursive: true })
    await pnpm('exec', 'pnpm', 'pack', '--pack-destination', folder)
  }
  for (const tarball of readdirSync(folder))
    await run('npm', ['publish', join(folder, tarball)], { cwd: folder, env })
}
