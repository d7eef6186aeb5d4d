// What a user gets: the packages as they are released, installed from a registry into folders that know nothing of this
// repository. Minutes of installing: `MYFY_HEAVY=1 pnpm vitest run test/registry.test.ts`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './registry/commands.ts'
import { Project, readme } from './registry/project.ts'
import { Registry } from './registry/registry.ts'
import { folders, names, Repository } from './registry/repository.ts'

const minutes = 60_000
const root = join(import.meta.dirname, '..')
let scratch: string
// Of the declarations that @myfy/web brings, those of h3 use the newest library and those of crossws the DOM.
const libraries = { without: ['es2022'], with: ['esnext', 'dom'] }
const folder = (name: string) => {
  mkdirSync(join(scratch, name), { recursive: true })
  return join(scratch, name)
}

describe.skipIf(!process.env.MYFY_HEAVY)('from a registry', () => {
  let registry: Registry
  let repository: Repository
  const first = {} as Record<keyof typeof folders, string>
  const project = (name: string) => new Project(join(scratch, name), registry.env)

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'myfy-registry-'))
    registry = await Registry.start(folder('registry'))
    repository = await Repository.copy(folder('repository'), registry.env)
    await repository.pnpm(['version-packages'])
    await repository.commit('versions')
    Object.assign(first, repository.versions())
    await repository.pnpm(['release'])
  }, 10 * minutes)
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]()
    rmSync(scratch, { recursive: true, force: true })
  })

  describe('three ways in', () => {
    test('only @myfy/core: its example runs, and no HTTP comes with it', {
      timeout: 3 * minutes,
    }, async () => {
      const { example, install } = readme('core')
      const app = project('only-core')
      await app.npm('install', ...install)
      expect(await app.installed()).toEqual(new Set(['@myfy/core', '@myfy/di', 'zod']))

      await compile(app, example)
      await using process = app.start('node', ['dist/app.js'], { POLL_MS: '5' })
      await process.says('a job')
      expect(await process.kill('SIGINT')).toMatchObject({ code: 0, signal: null })
    })

    test('@myfy/web: its example runs, answers, and ends with 0 on Ctrl+C', {
      timeout: 3 * minutes,
    }, async () => {
      const { example, install } = readme('web')
      const app = project('web')
      await app.npm('install', ...install)
      await app.npm('install', '--save-dev', '@myfy/cli')
      expect(example).toContain('port: 8000')
      await compile(app, example.replace('port: 8000', 'port: 0'), libraries.with)
      for (const [program, words] of [
        ['node', ['dist/app.js']],
        ['myfy', ['run', 'src/app.ts']],
        ['myfy', ['start', 'dist/app.js']],
      ] as const) {
        await using process = app.start(program, words)
        const origin = await listening(process)
        expect(await (await fetch(`${origin}/users/1`)).json()).toEqual({ id: 1, name: 'Ada' })
        const missing = await fetch(`${origin}/users/2`)
        expect(missing.headers.get('content-type')).toContain('application/problem+json')
        expect(await missing.json()).toMatchObject({ status: 404, userId: 2 })
        expect(await process.kill('SIGINT'), `${program}: ${process.output}`).toMatchObject({ code: 0 })
      }
    })

    test('npm create myfy: it installs, its tests pass, the doctor is content, and it serves', {
      timeout: 8 * minutes,
    }, async () => {
      const made = await project('somewhere').npm('create', 'myfy', 'my-app')
      expect(made).toContain('✓ my-app:')
      expect(made).toContain('cd my-app\n  npm install\n  npm run dev')
      const app = project('somewhere/my-app')
      await app.npm('install')
      await app.npm('test')
      await app.npm('run', 'build')
      const { diagnostics } = JSON.parse(await app.bin('myfy', 'doctor', '--json')) as {
        diagnostics: Array<{ severity: string }>
      }
      expect(diagnostics.length).toBeGreaterThan(0)
      expect(diagnostics.filter(({ severity }) => severity !== 'ok')).toEqual([])
      for (const [i, words] of [
        ['run', 'src/main.ts'],
        ['start', 'dist/main.js'],
      ].entries()) {
        await using process = app.start('myfy', words, { PORT: '0' })
        const user = { name: 'Ada', email: `ada-${i}@example.org` }
        const answer = await fetch(`${await listening(process)}/users`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(user),
        })
        expect(answer.status).toBe(201)
        expect(await process.kill('SIGINT'), process.output).toMatchObject({ code: 0 })
      }
    })
  })

  describe('the types', () => {
    const compilers = { 'typescript-5.9': '5.9.3', 'typescript-6': '6.0.3', 'typescript-7': '7.0.2' }

    beforeAll(async () => {
      const app = project('types')
      const aliases = Object.entries(compilers).map(([name, version]) => `${name}@npm:typescript@${version}`)
      await app.npm('install', ...names, 'zod', '@types/node@20.19.43', ...aliases)
      const without = names.filter((name) => name !== '@myfy/web')
      for (const [folder, packages] of Object.entries({ without, with: names })) {
        const entries = packages.flatMap(entryPoints)
        const imports = entries.map((entry, i) => `import * as entry${i} from '${entry}'`)
        const all = entries.map((_, i) => `entry${i}`)
        app.write(`${folder}/everything.ts`, `${imports.join('\n')}\nexport const all = [${all}]\n`)
      }
      for (const name of ['core', 'di']) app.write(`without/${name}.ts`, readme(name).example)
      app.write('with/web.ts', readme('web').example)
    }, 3 * minutes)

    test.each(
      Object.keys(compilers).flatMap((compiler) =>
        ['bundler', 'nodenext'].flatMap((resolution) =>
          (['without', 'with'] as const).map((web) => [compiler, resolution, web] as const),
        ),
      ),
    )(
      'of every entry point and example hold for %s, moduleResolution %s, %s @myfy/web',
      async (compiler, resolution, web) => {
        const app = project('types')
        const options = {
          target: 'es2022',
          lib: libraries[web],
          module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
          moduleResolution: resolution,
          types: ['node'],
          strict: true,
          exactOptionalPropertyTypes: web === 'without', // h3's own declarations do not stand it
          skipLibCheck: false,
          noEmit: true,
        }
        const file = `tsconfig.${compiler}.${resolution}.${web}.json`
        app.write(file, JSON.stringify({ compilerOptions: options, include: [web] }))
        await run(process.execPath, [`node_modules/${compiler}/bin/tsc`, '-p', file], { cwd: app.folder })
      },
    )
  })

  describe('the tarball', () => {
    test.each(names)(
      'of %s has nothing of the workspace in it, and attw and publint have nothing to say',
      {
        timeout: minutes,
      },
      async (name) => {
        const place = folder(`tarballs/${folders[name]}`)
        const file = await registry.download(name, first[name], place)
        await run('tar', ['-xzf', file], { cwd: place })
        const files = (await run('tar', ['-tzf', file], { cwd: place })).trim().split('\n')
        expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE']))
        for (const manifest of files.filter((path) => path.endsWith('package.json'))) {
          expect(readFileSync(join(place, manifest), 'utf8')).not.toMatch(
            /workspace:|@myfy\/source|\.\.\/\.\./,
          )
        }
        const bin = (name: string) => join(root, 'node_modules/.bin', name)
        await run(bin('attw'), [file, '--profile', 'esm-only', '--no-definitely-typed'], { cwd: place })
        const advice = await run(bin('publint'), ['run', file, '--strict'], { cwd: place })
        expect(advice).toContain('All good!')
      },
    )

    test.each(names)(
      'of %s brings as many packages as its README says',
      { timeout: minutes },
      async (name) => {
        const said = /^Size: .* Dependencies, with theirs: (\d+)\.$/m.exec(
          readFileSync(join(root, `packages/${folders[name]}/README.md`), 'utf8'),
        )
        const app = project(`counted-${folders[name]}`)
        await app.npm('install', name)
        expect((await app.installed()).size - 1).toBe(Number(said?.[1]))
      },
    )
  })

  describe('a release', () => {
    test('gives each package a version of its own, a tag, and a changelog', async () => {
      expect(await repository.tags()).toEqual(names.map((name) => `${name}@${first[name]}`).sort())
      for (const name of names) {
        const log = repository.read(`packages/${folders[name]}/CHANGELOG.md`)
        expect(log).toContain(`# ${name}\n\n## ${first[name]}\n`)
      }
    })

    test('of a change in di alone: its dependents get a patch, nothing else a version', {
      timeout: 5 * minutes,
    }, async () => {
      await repository.change('@myfy/di', 'patch', 'A cycle is named by its shortest path.')
      await repository.pnpm(['version-packages'])
      await repository.commit('versions')
      const after = repository.versions()
      for (const name of names) {
        expect(after[name], name).toBe(name === 'create-myfy' ? first[name] : nextPatch(first[name]))
      }
      expect(repository.read('packages/di/CHANGELOG.md')).toMatch(
        /^# @myfy\/di\n\n## .*\n\n### Patch Changes\n\n- A cycle is named by its shortest path\. \(\[\w{7}\]\(https:\/\/.*\)\)\n/,
      )
      expect(repository.read('packages/web/CHANGELOG.md')).toContain(
        `## ${after['@myfy/web']}\n\n### Patch Changes\n\n- Uses @myfy/core ${after['@myfy/core']}, @myfy/di ${after['@myfy/di']}.\n`,
      )

      // As the workflow releases; without a build service that vouches for it, npm must refuse to.
      await expect(
        repository.pnpm(['exec', 'changeset', 'publish'], { NPM_CONFIG_PROVENANCE: 'true' }),
      ).rejects.toThrow('provenance')
      await repository.pnpm(['release'])
      for (const name of names) {
        const { versions } = await registry.lookUp(name)
        expect(Object.keys(versions)).toEqual([...new Set([first[name], after[name]])])
      }
      const app = project('updated')
      await app.npm('install', '@myfy/web')
      expect(await app.npm('ls', '--all', '@myfy/di')).toContain(`@myfy/di@${after['@myfy/di']}`)
    })

    test('that leaves the range of the reference app gives create-myfy a patch, for it carries that range', {
      timeout: minutes,
    }, async () => {
      const before = repository.versions()
      await repository.change('@myfy/web', 'major', 'Routes are written differently.')
      await repository.pnpm(['version-packages'])
      const after = repository.versions()
      expect(after).toEqual({
        ...before,
        '@myfy/web': '1.0.0',
        'create-myfy': nextPatch(before['create-myfy']),
      })
      expect(repository.read('packages/create-myfy/CHANGELOG.md')).toContain(
        '- A new project asks for @myfy/web 1.0.0.\n',
      )
    })
  })
})

/** Compiles the one file of a project to `dist/app.js`, strictly. */
async function compile(app: Project, source: string, lib = ['es2022']): Promise<void> {
  await app.npm('install', '--save-dev', 'typescript@6.0.3', '@types/node@20.19.43')
  app.write('src/app.ts', source)
  const compilerOptions = {
    target: 'es2022',
    lib,
    strict: true,
    module: 'nodenext',
    types: ['node'],
    rootDir: 'src',
    outDir: 'dist',
  }
  app.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }))
  await app.bin('tsc')
}

/** Where a process says that it listens. */
async function listening(process: {
  says(text: string): Promise<void>
  readonly output: string
}): Promise<string> {
  await process.says('ready in')
  const origin = /http:\/\/[\w.[\]:]+:\d+/.exec(process.output)?.[0]
  if (!origin) throw new Error(`it does not say where it listens:\n${process.output}`)
  return origin
}

/** What can be imported from a package. */
function entryPoints(name: keyof typeof folders): readonly string[] {
  const manifest = join(root, `packages/${folders[name]}/package.json`)
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { exports: Record<string, unknown> }
  return Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1))
}

function nextPatch(version: string): string {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1))
}
