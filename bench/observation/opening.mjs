// The time in which the inspector opens: from the navigation to the first complete picture, in a browser that runs, with
// a profile that has never seen the page. The application is apps/starter under `myfy run`.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { rounds } from '../figures.mjs'

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

/** Marks the moment at which the last section has its content and the picture with it was painted. */
const marks = `
new MutationObserver((_, observer) => {
  if (!document.querySelector('[data-view=stop]')?.firstChild) return
  observer.disconnect()
  requestAnimationFrame(() => setTimeout(() => performance.mark('painted')))
}).observe(document, { childList: true, subtree: true })
`

/** Returns the times of opening in ms: of an application that has just started, and with its record of requests full. */
export async function opening(count, quick) {
  if (executablePath === undefined) throw new Error('the bench needs Chromium')
  const { chromium } = createRequire(at('packages/web/package.json'))('playwright-core')
  const port = await freePort()
  const url = `http://localhost:${port}`
  const child = spawn(
    process.execPath,
    [at('packages/cli/bin/myfy.js'), 'run', 'src/main.ts', '--port', port],
    {
      cwd: at('apps/starter'),
      env: { ...process.env, DATA_DIR: 'memory://', MAIL_DIR: '/tmp/myfy-bench-mails', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the application ended with ${code}`)))
      child.stdout.on('data', (text) => String(text).includes('➜') && resolve())
    })
    child.removeAllListeners('exit')
    const times = { fresh: [], full: [] }
    for (const _ of rounds(count, quick)) times.fresh.push(await open(browser, `${url}/_myfy`))
    for (let i = 0; i < 250; i++) await (await fetch(`${url}/users`)).text()
    for (const _ of rounds(count, quick)) times.full.push(await open(browser, `${url}/_myfy`))
    return times
  } finally {
    await browser.close()
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
}

async function open(browser, url) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.addInitScript(marks)
    await page.goto(url, { waitUntil: 'commit' })
    for (;;) {
      const painted = await page.evaluate(() => performance.getEntriesByName('painted')[0]?.startTime)
      if (painted !== undefined) return painted
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  } finally {
    await context.close()
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
