// The checks of `myfy doctor` on the environment: Node.js, the container, and the project's container files.

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Diagnostic, failure, ok, warning } from './diagnostic.ts'
import { commandOfInit, inContainer, isService } from './platform.ts'

/** The environment of an application as plain data. */
export interface Environment {
  readonly nodeVersion: string
  readonly container: boolean
  /** The command line of process 1; empty if it cannot be read. */
  readonly init: readonly string[]
  /** The project's Dockerfile and compose files, by name. */
  readonly files: Readonly<Record<string, string>>
}

const projectFiles = [
  'Dockerfile',
  'Containerfile',
  'compose.yaml',
  'compose.yml',
  'docker-compose.yaml',
  'docker-compose.yml',
]

/** Reads the environment. */
export function readEnvironment(cwd: string): Environment {
  const files: Record<string, string> = {}
  for (const name of projectFiles) {
    const text = read(join(cwd, name))
    if (text !== undefined) files[name] = text
  }
  return { nodeVersion: process.versions.node, container: inContainer(), init: commandOfInit(), files }
}

/** The oldest supported version of Node.js. */
const OLDEST = [20, 19, 0] as const

/** Checks the version of Node.js. */
export function checkNode({ nodeVersion }: Environment): Diagnostic {
  const [major = 0, minor = 0, patch = 0] = nodeVersion.split('.').map((part) => Number.parseInt(part, 10))
  const version = [major, minor, patch]
  const i = version.findIndex((part, at) => part !== OLDEST[at])
  if (i < 0 || version[i]! > OLDEST[i]!) return ok('node', `Node ${nodeVersion}`)
  return failure(
    'node',
    `Node ${nodeVersion} is older than ${OLDEST.join('.')}, the oldest supported version`,
    'install the latest LTS version of Node.js',
  )
}

const wrappers: Readonly<Record<string, string>> = {
  sh: 'a shell',
  bash: 'a shell',
  ash: 'a shell',
  dash: 'a shell',
  npm: 'npm',
  npx: 'npx',
  yarn: 'yarn',
  pnpm: 'pnpm',
}
const initPrograms = [
  'tini',
  'dumb-init',
  'docker-init',
  'catatonit',
  'init',
  'systemd',
  's6-svscan',
  'runit',
  'podman-init',
]

/** Checks that signals reach the application: process 1 of the container, and the command of the Dockerfile. */
export function checkInit({ container, init, files }: Environment): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  if (container && isService(init))
    diagnostics.push(...checkProgram(programOf(init), 'process 1 of this container', false))
  const dockerfile = files.Dockerfile ?? files.Containerfile
  if (dockerfile !== undefined) {
    const composed = Object.entries(files).some(
      ([name, text]) => name.includes('compose') && /^\s*init:\s*true/m.test(text),
    )
    diagnostics.push(...checkDockerfile(dockerfile, composed))
  }
  return diagnostics.length > 0 ? diagnostics : [ok('signals', 'signals reach the application')]
}

function checkProgram(program: string, where: string, hasInit: boolean): readonly Diagnostic[] {
  const wrapper = wrappers[program]
  if (wrapper !== undefined) {
    return [
      failure(
        'signals',
        `${where} is ${wrapper}, which does not forward SIGTERM: every stop ends in SIGKILL and aborts requests`,
        'start the application directly: CMD ["node_modules/.bin/myfy", "start"], or use `exec` in the script',
      ),
    ]
  }
  if (hasInit || initPrograms.includes(program)) return []
  return [
    warning(
      'signals',
      `${where} is ${program} without an init process: orphaned child processes are never reaped`,
      'use `docker run --init`, `init: true` in a compose file, or ENTRYPOINT ["tini", "--"]',
    ),
  ]
}

function checkDockerfile(text: string, composed: boolean): readonly Diagnostic[] {
  const joined = text.replace(/\\\r?\n/g, ' ')
  const stage = joined.slice(Math.max(0, joined.search(/^FROM(?![\s\S]*^FROM)/im)))
  const last = (name: string) =>
    [...stage.matchAll(new RegExp(`^\\s*${name}\\s+(.+)$`, 'gim'))].at(-1)?.[1]?.trim()
  const entrypoint = last('ENTRYPOINT')
  const command = last('CMD')
  if (entrypoint === undefined && command === undefined) return []
  const words = [entrypoint, command].flatMap((one) => (one === undefined ? [] : wordsOf(one)))
  const [first = ''] = words
  const hasInit = composed || initPrograms.includes(basename(first))
  const program = initPrograms.includes(basename(first))
    ? programOf(words.slice(1).filter((word) => !word.startsWith('-')))
    : programOf(words)
  return checkProgram(program, 'the command of the Dockerfile', hasInit)
}

/** The shell form of an instruction runs in a shell, unless it uses `exec`. */
function wordsOf(instruction: string): readonly string[] {
  if (instruction.startsWith('[')) {
    try {
      return (JSON.parse(instruction) as unknown[]).map(String)
    } catch {
      return ['sh', '-c', instruction]
    }
  }
  const exec = /^exec\s+(\S+.*)$/.exec(instruction)
  return exec ? exec[1]!.split(/\s+/) : ['sh', '-c', instruction]
}

function programOf(words: readonly string[]): string {
  const program = basename(words[0] ?? '')
  // `sh -c "exec node …"` becomes node.
  const exec =
    wrappers[program] === 'a shell' && words[1] === '-c' ? /^exec\s+(\S+)/.exec(words[2] ?? '') : undefined
  return exec ? basename(exec[1]!) : program
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
