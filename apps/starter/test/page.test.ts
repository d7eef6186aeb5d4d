import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WebModule } from '@myfy/web'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { appWith, quiet } from './application.ts'
import { root } from './process.ts'
import { embedded } from './servers.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)
const shots = process.env.MYFY_SCREENSHOTS

describe.skipIf(!executablePath)(
  `the page${executablePath ? '' : ' (no Chromium: skipped)'}`,
  { timeout: 60_000 },
  () => {
    let app: ReturnType<typeof appWith>
    let remove: () => Promise<void>
    let browser: Browser
    let url: string
    let running: Promise<number>

    beforeAll(async () => {
      const place = await embedded.create()
      remove = place.remove
      app = appWith({ PORT: '0', ...place.env }, quiet)
      const ready = new Promise((resolve) => app.on('ready', resolve))
      running = app.run({ signals: false })
      const quietly = [
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ]
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...quietly] })
      await ready
      url = app.getModule(WebModule).transports()[0]!.url!
    }, 90_000)
    afterAll(async () => {
      await browser?.close()
      await app?.stop()
      await remove?.()
    })

    // Errors that the browser reports: exceptions of scripts, and violations of the content security policy.
    const complaints: string[] = []
    afterEach(() => expect(complaints.splice(0)).toEqual([]))

    async function open(options: BrowserContextOptions = {}): Promise<Page> {
      const page = await browser.newPage(options)
      page.on('pageerror', (error) => complaints.push(error.message))
      page.on('console', (message) => {
        // Some tests provoke a 4xx status, or no response because the application has stopped.
        const isAnswer = message.text().startsWith('Failed to load resource')
        if (message.type() === 'error' && !isAnswer) complaints.push(message.text())
      })
      await page.goto(url)
      await page.getByText('live', { exact: true }).waitFor()
      return page
    }

    it('creates and deletes users by keyboard alone, and updates every open page', async () => {
      const [page, other] = await Promise.all([open(), open()])
      // The first stop is the link that skips the status.
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      await page.keyboard.type('Ada Lovelace')
      await page.keyboard.press('Tab')
      await page.keyboard.type('ada@example.org')
      await page.keyboard.press('Enter')
      await page.getByText('Ada Lovelace was created.').waitFor()
      expect(await page.locator(':focus').getAttribute('name')).toBe('name')
      await other.getByRole('row').filter({ hasText: 'ada@example.org' }).waitFor()

      await page.keyboard.type('Grace Hopper')
      await page.keyboard.press('Tab')
      await page.keyboard.type('grace@example.org')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Delete Grace Hopper' }).waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Delete Ada Lovelace')
      await page.keyboard.press('Enter')
      await page.getByText('Ada Lovelace was deleted.').waitFor()
      expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Delete Grace Hopper')
      await other.getByText('ada@example.org').waitFor({ state: 'detached' })
      await Promise.all([page.close(), other.close()])
    })

    it('shows each error at its field', async () => {
      const page = await open()
      await page.getByLabel('Name').fill('Grace')
      await page.getByLabel('E-mail').fill('nowhere')
      await page.getByRole('button', { name: 'Create' }).click()
      await page.locator('#email-error:not(:empty)').waitFor()
      expect(await page.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true')
      expect(await page.locator(':focus').getAttribute('name')).toBe('email')
      await page.getByLabel('E-mail').fill('grace@example.org')
      await page.getByRole('button', { name: 'Create' }).click()
      await page.getByText('This address is taken already.').waitFor()
      await page.close()
    })

    it.each(
      [390, 1280, 1600].flatMap((width) =>
        (['light', 'dark'] as const).map((theme) => [width, theme] as const),
      ),
    )('is accessible, and fits %i px in the %s theme', async (width, colorScheme) => {
      const page = await open({ bypassCSP: true, colorScheme, viewport: { width, height: 844 } })
      await page.getByText('GET /events').first().waitFor()
      await page.addScriptTag({ content: axe.source })
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
      expect(await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth)).toBeLessThanOrEqual(width)
      if (shots) await page.screenshot({ path: `${shots}/page-${width}-${colorScheme}.png`, fullPage: true })
      await page.close()
    })

    it('names files to edit that exist, and links to pages that answer', async () => {
      const page = await open()
      const files = (await page.locator('.edit code').allTextContents()).filter((text) =>
        text.startsWith('src/'),
      )
      expect(files).toContain('src/users.ts')
      for (const file of files) expect(existsSync(join(root, file)), file).toBe(true)
      const links = await page
        .locator('nav a')
        .evaluateAll((all) => all.map((one) => one.getAttribute('href')!))
      expect(links).toEqual(['/docs', '/_myfy', '/health', '/metrics'])
      for (const path of links.filter((path) => path !== '/_myfy'))
        expect((await fetch(url + path)).status, path).toBe(200)
      await page.close()
    })

    it('draws the start on one scale: each bar within the axis, the modules in their order', async () => {
      const page = await open()
      await page.locator('#modules rect').first().waitFor()
      const axis = (await page.locator('#modules .track').first().boundingBox())!
      const boxes = await page
        .locator('#modules rect')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()))
      const rows = await page.locator('#modules tbody th').allTextContents()
      expect(rows).toEqual([
        'settings, graph',
        'data',
        'tasks',
        'cache',
        'metrics',
        'events',
        'web',
        'listen',
      ])
      expect(boxes).toHaveLength(rows.length)
      for (const { left, right } of boxes) {
        expect(left).toBeGreaterThanOrEqual(axis.x - 1)
        expect(right).toBeLessThanOrEqual(axis.x + axis.width + 4)
      }
      // A module starts when the one before it has started.
      const starts = boxes.map(({ left }) => left)
      expect(starts).toEqual([...starts].sort((a, b) => a - b))
      expect(await page.locator('.legend li').count()).toBe(4)
      await page.close()
    })

    // The last test: it stops the application.
    it('shows the status of the application until it stops', async () => {
      const page = await open()
      for (const name of ['data', 'cache', 'metrics', 'events', 'web']) {
        await page
          .locator('#modules tr')
          .filter({ hasText: name })
          .getByText('started', { exact: true })
          .waitFor()
      }
      expect(await page.locator('.phases [aria-current=step] strong').textContent()).toBe('Run')
      const work = app.inFlight.track('job', 'the last job')
      const stopped = app.stop()
      await page.locator('.phases [aria-current=step]').getByText('Drain').waitFor()
      await page.getByText('the last job').waitFor()
      work.done()
      await page.getByText('connection lost, reconnecting …').waitFor()
      expect(await stopped).toBe(0)
      expect(await running).toBe(0)
    })
  },
)
