// A copy of this repository with a history of its own, released from as a maintainer releases.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { run, shell } from './commands.ts'

const root = join(import.meta.dirname, '../..')
const author = {
  GIT_AUTHOR_NAME: 'Releaser',
  GIT_AUTHOR_EMAIL: 'releaser@example.org',
  GIT_COMMITTER_NAME: 'Releaser',
  GIT_COMMITTER_EMAIL: 'releaser@example.org',
}

/** The packages of the workspace that are published, by name. */
export const folders = {
  '@myfy/di': 'di',
  '@myfy/core': 'core',
  '@myfy/web': 'web',
  '@myfy/reload': 'reload',
  '@myfy/cli': 'cli',
  'create-myfy': 'create-myfy',
} as const

export type PackageName = keyof typeof folders
export const names = Object.keys(folders) as PackageName[]

export class Repository {
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder
    this.#env = { ...env, ...author }
  }

  /** Copies what git knows and what it does not ignore, and installs; what is released goes to `env`'s registry. */
  static async copy(folder: string, env: NodeJS.ProcessEnv): Promise<Repository> {
    const listed = await run('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root })
    for (const file of listed.split('\0').filter((one) => one !== '' && existsSync(join(root, one)))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      copyFileSync(join(root, file), join(folder, file))
    }
    const repository = new Repository(folder, env)
    await repository.#git('init', '-q', '-b', 'main')
    await repository.commit('everything')
    await run('npx', ['-y', 'pnpm@10.34.9', 'install', '--frozen-lockfile'], { cwd: folder, env: shell() })
    return repository
  }

  pnpm(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    return run('npx', ['-y', 'pnpm@10.34.9', ...words], { cwd: this.#folder, env: { ...this.#env, ...env } })
  }

  /** What a contributor does: a change in the source, and a changeset that says what it means. */
  async change(name: PackageName, bump: 'patch' | 'minor' | 'major', summary: string): Promise<void> {
    const source = `packages/${folders[name]}/src/index.ts`
    this.write(source, `${this.read(source)}\n// ${summary}\n`)
    this.write('.changeset/a-change.md', `---\n'${name}': ${bump}\n---\n\n${summary}\n`)
    await this.commit(summary)
  }

  /** The versions that stand in the packages now. */
  versions(): Record<PackageName, string> {
    const entries = names.map((name) => [name, this.manifest(folders[name]).version])
    return Object.fromEntries(entries) as Record<PackageName, string>
  }

  manifest(folder: string): { readonly version: string } {
    return JSON.parse(this.read(`packages/${folder}/package.json`)) as { version: string }
  }

  read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8')
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.#folder, file), content)
  }

  async commit(message: string): Promise<void> {
    await this.#git('add', '-A')
    await this.#git('commit', '-q', '-m', message)
  }

  /** The tags, one a release. */
  async tags(): Promise<readonly string[]> {
    return (await this.#git('tag', '--list')).trim().split('\n')
  }

  #git(...words: string[]): Promise<string> {
    return run('git', words, { cwd: this.#folder, env: this.#env })
  }
}
