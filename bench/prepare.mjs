// Prepares a benchmark: installs the peers from the lock file and builds the packages from the working tree.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)
const measured = ['di', 'core', 'web', 'data', 'tasks', 'reload', 'cli']

export function prepare(name) {
  installPeers(here)
  // The peers of the command line and of reload are the same tools, with a separate lock file.
  if (name === 'reload' || name === 'cli') installPeers(join(here, 'reload'))
  if (name === 'tasks') installPeers(join(here, 'tasks'))
  if (!existsSync(join(root, 'node_modules/.modules.yaml')))
    run('npx', ['-y', 'pnpm@10.34.9', 'install', '--frozen-lockfile'], root)
  const stale = measured.filter((one) => isStale(join(root, 'packages', one)))
  if (stale.length > 0) {
    console.error(`building ${measured.join(', ')}: ${stale.join(', ')} changed since the last build`)
    const filters = measured.flatMap((one) => ['--filter', `./packages/${one}`])
    run('npx', ['-y', 'pnpm@10.34.9', '-r', ...filters, 'run', 'build'], root)
  }
}

function installPeers(directory) {
  const installed = newest(join(directory, 'node_modules/.package-lock.json'))
  if (installed === 0 || installed < newest(join(directory, 'package-lock.json')))
    run('npm', ['ci', '--no-audit', '--no-fund'], directory)
}

function isStale(directory) {
  const built = newest(join(directory, 'dist/index.js'))
  return (
    built === 0 ||
    ['src', 'package.json', 'tsup.config.ts'].some((part) => newest(join(directory, part)) > built)
  )
}

/** Returns the modification time of a file, or of the newest file in a folder; 0 if there is none. */
function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((entry) => newest(join(path, entry))))
}

/** Runs a command. Its output goes to stderr, because stdout is for the figures. */
function run(command, args, cwd) {
  console.error(`$ ${command} ${args.join(' ')}`)
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${status}`, { cause: error })
}
