// The page of the inspector while its application is replaced, drains, has ended, and runs again.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../../../test/free-port.ts'
import { myfy, project, type Running, start, write } from '../../../cli/test/project.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
/** A folder for pictures, to look at. */
const pictures = process.env.PICTURES

const source = (text: string) => `
import { existsSync, watch } from 'node:fs'
import { Application } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
const routes = defineRoutes('', (route) => {
  route.get('/hello', () => '${text}')
  route.get('/held', async () => {
    const folder = new URL('.', import.meta.url)
    const watcher = watch(folder)
    console.log('HELD')
    await new Promise((resolve) => watcher.on('change', () => existsSync(new URL('release', folder)) && resolve()))
    watcher.close()
    return 'held'
  })
})
export const app = new Application({ shutdown: { drain: '5m' } }).addModule(new WebModule({ routes: [routes] }))
`

describe.skipIf(!executablePath)(`the page${executablePath ? '' : ' (no Chromium: skipped)'}`, () => {
  const cwd = project({ 'app.mjs': source('one') })
  let browser: Browser
  let page: Page
  let running: Running
  let url: string
  let run: () => Promise<Running>

  beforeAll(async () => {
    const port = await freePort()
    url = `http://localhost:${port}`
    run = async () => {
      const started = start(['run', 'app.mjs', '--port', String(port)], { cwd })
      await started.until('➜')
      return started
    }
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
    running = await run()
    page = await browser.newPage()
    await page.goto(`${url}/_myfy`)
  })
  afterAll(async () => {
    await browser?.close()
    running?.kill('SIGTERM')
    await running?.ended
  })

  const summary = () => page.locator('#summary').textContent()
  const summarizes = (pattern: RegExp) => expect.poll(summary, { timeout: 30_000 }).toMatch(pattern)
  const isStale = () => page.evaluate("document.body.classList.contains('stale')")

  /** Checks every width in light and dark. */
  async function isAccessible(name: string): Promise<void> {
    for (const width of [390, 768, 1280, 1600])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        await page.evaluate(axe.source)
        const { violations } = (await page.evaluate('axe.run()')) as AxeResults
        expect(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        ).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
        if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`) })
      }
  }

  test('shows a reload, a reload that failed, and the application that serves', async () => {
    await summarizes(/^running, ready/)
    write(cwd, { 'app.mjs': source('two') })
    await page.waitForSelector('[data-view=reloads] >> text=app.mjs')
    await summarizes(/^running, ready/)
    expect(await (await fetch(`${url}/hello`)).text()).toBe('two')
    write(cwd, { 'app.mjs': `${source('three')} throw new Error('out of order')` })
    await page.waitForSelector('[data-view=reloads] >> text=out of order')
    await summarizes(/^running, ready/)
    write(cwd, { 'app.mjs': source('four') })
    await expect.poll(async () => (await fetch(`${url}/hello`)).text(), { timeout: 30_000 }).toBe('four')
    await summarizes(/^running, ready/)
    expect(await isStale()).toBe(false)
  })

  test('says what the application before the last reload still waits for, until it has ended', async () => {
    const held = fetch(`${url}/held`).then((answer) => answer.text())
    await running.until('HELD')
    write(cwd, { 'app.mjs': source('five') })
    await page.waitForSelector('text=The application before the last reload still waits for')
    await summarizes(/^running, ready/)
    expect(await page.textContent('[data-view=stop]')).toMatch(
      /^Nothing is in flight.*waits for .*GET \/held/,
    )
    write(cwd, { release: '' })
    expect(await held).toBe('held')
    await page.waitForSelector('text=The application before the last reload', { state: 'detached' })
    rmSync(join(cwd, 'release'))
  })

  test('says that the application drains, and what it waits for', async () => {
    const held = fetch(`${url}/held`).then((answer) => answer.text())
    await running.until(/HELD[\s\S]*HELD/)
    running.kill('SIGINT')
    await summarizes(/^draining.* It waits for GET \/held\.$/)
    await isAccessible('draining')
    const { code, stdout } = await myfy(['inspect', '--json', '--url', `${url}/_myfy`, '--timeout', '1s'], {
      cwd,
    })
    const message = expect.stringMatching(
      /is not reachable, because it starts, drains, has ended, or was not started\. Look /,
    )
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { error: { code: 'MYFY_CLI_INSPECTOR', message } }])
    write(cwd, { release: '' })
    expect(await held).toBe('held')
    await running.ended
  })

  test('says that the application does not answer, and what it did before', async () => {
    await summarizes(
      /^The application has not answered since .* Before, it was draining\. It waited for GET \/held\./,
    )
    expect(await isStale()).toBe(true)
    await isAccessible('ended')
  })

  test('is followed by an application that does not start, whose problem `myfy inspect` tells', async () => {
    const broken = project({ 'app.mjs': `${source('one')} throw new Error('out of order')` })
    const port = new URL(url).port
    const failed = start(['run', 'app.mjs', '--port', port], { cwd: broken })
    await failed.until('waiting for a change')
    const problem =
      /^Cannot inspect http:\S+: the application has not run since \S+ The application does not start: .*out of order/
    // The page begins to listen when the failure is printed.
    await expect
      .poll(async () => {
        const words = ['inspect', '--json', '--url', `${url}/_myfy`]
        const { stdout } = await myfy(words, { cwd: broken })
        return (JSON.parse(stdout) as { error: { message: string } }).error.message
      })
      .toMatch(problem)
    failed.kill('SIGTERM')
    await failed.ended
  })

  test('follows the process that runs next', async () => {
    running = await run()
    await summarizes(/^running, ready/)
    expect(await isStale()).toBe(false)
    await fetch(`${url}/hello`)
    await page.waitForSelector('[data-view=requests] >> text=GET /hello')
  })
})
