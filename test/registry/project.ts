// A folder somewhere else, in which somebody begins: npm, TypeScript, and what a README says.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Service } from '../../packages/core/test/process.ts'
import { run } from './commands.ts'

const packages = join(import.meta.dirname, '../../packages')

/** The first example and the first `npm install` of a README. */
export function readme(folder: string): { readonly example: string; readonly install: readonly string[] } {
  const text = readFileSync(join(packages, folder, 'README.md'), 'utf8')
  const example = /^```ts\n([\s\S]*?)^```/m.exec(text)?.[1]
  const install = /^npm install (.+)$/m.exec(text)?.[1]
  if (!example || !install) throw new Error(`packages/${folder}/README.md has no example or no installation`)
  return { example, install: install.split(' ') }
}

export class Project {
  readonly folder: string
  readonly #env: NodeJS.ProcessEnv

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder
    this.#env = env
    mkdirSync(folder, { recursive: true })
    if (!existsSync(join(folder, 'package.json')))
      this.write('package.json', '{ "type": "module", "private": true }')
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), content)
  }

  npm(...words: string[]): Promise<string> {
    return run('npm', [...words, '--no-audit', '--no-fund'], { cwd: this.folder, env: this.#env })
  }

  /** Runs a program of `node_modules/.bin` to its end. */
  bin(name: string, ...words: string[]): Promise<string> {
    return run(this.#bin(name), words, { cwd: this.folder, env: this.#env })
  }

  /** Starts a program of `node_modules/.bin`, or `node`, as from a terminal. */
  start(name: string, words: readonly string[], env: Record<string, string> = {}): Service {
    const command = name === 'node' ? process.execPath : this.#bin(name)
    return new Service(command, words, { cwd: this.folder, env: { ...this.#env, ...env } })
  }

  /** The names of all that is installed, the whole depth of the tree. */
  async installed(...words: string[]): Promise<ReadonlySet<string>> {
    const lines = await this.npm('ls', '--all', '--parseable', ...words)
    const paths = lines.trim().split('\n').slice(1)
    return new Set(paths.map((path) => path.split('/node_modules/').at(-1)!))
  }

  #bin(name: string): string {
    return join(this.folder, 'node_modules/.bin', name)
  }
}
