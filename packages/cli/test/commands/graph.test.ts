import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { instance } from '@viz-js/viz'
import { describe, expect, test } from 'vitest'
import { draw } from '../../src/commands/graph.ts'
import type { ApplicationModel, ProviderRow } from '../../src/graph/application-model.ts'
import { myfy, project } from '../project.ts'

const artefacts = fileURLToPath(new URL('../../.artefacts', import.meta.url))
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const mermaid = fileURLToPath(
  new URL('../../../../bench/cli/node_modules/mermaid/dist/mermaid.min.js', import.meta.url),
)
const run = promisify(execFile)

/** Returns a model of `size` providers, ten a module, every second one with two edges. */
function picture(size: number): ApplicationModel {
  const modules = Array.from({ length: Math.ceil(size / 10) }, (_, i) => ({
    name: `module ${i} "<&>"`,
    class: `Module${i}`,
    level: Math.floor(i / 8),
    requires: i >= 8 ? [`module ${i - 8} "<&>"`] : [],
    hooks: [],
    transports: [],
    commands: [],
    exclusive: false,
  }))
  const scopes = ['singleton', 'request', 'task', 'transient'] as const
  const kinds = ['class', 'factory', 'value', 'seed', 'entry'] as const
  const providers = Array.from({ length: size }, (_, i): ProviderRow => {
    return {
      id: `n${i}`,
      name: i === 0 ? 'GET /users/:id' : `Service<${i}> & "more" \\ [x] {y} ;#\nend`,
      kind: kinds[i % 5]!,
      scope: scopes[i % 4]!,
      module: i % 11 === 0 ? undefined : modules[Math.floor(i / 10)]!.name,
      injects: [],
    }
  })
  const edges = providers.slice(1).map(({ id }, i) => ({
    from: id,
    to: `n${i % 7}`,
    kind: i % 3 === 0 ? ('lazy' as const) : ('inject' as const),
  }))
  const problems = [
    {
      code: 'MYFY_DI_SCOPE',
      message: 'GET /users/:id <b>needs</b> a provider',
      path: ['GET /users/:id', `${providers[3]!.name} (request)`],
    },
  ]
  return { modules, providers, edges, issues: problems }
}

const sizes = [10, 300]

describe('the graph', () => {
  test.each(sizes)('of %i providers as DOT is accepted by Graphviz', async (size) => {
    const viz = await instance()
    const result = viz.render(draw(picture(size), 'dot', ''), { format: 'svg' })
    expect(result.errors.filter(({ level }) => level === 'error')).toEqual([])
    expect(result.status).toBe('success')
    expect(result.output).toContain('GET /users/:id')
  })

  // 135 MB of a parser are not part of the workspace: `npm ci` in bench/cli brings it.
  test.skipIf(!chromium || !existsSync(mermaid)).each(sizes)(
    'of %i providers as Mermaid is accepted by Mermaid',
    async (size) => {
      const text = JSON.stringify(draw(picture(size), 'mermaid', '')).replaceAll('<', '\\u003c')
      const page = `<script src="${pathToFileURL(mermaid).href}"></script><p id="result">waiting</p><script>
mermaid.parse(${text}).then((r) => { result.textContent = 'accepted ' + r.diagramType }, (e) => { result.textContent = 'refused ' + e.message })</script>`
      expect(await dom(page)).toContain('accepted flowchart')
    },
  )

  test('as JSON is the model', () => {
    expect(JSON.parse(draw(picture(10), 'json', ''))).toEqual(JSON.parse(JSON.stringify(picture(10))))
  })

  test.each(sizes)('of %i providers as a page needs no network and escapes every name', (size) => {
    const html = draw(picture(size), 'html', 'a <title>')
    expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org)/)
    expect(html).toContain("default-src 'none'")
    expect(html).not.toContain('<b>needs</b>')
    expect(html).not.toContain('Service<1>')
    expect(html).toContain('a &#60;title&#62;')
    expect(html.match(/<li /g)).toHaveLength(size)
  })

  test.skipIf(!chromium).each(sizes)(
    'of %i providers as a page is drawn, searched and selected in Chromium',
    async (size) => {
      const html = draw(picture(size), 'html', 'src/app.ts')
      const shown = await dom(html, '#q=users', `graph-${size}.png`)
      const edges = shown.match(/<path d="M[^"]*C[^"]*" marker-end="[^"]*" class="[^"]*"/g) ?? []
      expect(edges.length).toBeGreaterThanOrEqual(size - 1)
      expect(edges.filter((edge) => edge.includes('fault'))).not.toHaveLength(0)
      expect(shown.match(/<li id="n0" class="[^"]*found/)).toBeTruthy()
      expect(shown.match(/<li id="n1" class="[^"]*faded/)).toBeTruthy()
      expect(statSync(join(artefacts, `graph-${size}.png`)).size).toBeGreaterThan(10_000)
      expect(await dom(html, '#id=n0')).toMatch(
        /<footer id="details"><b>GET \/users\/:id: class, singleton<\/b>/,
      )
    },
  )
})

