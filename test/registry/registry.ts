// A registry on a free port: our packages are published into it, everything else it takes from the machine's registry.
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Service } from '../../packages/core/test/process.ts'
import { freePort } from '../free-port.ts'
import { run, shell } from './commands.ts'

// 6.9 needs Node 22. Kept beside the other tools: it is too large (58 MB) to be installed for everybody.
const version = '6.8.0'
const root = join(import.meta.dirname, '../..')
const home = join(root, `node_modules/.cache/verdaccio-${version}`)

/** What a package looks like in a registry. */
export interface Published {
  readonly versions: Readonly<Record<string, { readonly dist: { readonly tarball: string } }>>
}

export class Registry implements AsyncDisposable {
  /** For npm and pnpm: this registry, a user that may publish, a cache of its own. */
  readonly env: NodeJS.ProcessEnv
  readonly #url: string
  readonly #process: Service

  private constructor(url: string, env: NodeJS.ProcessEnv, process: Service) {
    this.#url = url
    this.env = env
    this.#process = process
  }

  /** Starts one that keeps everything in a folder. */
  static async start(folder: string): Promise<Registry> {
    await install()
    const upstream = await run('npm', ['config', 'get', 'registry'], { cwd: folder, env: { ...process.env } })
    const ours = { access: '$all', publish: '$authenticated', unpublish: '$authenticated' }
    const config = join(folder, 'verdaccio.json') // JSON is YAML
    writeFileSync(
      config,
      JSON.stringify({
        storage: join(folder, 'storage'),
        auth: { htpasswd: { file: join(folder, 'htpasswd') } },
        uplinks: { machine: { url: upstream.trim() } },
        packages: {
          '@myfy/*': ours,
          'create-myfy': ours,
          '**': { access: '$all', proxy: 'machine' },
        },
        max_body_size: '50mb',
        log: { type: 'stdout', format: 'pretty', level: 'warn' },
      }),
    )
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/`
    const bin = join(home, 'node_modules/verdaccio/bin/verdaccio')
    const words = [bin, '--config', config, '--listen', `127.0.0.1:${port}`]
    const service = new Service(process.execPath, words, { cwd: folder, env: shell() })
    await service.says('http address')
    const npmrc = join(folder, 'npmrc')
    writeFileSync(npmrc, `registry=${url}\n${url.slice('http:'.length)}:_authToken=${await token(url)}\n`)
    const env = shell({ npm_config_userconfig: npmrc, npm_config_cache: join(folder, 'npm-cache') })
    return new Registry(url, env, service)
  }

  /** What it knows of a package. */
  async lookUp(name: string): Promise<Published> {
    const response = await fetch(new URL(name, this.#url))
    if (!response.ok) throw new Error(`${name} is not in the registry: ${response.status}`)
    return (await response.json()) as Published
  }

  /** Stores the tarball of a version in a folder and returns its path. */
  async download(name: string, version: string, folder: string): Promise<string> {
    const entry = (await this.lookUp(name)).versions[version]
    if (!entry) throw new Error(`${name} ${version} is not in the registry`)
    const file = join(folder, `${name.replace('/', '-')}-${version}.tgz`)
    writeFileSync(file, new Uint8Array(await (await fetch(entry.dist.tarball)).arrayBuffer()))
    return file
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}

async function install(): Promise<void> {
  if (existsSync(home)) return
  mkdirSync(dirname(home), { recursive: true })
  const fresh = mkdtempSync(`${home}-`)
  // Verdaccio asks for a dist-tag of node-fetch that not every mirror of npm passes on.
  writeFileSync(join(fresh, 'package.json'), JSON.stringify({ overrides: { 'node-fetch': '2.7.0' } }))
  const words = ['install', `verdaccio@${version}`, '--no-audit', '--no-fund']
  await run('npm', words, { cwd: fresh, env: { ...process.env } })
  renameSync(fresh, home)
}

async function token(url: string): Promise<string> {
  const response = await fetch(new URL('-/user/org.couchdb.user:publisher', url), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'publisher', password: crypto.randomUUID() }),
  })
  return ((await response.json()) as { token: string }).token
}