describe('myfy graph', () => {
  const good = `
import { Application, defineModule } from '@myfy/core'
class Clock {}
export const app = new Application().addModule(defineModule({ name: 'time', configure: (container) => container.register(Clock) }))`

  test('writes the format of the extension', async () => {
    const cwd = project({ 'app.mjs': good })
    const { code, stdout, stderr } = await myfy(['graph', '--out', 'graph.html'], { cwd })
    expect(readFileSync(join(cwd, 'graph.html'), 'utf8')).toContain('Clock')
    expect(stderr).toContain('✓ graph.html: 1 module, 2 providers')
    expect(stdout).toBe('')
    expect(code).toBe(0)
  })

  test('draws an invalid graph with its issues in red, and exits with 78', async () => {
    const cwd = project({
      'app.mjs': `
import { Application, defineModule } from '@myfy/core'
class Clock {}
class Greeter {}
class Missing {}
export const app = new Application().addModule(defineModule({ name: 'time', configure: (container) => {
  container.register(Clock)
  container.register(Greeter, { inject: [Clock, Missing], factory: () => new Greeter() })
} }))`,
    })
    const { code, stdout, stderr } = await myfy(['graph'], { cwd })
    expect(stdout).toMatch(/\["Greeter"\]:::fault/)
    expect(stdout).toMatch(/\["Clock"\]\n/)
    expect(stderr).toContain('Missing')
    expect(code).toBe(78)
  })
})

/** Returns the page after its scripts have run. With a name it takes a screenshot as well. */
async function dom(html: string, hash = '', picture?: string): Promise<string> {
  mkdirSync(artefacts, { recursive: true })
  const file = join(artefacts, `${picture ?? 'page'}.html`)
  writeFileSync(file, html)
  const common = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--virtual-time-budget=4000',
    '--window-size=1400,1000',
  ]
  const url = `${pathToFileURL(file).href}${hash}`
  // Not scrolled: the picture is of the beginning of the page.
  if (picture)
    await run(chromium!, [...common, `--screenshot=${join(artefacts, picture)}`, pathToFileURL(file).href])
  const { stdout } = await run(chromium!, [...common, '--dump-dom', url], { maxBuffer: 64e6 })
  return stdout
}

test('a file that cannot be written is named with the way out', async () => {
  const cwd = project({
    'app.ts': "import { Application } from '@myfy/core'\nexport const app = new Application()\n",
  })
  const named = await myfy(['graph', '--out', 'none/graph.html'], { cwd })
  expect(named.stderr).toMatch(
    /^✗ Cannot write none\/graph\.html: ENOENT: .*\. Name a file of a directory that can be written by --out\. \[MYFY_CLI_WRITE\]\n$/,
  )
  const temporary = await myfy(['graph', '--open'], { cwd, env: { TMPDIR: join(cwd, 'none') } })
  expect(temporary.stderr).toContain('Cannot write a temporary file: ENOENT')
  expect([named.code, temporary.code]).toEqual([1, 1])
})
